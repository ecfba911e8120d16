"""The attack on the dialogue sheet: what leaves the organisation may name no team and hold no number that was not meant."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from meos_pipeline.attack.files import read_folder
from meos_pipeline.attack.leak import Leak
from meos_pipeline.attack.suspicions import suspicions

_NUMBER = re.compile(r"(?<![\w.-])\d[\d.,]*")
_EXPECTED = {".html", ".pdf", ".json"}


def attack_dialogue(folder: Path, *, teams: Sequence[str], numbers: Iterable[int], publisher: str = "") -> list[Leak]:
    """Read every file as a stranger would.

    Args:
        folder: The folder with the sheet.
        teams: Slugs and names of teams: none may be anywhere.
        numbers: Every number that the sheet may show.
        publisher: Organisation that files may name as their author.

    Returns:
        Leaks, in a fixed order.
    """
    allowed = {str(number) for number in numbers}
    found: list[Leak] = []
    documents = list(read_folder(folder))
    if not documents:
        return [Leak("UNREAD", ".", "folder", "there is nothing to read")]
    for document in documents:
        if Path(document.file).suffix not in _EXPECTED:
            found.append(Leak("HIDDEN", document.file, "file name", "a file of this kind does not belong here"))
        found += suspicions(document, frozenset(), publisher=publisher)
        for text in document.texts:
            if text.shape or document.file.endswith(".json"):
                continue
            words = text.text.casefold()
            if any(re.search(rf"(?<!\w){re.escape(team.casefold())}(?!\w)", words) for team in teams):
                found.append(Leak("OTHER_TEAM", document.file, text.where, "a team is named"))
            if " text" in text.where or " page " in text.where:
                shown = {re.sub(r"[.,]", "", number) for number in _NUMBER.findall(text.text)}
                if shown - allowed:
                    found.append(Leak("RAW", document.file, text.where, "a number is there that was not meant"))
    return sorted(set(found))
