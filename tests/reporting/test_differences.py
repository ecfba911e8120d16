"""The section on groups: what is said of which group, in which order, and what stands below it."""

import dataclasses
import json
from datetime import date
from typing import Any

import pytest

from meos_pipeline.reporting.cards import groups
from meos_pipeline.reporting.measures import needed_text
from meos_pipeline.reporting.results import Finding, TeamResults, results_by_team
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections import differences, effectiveness
from meos_pipeline.reporting.sections.differences import build
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Block, Forest
from meos_pipeline.reporting.team_reports import district_report
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import MONTH, publishable

_PLAIN: dict[str, Any] = {
    "statistic": "benchmark_ratio",
    "version": 1,
    "method": "",
    "team": "noord",
    "period_start": date(2025, 1, 1),
    "period_end": date(2025, 12, 31),
    "stratum": "benchmark=residents",
    "group": "age_band=18-24",
    "reference": "age_band=35-44",
    "series": "",
    "unit": "ratio",
    "estimate": 1.7,
    "lower": 1.5,
    "upper": 1.9,
    "events": 100,
    "n": 1000,
    "reference_events": None,
    "reference_n": None,
    "label": "clearly_higher",
    "label_reason": "",
    "caveats": (),
    "needed": None,
    "detail": "{}",
}


def finding(**fields: Any) -> Finding:
    detail = fields.pop("detail", {})
    return Finding(**{**_PLAIN, **fields, "detail": json.dumps(detail)})


def section(*found: Finding, language: str = "nl") -> Block:
    by_statistic: dict[str, tuple[Finding, ...]] = {}
    for one in found:
        by_statistic[one.statistic] = (*by_statistic.get(one.statistic, ()), one)
    results = TeamResults("noord", by_statistic, {})
    return build(
        Report(
            team="noord",
            team_name="Noord",
            month=MONTH,
            words=Words(read_words(shipped("reports")), language),
            publishable=publishable(teams=2),
            results=results,
            everyone={"noord": results},
        )
    )


def lead(block: Block, chart: int = 0) -> str:
    return " ".join(map(str, block.charts[chart].finding))


def test_a_group_is_set_beside_every_benchmark_in_one_sentence() -> None:
    said = lead(
        section(
            finding(detail={"tipping_registration": 0.5}),
            finding(
                stratum="benchmark=daytime",
                estimate=1.3,
                label="indication_higher",
                detail={"tipping_registration": 0.75},
            ),
            finding(stratum="benchmark=suspects", estimate=1.1, label="undecided"),
        )
    )
    assert "Mensen van 18 tot 25 jaar werden vaker gecontroleerd dan mensen van 35 tot 45 jaar" in said
    assert "vergeleken met inwoners (1,7×) en mensen overdag (1,3×)" in said
    assert "Vergeleken met verdachten (1,1×) is dat niet duidelijk." in said
    assert "controles van mensen van 18 tot 25 jaar zonder resultaat 1,3× minder vaak" in said, (
        "the benchmark that is undone most easily tells"
    )


@pytest.mark.parametrize(
    ("fields", "margin", "said"),
    [
        ({}, (1.5, 1.9), "of er een verschil is, hangt af van hoe we tellen en waarmee we vergelijken."),
        ({}, (0.5, 0.7), "of er een verschil is, hangt af van hoe we tellen en waarmee we vergelijken."),
        ({}, (0.9, 1.3), "mensen van 35 tot 45 jaar: geen duidelijk verschil."),
        (
            {"statistic": "internal_benchmark"},
            (1.5, 1.9),
            "De marge alleen (tussen 1,5× en 1,9×) is daarvoor niet genoeg.",
        ),
        (
            {"statistic": "internal_benchmark"},
            (0.9, 1.3),
            "niet te zeggen of er een verschil is (tussen 0,90× en 1,3×).",
        ),
        (
            {"statistic": "robust_test"},
            (1.5, 1.9),
            "Mensen van 18 tot 25 jaar: of dat allebei zo is, is niet te zeggen.",
        ),
    ],
)
def test_no_sentence_denies_a_difference_that_the_margin_beside_it_shows(
    fields: dict[str, str], margin: tuple[float, float], said: str
) -> None:
    """What was not judged a difference for its many choices or comparisons still stands beside 'no difference'."""
    low, high = margin
    stratum = "" if fields.get("statistic") == "internal_benchmark" else "benchmark=residents"
    told = lead(section(finding(**fields, stratum=stratum, label="undecided", lower=low, upper=high)))
    assert said in told


def test_a_difference_beside_every_benchmark_says_so() -> None:
    found = [finding(stratum=f"benchmark={name}") for name in ("residents", "daytime", "suspects")]
    assert "Met wie we ook vergelijken: het beeld is gelijk." in lead(section(*found))


def test_an_indication_is_never_told_as_a_clear_difference() -> None:
    said = lead(section(finding(statistic="internal_benchmark", stratum="", label="indication_lower", estimate=0.7)))
    assert said.count("Er is een aanwijzing dat") == 1
    assert "minder vaak" in said


@pytest.mark.parametrize(
    ("estimate", "lower", "upper", "sentence"),
    [
        (14.2, 4.1, 25.4, "Dat zijn ongeveer 15 (5 tot 25) controles meer dan vergelijkbare teams zouden doen."),
        (-14.2, -25.4, -4.1, "Dat zijn ongeveer 15 (5 tot 25) controles minder dan vergelijkbare teams zouden doen."),
        (4.0, -2.0, 10.0, None),
    ],
)
def test_a_difference_is_told_in_checks_too(estimate: float, lower: float, upper: float, sentence: str | None) -> None:
    here = {"statistic": "internal_benchmark", "stratum": ""}
    said = lead(
        section(
            finding(**here),
            finding(
                **here, series="excess", unit="count", label="described", estimate=estimate, lower=lower, upper=upper
            ),
        )
    )
    assert (sentence in said) if sentence else ("Dat zijn" not in said)


def test_the_firmest_labels_come_first_and_the_kinds_in_turn_never_the_largest() -> None:
    here = {"statistic": "internal_benchmark", "stratum": ""}
    block = section(
        finding(**here, group="age_band=12-17", label="undecided", estimate=9.0),
        finding(**here, group="age_band=18-24", estimate=1.2),
        finding(**here, group="age_band=25-34", estimate=5.0),
        finding(**here, group="sex=male", reference="sex=female", estimate=1.1),
    )
    said = lead(block)
    order = [said.index(name) for name in ("Mensen van 18", "Mannen", "Mensen van 25")]
    assert order == sorted(order)
    assert "In de tabel staat nog 1 groep." in said
    assert next(m.label for m in block.charts[0].marks) == "12 tot 18 jaar"  # type: ignore[attr-defined]


def test_groups_without_an_answer_are_named_below_the_chart_and_stay_in_the_table() -> None:
    block = section(finding(), finding(group="age_band=<12", estimate=None, lower=None, upper=None, label="too_few"))
    chart = block.charts[0]
    assert isinstance(chart, Forest)
    assert [m.label for m in chart.marks] == ["18 tot 25 jaar (inwoners)"]
    assert chart.silent == ("jonger dan 12 jaar",)
    assert [row[0].text for row in chart.table.rows] == ["Jonger dan 12 jaar (inwoners)", "18 tot 25 jaar (inwoners)"]


def test_each_method_says_what_it_compares_and_what_it_does_not_show_and_shared_warnings_come_once() -> None:
    shared = ("not_why",)
    block = section(
        finding(caveats=("benchmark_not_street", *shared)),
        finding(
            statistic="outcome_gap",
            stratum="",
            label="undecided",
            caveats=("inframarginal", "null_is_no_proof", *shared),
        ),
    )
    assert "inwoners" in block.charts[0].finding[0]
    assert "resultaat" in block.charts[1].finding[0]
    assert all(chart.limits for chart in block.charts)
    assert not any("Dit zegt niet waarom." in chart.limits for chart in block.charts)
    assert not any("gelijke behandeling" in limit for chart in block.charts for limit in chart.limits)
    assert block.notes[0].startswith("Deze cijfers tellen controles, geen personen.")
    assert block.notes[1:] == (
        "Geen duidelijk verschil is geen bewijs van gelijke behandeling.",
        "Dit zegt niet waarom.",
    )


def test_labels_between_teams_come_with_how_many_chance_would_give() -> None:
    detail = {"teams": 12, "labels_given": 4, "labels_expected_by_chance": 0.21}
    said = lead(section(finding(statistic="internal_benchmark", stratum="", detail=detail)))
    assert (
        "We vergeleken 12 teams, 1 keer. Er zijn 4 duidelijke verschillen. Bij toeval zijn daarvan 0,2 te verwachten."
        in said
    )


def test_how_often_the_group_is_unknown_is_said_before_any_difference() -> None:
    block = section(
        finding(),
        dataclasses.replace(
            finding(
                statistic="missing_groups",
                stratum="kind=age_band",
                group="",
                reference="",
                unit="share",
                estimate=0.21,
                label="described",
            ),
            lower=None,
            upper=None,
        ),
        finding(
            statistic="missing_groups",
            stratum="kind=age_band",
            group="age_band=18-24",
            unit="share",
            estimate=0.24,
            lower=0.19,
            upper=0.40,
            label="described",
        ),
    )
    assert block.sentences[2] == "Bij 21 van de 100 controles is de groep niet bekend (leeftijd)."
    assert block.tables[0].rows[0][2].text == "tussen 19 en 40 van de 100"


@pytest.mark.parametrize(
    ("method", "unit", "checks"),
    [
        ("benchmark_ratio", "ratio", "60"),
        ("internal_benchmark", "difference", "60"),
        ("robust_test", "difference", "60"),
        ("outcome_gap", "difference", "250"),
        ("stratified_odds", "ratio", "250"),
        ("threshold_test", "share", "250"),
    ],
)
def test_each_row_says_how_many_checks_of_the_group_it_is_about(method: str, unit: str, checks: str) -> None:
    """Results of a group are not its checks: some methods keep checks as events, others as n."""
    chart = section(finding(statistic=method, unit=unit, estimate=0.5, lower=0.4, upper=0.6, events=60, n=250)).charts[
        0
    ]
    row = dict(zip(chart.table.columns, chart.table.rows[0], strict=True))
    assert row["Controles"].text == checks


def test_without_groups_the_section_says_so() -> None:
    assert section().sentences[1].startswith("Groepen vergelijken we als een kalenderjaar om is.")


def test_a_method_without_any_answer_says_why_in_words() -> None:
    block = section(finding(statistic="robust_test", estimate=None, label="too_few", label_reason="robust_test_hits"))
    assert not block.charts
    assert block.sentences[1].startswith("Vaker gecontroleerd en minder opbrengst: hier is niets over te zeggen")


def district(**changes: Any) -> tuple[Block, Report]:
    """The section on groups of the district, from the made-up edition."""
    made = publishable(teams=4)
    everyone = results_by_team(made)
    report = district_report(made, everyone, Words(read_words(shipped("reports")), "nl"), House())
    return differences.build(dataclasses.replace(report, **changes)), report


def test_the_district_has_a_figure_per_comparison_and_says_why_others_are_silent() -> None:
    block, _ = district()
    robust = next(chart for chart in block.charts if chart.key == "differences-robust_test")
    assert "per controle minder oplevert" in robust.finding[0]
    assert "De toets kan een lagere drempel en minder kennis niet scheiden." in robust.limits
    said = " ".join(block.sentences)
    assert "Verband tussen wijken: hier is niets over te zeggen" in said
    assert "Aantal keer: 2. Sloeg aan: 0." in said


def test_a_sham_comparison_that_fired_is_counted_and_one_that_could_not_be_done_is_not() -> None:
    _, report = district()
    fired = [
        finding(statistic="robust_test_placebo", team="", group=f"placebo_{n}=a", label=label, estimate=None)
        for n, label in enumerate(("usual", "signal_high", "too_few"))
    ]
    found = {**report.results.findings, "robust_test_placebo": tuple(fired)}
    block, _ = district(results=TeamResults("", found, {}))
    assert "Aantal keer: 2. Sloeg aan: 1." in " ".join(block.sentences)


def test_a_yield_from_year_to_year_has_its_coverage_beside_it() -> None:
    _, report = district()
    block = effectiveness.build(report)
    table = next(table for table in block.tables if table.key == "effectiveness-yearly")
    assert "De dekking staat bovenaan de tabel" in table.note
    assert next(row[0].text for row in block.tables[0].rows) == "Staat in MEOS"
    assert "Dit bewijst niet" in table.note
    assert [row[4].text for row in table.rows] == ["november 2024"] * 2


def _card(*found: Finding) -> str:
    by_statistic: dict[str, tuple[Finding, ...]] = {}
    for one in found:
        by_statistic[one.statistic] = (*by_statistic.get(one.statistic, ()), one)
    results = TeamResults("noord", by_statistic, {})
    words = Words(read_words(shipped("reports")), "nl")
    report = Report(
        team="noord",
        team_name="Noord",
        month=MONTH,
        words=words,
        publishable=publishable(teams=2),
        results=results,
        everyone={"noord": results},
    )
    return " ".join(map(str, groups.build(report).answer))


def _choices(reason: str = "", same: int = 162) -> list[Finding]:
    plain = {"statistic": "multiverse", "stratum": "", "label": "described", "label_reason": reason}
    detail = {"specifications": 162, "same_side": same}
    share = finding(**plain, unit="share", estimate=same / 162, lower=None, upper=None, detail=detail)
    ends = [
        finding(**plain, series=s, estimate=e, lower=None, upper=None) for s, e in (("lowest", 0.8), ("highest", 2.1))
    ]
    return [share, *ends]


def test_the_card_names_a_difference_only_where_every_choice_leaves_it_on_its_side() -> None:
    assert "1,7 keer zo vaak" in _card(finding(), *_choices())
    for broken in (_choices("sign_depends_on_choice", 150), []):
        said = _card(finding(), *broken)
        assert "1,7" not in said
        assert "hangt af van" in said


def test_the_table_of_choices_tells_how_many_give_the_same_picture_and_the_outer_outcomes() -> None:
    block = section(finding(), *_choices("sign_depends_on_choice", 150))
    table = next(table for table in block.tables if table.key == "differences-multiverse")
    assert [cell.text for cell in table.rows[0]] == ["18 tot 25 jaar", "150 van alle 162", "0,80× tot 2,1×"]


def test_what_would_undo_a_difference_is_told_in_people_on_the_street_beside_recording() -> None:
    said = lead(
        section(
            finding(
                statistic="internal_benchmark", stratum="", detail={"tipping_factor": 1.4, "tipping_registration": 0.5}
            )
        )
    )
    assert "1,4× zo vaak op straat" in said
    assert "minder vaak in MEOS moeten staan" in said


def test_of_a_column_that_went_the_window_before_it_is_told_with_its_own_end() -> None:
    year, month = (date(2023, 12, 1), date(2024, 8, 31)), (date(2024, 11, 1), date(2024, 11, 30))
    whole, gone = (
        finding(
            statistic="debriefed",
            stratum="",
            group="",
            period_start=span[0],
            period_end=span[1],
            label=label,
            estimate=estimate,
        )
        for span, label, estimate in ((year, "described", 0.4), (month, "missing_input", None))
    )
    results = TeamResults("noord", {"debriefed": (whole, gone)}, {})
    assert results.rolling("debriefed") == whole
    assert results.newest("debriefed") == gone
    few = TeamResults("noord", {"debriefed": (whole, dataclasses.replace(gone, label="too_few"))}, {})
    assert few.rolling("debriefed") == dataclasses.replace(gone, label="too_few")


@pytest.mark.parametrize(("n", "told"), [(500, True), (699, True), (700, False), (900, False)])
def test_how_many_checks_would_show_a_difference_is_told_while_there_are_fewer(n: int, told: bool) -> None:
    words = Words(read_words(shipped("reports")), "nl")
    one = finding(label="undecided", n=n, needed=700, detail={"visible_ratio": 1.25})
    assert ("700 controles" in needed_text(one, words)) is told
