"""What officers read, read aloud: no code, no file, no English value; a subject in every note; few negatives."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meos_pipeline.reporting import district, now
from meos_pipeline.reporting.claims import Says, Sentence
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.team_page import cards_of
from meos_pipeline.reporting.team_reports import district_report, team_report, teams_of
from meos_pipeline.reporting.words import Words, leaves, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import publishable

TREE = read_words(shipped("reports"))
FOR_OFFICERS = (
    "cards/",
    "now/",
    "a4/",
    "district/",
    "index/",
    "team/",
    "first_steps/",
    "charts/",
    "page/",
    "measures/",
)
FOUND = {
    "a code of an area": r"\b(WK|BU)\d{4,}",
    "a code of a municipality": r"\bGEM[A-Z]?\d+",
    "a code of a power": r"\b(WID2|WVW\d|PW\d|SV\d|WWM\d|GEMW|OPW\d|VW\d)",
    "a file name": r"\w+\.(csv|xlsx|json|parquet|toml)\b",
    "an English value on a Dutch page": r"\b(female|male|agreement|described|unknown|proactive)\b",
    "a name in the code": r"\b[a-z]+_[a-z_]+\b",
    "the start of chance": r"[Bb]egin van het toeval",
    "a verdict that is no sentence": r"[Aa]lleen beschreven",
    "certain, which nothing is": r"[Zz]eker is alleen|is zeker\b",
    "naast as a comparison": r"naast (inwoners|verdachten|mensen overdag)",
    "a loose superlative": r"Het vaakst leeg is:",
}
"""What readers stumbled over, and how it is seen."""
NEGATIVE = re.compile(r"\b(niet|geen|nooit|niets|niemand|nergens)\b", re.IGNORECASE)


def visible(page: Path) -> str:
    """Text of a page without what stands in markup."""
    text = page.read_text(encoding="utf-8")
    body = text[text.index("<main") : text.index("</main>")]
    return html.unescape(re.sub(r"<svg\b.*?</svg>|<[^>]+>", " ", body, flags=re.DOTALL))


@pytest.fixture(scope="module")
def pages(edition: Path) -> dict[str, str]:
    """Every Dutch page that an officer opens."""
    team = edition / "team-noordkade"
    found = [p for p in team.glob("*.html") if not p.stem.endswith("_en") and p.stem != "reports"]
    found += [edition / "index.html", edition / "district" / "index.html", edition / "district" / "cijfers.html"]
    return {p.relative_to(edition).as_posix(): visible(p) for p in found}


@pytest.mark.parametrize("finding", FOUND)
def test_no_officer_reads(finding: str, pages: dict[str, str]) -> None:
    wrong = {name: hit.group() for name, text in pages.items() if (hit := re.search(FOUND[finding], text))}
    assert wrong == {}


def test_no_text_for_officers_names_a_file_or_a_code() -> None:
    bad = re.compile("|".join((FOUND["a file name"], FOUND["a code of an area"], FOUND["a code of a municipality"])))
    assert [path for path, leaf in leaves(TREE) if path.startswith(FOR_OFFICERS) and bad.search(leaf["nl"])] == []


def said() -> Iterator[str]:
    """Sentences that say something; states, limits and what a page does not say are left out."""
    made = publishable(teams=4)
    words, everyone = Words(TREE, "nl"), results_by_team(made)
    for team, name in teams_of(made):
        report = team_report(team, name, made, everyone, words, House())
        passages = [*now.now(report).passages(), *(card.passage() for card in cards_of(report))]
        limits = {str(limit) for card in cards_of(report) for limit in card.limits}
        for passage in passages:
            for sentence in passage.sentences:
                is_state = isinstance(sentence, Sentence) and all(
                    claim.says in {Says.STATE, Says.NO_SIGNAL} for claim in sentence.claims.values()
                )
                if str(sentence) not in limits and not is_state:
                    yield from re.split(r"(?<=[.?!])\s+", str(sentence))
    whole = district_report(made, everyone, words, House())
    yield from map(str, district.wants_help(whole, []))


def test_fewer_than_one_sentence_in_ten_is_negative() -> None:
    sentences = list(said())
    negative = [sentence for sentence in sentences if NEGATIVE.search(sentence)]
    assert len(sentences) > 60
    assert len(negative) / len(sentences) < 0.1, sorted(set(negative))
