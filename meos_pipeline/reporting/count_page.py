"""The counting page: one file that fetches nothing, for a phone without network; and the paper sheet, of the same words.

It holds the team's name, lists of words, the shifts that were drawn and the agreements: nothing that was counted.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.companions import COVERAGE_SAMPLE
from meos_pipeline.contracts.handed_in import AGREEMENT, FIRST_DAY, MOST_IN_A_BOX, SHEET, is_named_for
from meos_pipeline.reporting.pages import environment, stamp
from meos_pipeline.reporting.pdf import STATIC
from meos_pipeline.reporting.shift_plan import CALENDAR, DrawnShift, ShiftPlan, aim_in_words, shifts_ics
from meos_pipeline.reporting.words import Words
from meos_pipeline.settings import Site

FILE_NAMES = {"nl": "telmee.html", "en": "telmee_en.html"}
PAPER_ROWS = 30
_CELLS = (
    ("rm", "with_result", "in_meos"),
    ("rn", "with_result", "not_in_meos"),
    ("nm", "without_result", "in_meos"),
    ("nn", "without_result", "not_in_meos"),
)
"""Name of a count, its row and its column."""


def count_page(
    teams: Sequence[tuple[str, str]],
    words: Words,
    *,
    crumbs: Sequence[tuple[str, str, str]] = (),
    plan: ShiftPlan = ShiftPlan(),  # noqa: B008 - nothing in it can change
    agreements: Sequence[Mapping[str, Any]] = (),
    made_up: str = "",
) -> str:
    """The page for these teams; one team is not asked for.

    Args:
        teams: Slug and name.
        words: Words of one language.
        crumbs: Text, address and language of the links at the top.
        plan: Shifts that were drawn, and the sheets to aim for.
        agreements: Rows of ``TEAM_ACTIONS`` of these teams that are agreements with an aim and a day to look back.
        made_up: Words that say that the data are made up, or public; empty for those of a site.
    """
    css = (STATIC / "count.css").read_text(encoding="utf-8")
    script = (STATIC / "count.js").read_text(encoding="utf-8")
    title = words("count/title_of", team=teams[0][1]) if len(teams) == 1 else words("count/title")
    return (
        environment()
        .get_template("count.html.j2")
        .render(
            language=words.language,
            say=words,
            csp=_policy(css, script),
            css=css,
            script=script,
            data=_data(teams, words, plan.drawn, agreements),
            title=title,
            crumbs=crumbs,
            stamp=made_up,
            teams=teams,
            kinds=v.SHIFT_KINDS.categories.to_list(),
            blocks=v.SHIFT_BLOCKS.categories.to_list(),
            aims=v.CHOSEN_AIMS,
            ways=v.ACTION_WAYS.categories.to_list(),
            cells=_CELLS,
            columns=_source_names(),
            rows=PAPER_ROWS,
            has_draw=bool(plan.drawn),
            aim=aim_in_words(plan.aim, words) if plan.aim else "",
            calendar=CALENDAR[words.language],
        )
    )


def paper_page(words: Words) -> str:
    """The paper sheet alone, as the guide has it."""
    css = (STATIC / "count.css").read_text(encoding="utf-8")
    return (
        environment()
        .get_template("paper_page.html.j2")
        .render(language=words.language, say=words, css=css, columns=_source_names(), rows=PAPER_ROWS)
    )


def write_count_pages(
    folder: Path,
    teams: Sequence[tuple[str, str]],
    languages: Mapping[str, Words],
    report: Mapping[str, str],
    site: Site | None = None,
    made_on: date | None = None,
    plan: ShiftPlan = ShiftPlan(),  # noqa: B008 - nothing in it can change
    **facts: Any,  # noqa: ANN401 - as count_page has them
) -> None:
    """Write the page in every language into ``folder``, with links to the report and to each other.

    Args:
        folder: Folder of the team or of the district.
        teams: Slug and name.
        languages: Words per language.
        report: Name of the page to go back to, per language.
        site: The site, for the words that say that its data are made up.
        made_on: Day that the calendar file names as that of its making; without it there is no such file.
        plan: Shifts that were drawn, and the sheets to aim for.
        facts: Further arguments of ``count_page``.
    """
    for language, words in languages.items():
        other = "en" if language == "nl" else "nl"
        crumbs = (
            (words("count/to_report"), report[language], ""),
            (words("page/other_language"), FILE_NAMES[other], other),
        )
        text = count_page(teams, words, crumbs=crumbs, made_up=stamp(site, words) if site else "", plan=plan, **facts)
        if made_on and plan.drawn:
            (folder / CALENDAR[language]).write_bytes(shifts_ics(plan.drawn, words, made_on=made_on))
        (folder / FILE_NAMES[language]).write_text(text, encoding="utf-8", newline="\n")


def _source_names() -> dict[str, str]:
    """Columns of the sample file by the names that the sheet uses."""
    names = {column.name: column.source_name for column in COVERAGE_SAMPLE.columns}
    return names | {"date": names["sample_date"], "kind": names["shift_kind"]}


def _policy(css: str, script: str) -> str:
    """Only this style and this script; nothing is fetched, and sheets go to the server that gave the page alone."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(css)}; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(
    teams: Sequence[tuple[str, str]], words: Words, drawn: Sequence[DrawnShift], agreements: Sequence[Mapping[str, Any]]
) -> str:
    def named(kind: str, codes: Sequence[str]) -> dict[str, str]:
        return {code: words(f"codes/{kind}/{code}") for code in codes}

    script: Mapping[str, Mapping[str, str]] = words.tree["count"]["script"]
    aims, ways = v.AIMS.categories.to_list(), v.ACTION_WAYS.categories.to_list()
    kinds, blocks = v.SHIFT_KINDS.categories.to_list(), v.SHIFT_BLOCKS.categories.to_list()
    states = v.AGREEMENT_STATES.categories.to_list()
    document = {
        "teams": [slug for slug, _ in teams],
        "kinds": kinds,
        "blocks": blocks,
        "allAims": aims,
        "ways": ways,
        "states": states,
        "names": {
            "team": dict(teams),
            "kind": named("shift_kind", kinds),
            "block": named("shift_block", blocks),
            "aim": named("aim", aims),
            "way": named("action_way", ways),
            "state": named("agreement_state", states),
        },
        "words": {name: text[words.language] for name, text in script.items()},
        "weekdays": [words.code("weekday", str(number)) for number in range(1, 8)],
        "most": MOST_IN_A_BOX,
        "firstDay": FIRST_DAY.isoformat(),
        "sheetHeader": SHEET.header,
        "sheetSchema": SHEET.schema,
        "agreementHeader": AGREEMENT.header,
        "agreementSchema": AGREEMENT.schema,
        "draw": [
            {
                "team": shift.team,
                "date": shift.day.isoformat(),
                "block": shift.block,
                "weight": f"{shift.weight:.1f}",
                "reserve": shift.is_reserve,
            }
            for shift in sorted(drawn, key=lambda shift: (shift.is_reserve, shift.turn))
        ],
        "agreements": [
            {
                "id": row["action_id"],
                "team": row["team"],
                "aim": row["aim"],
                "way": row["way"] or "other",
                "from": row["starts"].isoformat(),
                "look": row["look_back"].isoformat(),
                "state": row["state"],
                "help": row["help"],
                "version": row["version"],
                "isOurs": is_named_for(row["action_id"], row["team"]),
            }
            for row in agreements
        ],
    }
    # Within a script element only "<" could end it; JSON may write it as an escape.
    return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")
