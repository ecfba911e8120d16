"""The worked examples of the page on extending are run as they stand there."""

import importlib.util
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.companions import COVERAGE_SAMPLE
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.statistic import Context, Statistic

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture/extend.md").read_text(encoding="utf-8")
LAYOUTS = (ROOT / "docs/analyst/en/layouts.md").read_text(encoding="utf-8")


def _block(title: str) -> str:
    found = re.findall(rf'```\w+ title="{re.escape(title)}"\n(.*?)```', PAGE, re.DOTALL)
    assert len(found) == 1, f"the page has {len(found)} blocks titled {title}"
    return found[0]


def _module_of(title: str, tmp_path: Path):
    path = tmp_path / Path(title).name
    path.write_text(_block(title), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_statistic_computes_what_it_says(tmp_path):
    statistic = _module_of("meos_pipeline/statistics/accountability/debriefing_example.py", tmp_path).STATISTIC
    cells = pl.DataFrame(
        {
            "team": ["north"] * 3,
            "period": ["month"] * 3,
            "period_start": [date(2026, 8, 1)] * 3,
            "partition": ["debriefed"] * 3,
            "category": ["yes", "no", "unknown"],
            "n": [25, 75, 900],
        }
    ).cast(dict(CELLS.schema))
    context = Context(policy=Policy(), month=date(2026, 8, 1), teams=("north",))
    found = FINDINGS.require(statistic.compute({"cells": cells}, context))
    assert isinstance(statistic, Statistic)
    row = found.filter(pl.col("team") == "north").row(0, named=True)
    assert (row["estimate"], row["events"], row["n"]) == (0.25, 25, 100)


def test_the_statistic_would_be_found_by_itself():
    title = re.search(r'title="(meos_pipeline/statistics/\S+)"', PAGE).group(1)
    assert (ROOT / title).parent.is_dir(), "the example's folder must exist"
    assert not (ROOT / title).exists(), "the example must not clash with a real file"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_section_tells_its_measure_in_every_language(tmp_path, language):
    from meos_pipeline.contracts.organisation import ORGANISATION
    from meos_pipeline.disclosure.door import passed
    from meos_pipeline.disclosure.publishable import Publishable
    from meos_pipeline.reporting.results import results_by_team
    from meos_pipeline.reporting.section import Report
    from meos_pipeline.reporting.words import Words, read_words
    from meos_pipeline.settings import Site
    from meos_pipeline.statistics import all_statistics

    section = _module_of("meos_pipeline/reporting/sections/debriefing_example.py", tmp_path).SECTION
    tree = read_words(ROOT / "reports")
    tree["team"]["sections"] |= yaml.safe_load(_block("reports/team.yaml"))["sections"]
    month = date(2026, 8, 1)
    cells = pl.DataFrame(
        {
            "team": ["north"] * 2,
            "period": ["month"] * 2,
            "period_start": [month] * 2,
            "partition": ["debriefed"] * 2,
            "category": ["yes", "no"],
            "n": [25, 75],
        }
    ).cast(dict(CELLS.schema))
    context = Context(policy=Policy(), month=month, teams=("north",))
    publishable = Publishable(
        month=month,
        cells=passed(cells),
        findings=passed(all_statistics()["debriefed"].compute({"cells": cells}, context)),
        organisation=ORGANISATION.empty(),
        policy=Policy(),
        site=Site(),
        fingerprint="0" * 12,
        made_on=month,
    )
    results = results_by_team(publishable)
    report = Report(
        team="north",
        team_name="North",
        month=month,
        words=Words(tree, language),
        publishable=publishable,
        results=results["north"],
        everyone=results,
    )
    block = section.build(report)
    assert block.name == section.name
    assert "25" in block.sentences[0]
    assert block.heading == {"nl": "Bespreken we onze controles?", "en": "Do we discuss our checks?"}[language]
    assert len(block.tables[0].rows) == 1


def test_the_quality_rule_passes_and_fails(tmp_path):
    from meos_pipeline.quality.engine import validate
    from meos_pipeline.quality.suites import read_suite

    path = tmp_path / "coverage_sample.yaml"
    path.write_text(_block("expectations/coverage_sample.yaml"), encoding="utf-8")
    suite = read_suite(path)
    row = {column.name: 1 if column.dtype == pl.Int64() else None for column in COVERAGE_SAMPLE.columns}
    row |= {"sample_date": date(2026, 8, 1), "team": "north"}
    for observed, passed in ((40, True), (41, False)):
        frame = pl.DataFrame([row | {"observed": observed}]).cast(dict(COVERAGE_SAMPLE.schema))
        (outcome,) = validate(suite, frame.lazy(), period=None)
        assert outcome.passed is passed


def test_the_quality_rule_is_new():
    (name,) = yaml.safe_load(_block("expectations/coverage_sample.yaml"))
    assert name not in yaml.safe_load((ROOT / "expectations/coverage_sample.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", ["extend", "layouts"])
def test_the_source_profile_reads_an_export_with_other_headers(tmp_path, source):
    import meos_pipeline as meos

    profile = (
        _block("district.toml")
        if source == "extend"
        else re.findall(r"```toml\n(name = .*?)```", LAYOUTS, re.DOTALL)[0]
    )
    (tmp_path / "district.toml").write_text(profile, encoding="utf-8")
    (tmp_path / "organisatie.csv").write_text(
        "eenheid;district;basisteam;basisteam_code;wijk_code;geldig_van;geldig_tot\n"
        "Eenheid;Voorbeeld;Team Noord;noord;-;2020-01-01;\n",
        encoding="utf-8",
    )
    title = "Uitdraai\nvan de maand\n" if source == "layouts" else ""
    (tmp_path / "uitdraai_20260901T0600.csv").write_text(
        f"{title}Nummer controle;Datum controle;Tijdstip;Team;Uitkomst\n"
        "K-1;03-08-2026;14:05;Team Noord;Bekeuring\n"
        "K-2;04-08-2026;23:50;team noord;aangehouden\n"
        "K-3;05-08-2026;09:10;Team Noord;geen bijzonderheden\n",
        encoding="utf-8",
    )
    checks = meos.read_export(tmp_path / "uitdraai_20260901T0600.csv", profile=str(tmp_path / "district.toml"))
    found = checks.sort("check_date").select("check_date", "team", pl.col("result").cast(pl.String())).rows()
    assert found == [
        (date(2026, 8, 3), "noord", "traffic_fine"),
        (date(2026, 8, 4), "noord", "arrest"),
        (date(2026, 8, 5), "noord", "nothing_found"),
    ]


@pytest.mark.parametrize("folder", ["docs/analyst", "docs/analyst/en"])
def test_the_first_settings_file_of_the_guide_is_accepted(folder):
    import tomllib

    from meos_pipeline.settings import parse_settings

    text = (ROOT / folder / "first-export.md").read_text(encoding="utf-8")
    settings = parse_settings(tomllib.loads(re.search(r"```toml\n(.*?)```", text, re.DOTALL).group(1)))
    assert settings.sources.profile == "meos"


def test_the_notebook_page_names_exactly_what_the_package_offers():
    import meos_pipeline

    text = (ROOT / "docs/analyst/notebooks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)\(", text, re.MULTILINE)) == set(meos_pipeline.__all__)


@pytest.mark.parametrize("folder", ["docs/analyst", "docs/analyst/en"])
def test_exit_codes_of_the_guide_are_those_of_the_errors(folder):
    from meos_pipeline import errors

    text = (ROOT / folder / "troubleshooting.md").read_text(encoding="utf-8")
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    raised = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type)}
    assert raised <= told
