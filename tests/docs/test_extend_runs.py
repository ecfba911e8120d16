"""The recipes of the page on extending, all followed in a copy of the program: ``meos run`` makes the cells and a page."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from meos_pipeline.contracts import cells as contract
from meos_pipeline.errors import ContractError
from meos_pipeline.statistics.cells import month as counting

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture/extend.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', PAGE, re.DOTALL))
BEFORE = {
    # file                                             the line before which its recipe goes
    "meos_pipeline/contracts/cells.py": '        _month("field_area", ',
    "meos_pipeline/statistics/cells/population.py": '        "field_area": ',
    "meos_pipeline/contracts/companions.py": "COMPANIONS = ",
}
NEW = (
    "meos_pipeline/statistics/accountability/debriefing_example.py",
    "meos_pipeline/reporting/sections/debriefing_example.py",
    "expectations/briefings.yaml",
)
LINES = ("expectations/coverage_sample.yaml",)
"""Files that end with the recipe."""
GENERATE = """
import shutil, sys
from pathlib import Path
from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.steps.workspace import open_workspace
from meos_pipeline.synthetic.generate import generate
root = Path(sys.argv[1])
generate(root / "landing", seed=2, teams=2, months=4)
shutil.move(root / "landing" / "meos.toml", root / "meos.toml")
fictional_key_file(open_workspace(root).key_path, seed=2)
"""


def followed(root: Path) -> None:
    """A copy of the program in which every recipe was followed."""
    for name in ("meos_pipeline", "reports", "expectations"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "dg.toml"):
        shutil.copy(ROOT / name, root / name)
    (root / "dagster_home").mkdir()
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", root / "dagster_home")
    for name in NEW:
        (root / name).write_text(BLOCKS[name], encoding="utf-8")
    for name, before in BEFORE.items():
        text = (root / name).read_text(encoding="utf-8")
        assert text.count(f"\n{before}") == 1, name
        (root / name).write_text(text.replace(f"\n{before}", f"\n{BLOCKS[name]}{before}"), encoding="utf-8")
    for name in LINES:
        with (root / name).open("a", encoding="utf-8") as stream:
            stream.write(f"\n{BLOCKS[name]}")
    words = yaml.safe_load((root / "reports/team.yaml").read_text(encoding="utf-8"))
    words["sections"] |= yaml.safe_load(BLOCKS["reports/team.yaml"])["sections"]
    (root / "reports/team.yaml").write_text(
        yaml.safe_dump(words, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


def command(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEOS_")}
    environment = kept | {"PYTHONPATH": str(root), "DAGSTER_HOME": str(root / "dagster_home"), "MEOS_LANGUAGE": "en"}
    done = subprocess.run(
        [sys.executable, *words], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.slow
def test_every_recipe_followed_gives_cells_findings_a_judged_rule_and_a_section_on_the_page(tmp_path: Path) -> None:
    followed(tmp_path)
    data = tmp_path / "data"
    (data / "landing").mkdir(parents=True)
    command(tmp_path, "-c", GENERATE, str(data))
    team = pl.read_csv(data / "landing" / "organisatie.csv", separator=";")["basisteam_code"][0]
    months = sorted({path.name[10:17] for path in (data / "landing").glob("controles_*")})
    lines = [f"{month};{team};12;9" for month in months]
    (data / "landing" / "briefings_maand.csv").write_text(
        "\n".join(["maand;basisteam;briefings;waarvan_besproken", *lines, ""]), encoding="utf-8"
    )
    command(tmp_path, "-m", "meos_pipeline.cli", "run", "--data", str(data))
    cells = pl.concat([pl.read_parquet(path) for path in (data / "restricted/cells/cells").rglob("*.parquet")])
    assert cells.filter(pl.col("partition") == "field_sex")["n"].sum() > 0
    assert set(cells.filter(pl.col("partition") == "briefings").select("category", "n").unique().rows()) == {
        ("discussed", 9),
        ("other", 3),
    }
    findings = pl.read_parquet(data / "restricted/release/findings.parquet")
    assert "debriefing_example" in findings["statistic"].to_list()
    judged = pl.concat([pl.read_parquet(path) for path in (data / "restricted/validation").glob("[bc]*.parquet")])
    rules = set(judged["rule"])
    assert {"no_more_briefings_discuss_checks_than_there_are", "sheets_show_a_plausible_number_of_checks"} <= rules
    pages = "".join(path.read_text(encoding="utf-8") for path in (data / "published/editions").rglob("*.html"))
    assert "Bespreken we onze controles?" in pages
    assert json.loads((next((data / "published/editions").iterdir()) / "manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("forgotten", ["statistics/cells/population.py", "contracts/cells.py"])
def test_a_count_of_which_one_line_was_forgotten_names_the_file(forgotten, monkeypatch):
    declared = [name for name, item in contract.PARTITIONS.items() if item.population in {"checks", "proactive"}]
    counted = dict.fromkeys(name for name in declared if not name.startswith("repeat_"))
    if forgotten == "contracts/cells.py":
        monkeypatch.delitem(contract.PARTITIONS, "field_area")
    else:
        del counted["field_area"]
    with pytest.raises(ContractError, match=f"'field_area'.*{re.escape(forgotten)}"):
        counting._require_every_count(counted)
