"""The files hold what the truth says, and the same seed gives the same bytes."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.companions import COMPANION_FILES, COMPANIONS
from meos_pipeline.contracts.handed_in import read_contents
from meos_pipeline.settings import read_settings
from meos_pipeline.synthetic.generate import export_name, generate
from meos_pipeline.synthetic.truth import Truth

FIRST = date(2024, 11, 1)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    target = tmp_path_factory.mktemp("landing")
    return target, generate(target, seed=7, teams=4, months=12, first_month=FIRST, origin=True)


def exports(target: Path) -> pl.DataFrame:
    return pl.read_csv(target / "controles_*.csv", separator=";", infer_schema=False).with_columns(
        month=pl.col("datum").str.to_date("%d-%m-%Y").dt.truncate("1mo"),
        team=pl.col("basisteam_medewerker").str.replace("^BT ", "").str.to_lowercase(),
        entered=pl.col("datumtijd_registratie").str.to_datetime("%d-%m-%Y %H:%M"),
        moment=pl.concat_str("datum", pl.col("tijd").fill_null("00:00")).str.to_datetime("%d-%m-%Y%H:%M"),
    )


def companion(target: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(target / COMPANION_FILES[name], separator=";")


def test_every_row_is_counted_in_the_truth(district: tuple[Path, Truth]) -> None:
    target, truth = district
    assert {path.name for path in target.glob("controles_*.csv")} == set(truth.files)
    assert exports(target).height == truth.rows == sum(truth.files.values())
    assert truth.rows + truth.undelivered == sum(row["registered"] for row in truth.team_months)


def test_registered_checks_per_team_and_month_are_those_of_the_truth(district: tuple[Path, Truth]) -> None:
    target, truth = district
    last = max(row["month"] for row in truth.team_months)
    counted = {
        (team, month.isoformat()): n for team, month, n in exports(target).group_by("team", "month").len().rows()
    }
    expected = {(row["team"], row["month"]): row["registered"] for row in truth.team_months}
    settled = {key: n for key, n in expected.items() if key[1] < last}
    assert {key: n for key, n in counted.items() if key[1] < last} == settled
    assert sum(counted.values()) == sum(expected.values()) - truth.undelivered


def test_results_in_the_files_are_those_of_the_truth_where_filled(district: tuple[Path, Truth]) -> None:
    target, truth = district
    hits = [code for code, name in v.RESULT_SOURCE.items() if name and v.RESULT_HIT_CLASS[name] in v.BROAD_HITS]
    strict = [code for code, name in v.RESULT_SOURCE.items() if name and v.RESULT_HIT_CLASS[name] in v.STRICT_HITS]
    known = exports(target).filter(pl.col("proactief") == "J", pl.col("resultaat_code").is_not_null())
    first = pl.col("resultaat_code").str.split(",").list.first()
    for codes, name in ((hits, "with_result_registered"), (strict, "strict_registered")):
        found = known.select(first.is_in(codes).mean()).item()
        total = sum(row["proactive_registered"] for row in truth.team_months)
        planted = sum(row[name] for row in truth.team_months) / total
        assert found == pytest.approx(planted, abs=4 * (planted * (1 - planted) / known.height) ** 0.5)


def test_no_record_is_entered_before_its_check_or_after_its_export(district: tuple[Path, Truth]) -> None:
    target, truth = district
    rows = exports(target)
    assert rows.filter(pl.col("entered") < pl.col("moment")).is_empty()
    for file in truth.files:
        made = pl.Series([file[18:31]]).str.to_datetime("%Y%m%dT%H%M").item()
        entered = pl.read_csv(target / file, separator=";", columns=["datumtijd_registratie"]).to_series()
        assert entered.str.to_datetime("%d-%m-%Y %H:%M").max() < made


def test_numbers_of_checks_are_unique_over_all_exports(district: tuple[Path, Truth]) -> None:
    assert exports(district[0])["controle_id"].is_unique().all()


def test_every_code_is_of_the_closed_lists(district: tuple[Path, Truth]) -> None:
    rows = exports(district[0])
    lists = {
        "reden_code": v.REASON_SOURCE,
        "grondslag": v.LEGAL_BASIS_SOURCE,
        "handeling": v.ACTION_SOURCE,
        "resultaat_code": v.RESULT_SOURCE,
        "soort_controle": v.SUBJECT_KIND_SOURCE,
        "dienstsoort": v.SHIFT_KIND_SOURCE,
        "initiatief": v.INITIATIVE_SOURCE,
        "geslacht": v.SEX_SOURCE,
        "voertuigsoort": v.VEHICLE_KIND_SOURCE,
        "uitleg_wijze": v.EXPLANATION_WAY_SOURCE,
        "reactie_burger": v.REACTION_SOURCE,
        "bron": v.REGISTER_SOURCE,
        "reden_toch_controle": v.CONTINUED_REASON_SOURCE,
        "status": v.STATUS_SOURCE,
    }
    for column, allowed in lists.items():
        used = rows[column].drop_nulls().str.split(",").explode().unique()
        assert set(used) <= set(allowed), column


def test_person_numbers_pass_the_test_of_eleven(district: tuple[Path, Truth]) -> None:
    numbers = exports(district[0])["persoon_id"].drop_nulls().unique()
    digits = [[int(digit) for digit in number] for number in numbers]
    factors = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    assert len(digits) > 1000
    assert all(sum(f * d for f, d in zip(factors, row, strict=True)) % 11 == 0 for row in digits)


def test_every_companion_file_has_the_headers_of_its_contract(district: tuple[Path, Truth]) -> None:
    target, _ = district
    for table in COMPANIONS:
        frame = companion(target, table.name)
        assert frame.columns == [column.source_name for column in table.columns], table.name
        assert frame.height
        key = [table[name].source_name for name in table.key]
        assert frame.select(pl.struct(key).is_unique().all()).item(), table.name


def test_the_second_register_agrees_with_true_registration(district: tuple[Path, Truth]) -> None:
    target, truth = district
    counted = (
        companion(target, "second_register")
        .group_by("met_resultaat")
        .agg(pl.col("aantal_bvh").sum(), pl.col("waarvan_in_meos").sum())
    )
    without = counted.filter(pl.col("met_resultaat") == "N").row(0)
    true_without = sum(row["proactive"] - row["with_result"] for row in truth.team_months)
    registered = sum(row["proactive_registered"] - row["with_result_registered"] for row in truth.team_months)
    share = registered / true_without
    assert without[2] / without[1] == pytest.approx(share, abs=4 * (share * (1 - share) / without[1]) ** 0.5)


def _counting_lines(path: Path) -> pl.DataFrame:
    contents = read_contents(path.read_bytes())
    assert contents.faults == []
    return pl.read_csv(path, separator=";", schema_overrides={"kenmerk": pl.String})


def test_sheets_are_counted_as_readers_do(district: tuple[Path, Truth]) -> None:
    """Two a month, four around the agreement, months missed, one team without; some handed in twice or corrected."""
    target, truth = district
    handed_in = pl.concat(_counting_lines(path) for path in sorted(target.glob("telblad_*.csv")))
    typed = companion(target, "coverage_sample")
    everything = pl.concat(
        [typed.select("basisteam", "datum"), handed_in.unique("kenmerk").select("basisteam", "datum")]
    )
    per_month = everything.group_by("basisteam", pl.col("datum").str.slice(3)).len()
    assert truth.effects["team_without_sheets"] not in everything["basisteam"]
    assert set(per_month["len"]) == {2, 4}
    assert set(per_month.filter(pl.col("len") == 4)["basisteam"]) == {truth.effects["action"]["team"]}
    assert per_month.height < 3 * 12
    assert handed_in["kenmerk"].n_unique() < handed_in.height
    assert len(list(target.glob("afspraak_*.csv"))) == 2


def test_the_ambassadors_sample_recovers_registration_by_result(district: tuple[Path, Truth]) -> None:
    target, truth = district
    typed = companion(target, "coverage_sample")
    handed_in = pl.concat(_counting_lines(path) for path in sorted(target.glob("telblad_*.csv")))
    newest = handed_in.sort("versie").unique("kenmerk", keep="last")
    counts = [column for column in typed.columns if column.startswith("waa")]
    seen = pl.concat([typed.select(counts), newest.select(counts)]).sum()
    n = seen["waarvan_met_resultaat"].item()
    found = seen["waarvan_met_resultaat_geregistreerd"].item() / n
    total = sum(row["with_result"] for row in truth.team_months)
    share = sum(row["with_result_registered"] for row in truth.team_months) / total
    assert n > 100
    assert found == pytest.approx(share, abs=4 * (share * (1 - share) / n) ** 0.5)
    assert (seen["waarvan_geregistreerd"] <= seen["waargenomen_controles"]).all()


def test_a_result_is_registered_more_often_than_none(district: tuple[Path, Truth]) -> None:
    for team in district[1].teams:
        assert team["registered_share_with_result"] > team["registered_share_without_result"]
        assert team["registered_yield_broad"] > team["yield_broad"]


def test_the_action_raises_registration_without_result_in_its_team_only() -> None:
    truth = _long_truth()
    action = truth.effects["action"]

    def change(team: str) -> float:
        shares = []
        for after in (False, True):
            rows = [r for r in truth.team_months if r["team"] == team and (r["month"] >= action["from"]) == after]
            true = sum(r["proactive"] - r["with_result"] for r in rows)
            shares.append(sum(r["proactive_registered"] - r["with_result_registered"] for r in rows) / true)
        return shares[1] - shares[0]

    teams = [team["team"] for team in truth.teams]
    assert change(action["team"]) > 0.10
    assert all(abs(change(team)) < 0.06 for team in teams if team != action["team"])


def _long_truth() -> Truth:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return generate(Path(folder), seed=3, teams=4, months=24, first_month=FIRST)


def test_planted_groups_differ_and_others_do_not(district: tuple[Path, Truth]) -> None:
    groups = {(row["kind"], row["group"]): row for row in district[1].groups}
    young, older = groups["age_band", "18-24"], groups["age_band", "45-54"]
    assert young["log_odds_check"] > 0.2
    assert abs(older["log_odds_check"]) < 0.05
    assert young["log_odds_daylight"] > 0.1
    assert young["yield_broad"] < older["yield_broad"]
    assert abs(groups["sex", "male"]["log_odds_daylight"]) < 0.02


def test_daylight_shifts_who_is_checked_as_planted(tmp_path: Path) -> None:
    truth = generate(tmp_path, seed=11, teams=4, months=12, first_month=FIRST, rows=150_000, origin=True)
    rows = exports(tmp_path).filter(pl.col("herkomst").is_not_null(), pl.col("tijd").is_not_null())
    hour = pl.col("moment").dt.hour()
    midsummer = pl.col("moment").dt.month().is_in([5, 6, 7])
    midwinter = pl.col("moment").dt.month().is_in([11, 12, 1])
    share = pl.col("herkomst") == "Buiten Europa"
    light = rows.filter(hour.is_between(18, 20), midsummer).select(share.mean()).item()
    dark = rows.filter(hour.is_between(18, 20), midwinter).select(share.mean()).item()
    n = rows.filter(hour.is_between(18, 20), midsummer | midwinter).height
    planted = next(g["log_odds_daylight"] for g in truth.groups if g["group"] == "Buiten Europa")
    found = _log_odds(light) - _log_odds(dark)
    assert found == pytest.approx(planted, abs=4 * (4 / n / (light * (1 - light))) ** 0.5)
    assert found > 0


def _log_odds(share: float) -> float:
    import math

    return math.log(share / (1 - share))


def test_identifiers_of_the_truth_are_in_the_files_and_free_text_holds_some(district: tuple[Path, Truth]) -> None:
    target, truth = district
    written = "".join(path.read_text(encoding="utf-8") for path in target.glob("controles_*.csv"))
    for kind in ("names", "bsns", "plates", "document_numbers"):
        listed = truth.canaries[kind]
        assert len(listed) >= 50
        assert [value for value in listed if value not in written] == [], kind
    remarks = exports(target)["reden_toelichting"].drop_nulls()
    assert remarks.str.contains_any(truth.canaries["bsns"]).sum() > 10
    assert remarks.str.contains_any(truth.canaries["names"]).sum() > 10


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        generate(tmp_path / name, seed=seed, teams=2, months=2, first_month=FIRST)
    contents = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("a", "b", "c")]
    assert contents[0] == contents[1]
    assert contents[0][export_name(FIRST)] != contents[2][export_name(FIRST)]


def test_the_settings_file_is_accepted_and_says_fictional(tmp_path: Path) -> None:
    generate(tmp_path / "landing", teams=1, months=1, first_month=FIRST, settings_folder=tmp_path)
    settings = read_settings(tmp_path / "meos.toml")
    assert settings.site.fictional
    assert "verzonnen" in settings.site.organisation
    assert not (tmp_path / "landing" / "meos.toml").exists()
    assert json.loads((tmp_path / "truth.json").read_text())["first_month"] == "2024-11-01"


def test_rows_asked_for_are_about_the_rows_written(tmp_path: Path) -> None:
    truth = generate(tmp_path, teams=3, months=6, first_month=FIRST, rows=20_000)
    assert truth.rows == pytest.approx(20_000, rel=0.1)


def test_progress_is_told_after_each_month(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    generate(tmp_path, teams=1, months=3, first_month=FIRST, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_blocks_of_teams_follow_each_other_and_hold_everyone() -> None:
    from meos_pipeline.synthetic.generate import team_blocks
    from meos_pipeline.synthetic.world import draw_world

    world = draw_world(seed=1, teams=9, months=2, first_month=FIRST, rows=2_000_000)
    blocks = team_blocks(world)
    assert len(blocks) > 3
    assert [team for block in blocks for team in block] == list(range(9))


def test_a_district_of_long_ago_has_its_teams_from_the_start(tmp_path: Path) -> None:
    generate(tmp_path, teams=1, months=1, first_month=date(2016, 11, 1))
    teams = pl.read_csv(tmp_path / "organisatie.csv", separator=";", infer_schema=False)
    assert teams["geldig_van"].str.to_date("%d-%m-%Y").max() < date(2016, 11, 1)
