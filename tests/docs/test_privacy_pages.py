"""What the privacy pages say is tested, is tested; what they call a setting, is one."""

import re
from dataclasses import fields
from pathlib import Path

from meos_pipeline.ingest.profiles import Profile
from meos_pipeline.policy import Policy
from meos_pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PRIVACY = ROOT / "docs/privacy"
TELL_PROFILES = {"layouts.md"}
"""Pages that tell the keys of a source profile, beside those of ``meos.toml``."""


def test_every_test_that_is_promised_exists():
    text = (PRIVACY / "tests.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/\S+\.py)` `(test_\w+)`", text)
    assert len(named) > 15
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_promise_has_a_test():
    promised = set(re.findall(r"^\| (P\d+) \|", (PRIVACY / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    tested = set(re.findall(r"^\| \*\*(P\d+)\*\*", (PRIVACY / "tests.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert promised
    assert promised == tested


def test_settings_that_the_pages_name_exist():
    sections = {item.name: item for item in fields(Settings)}
    keys = {item.name for item in fields(Policy)}
    of_profiles = {item.name for item in fields(Profile)}
    for section in sections.values():
        record = type(section.default_factory()) if callable(section.default_factory) else None
        keys |= {item.name for item in fields(record)} if hasattr(record, "__dataclass_fields__") else set()
    pages = [*PRIVACY.glob("*.md"), *(ROOT / "docs/analyst").rglob("*.md"), *(ROOT / "docs/operations").glob("*.md")]
    pages = [page for page in pages if page.name != "dagster.md"]  # its tables name assets and jobs
    unknown = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        known = keys | of_profiles if page.name in TELL_PROFILES else keys
        places = set(sections) | of_profiles if page.name in TELL_PROFILES else set(sections)
        for section, key in re.findall(r"`\[(\w+)\](?: (\w+))?`", text):
            if section not in places or (key and key not in known):
                unknown.append(f"{page.name}: [{section}] {key}")
        unknown += [
            f"{page.name}: {key}"
            for key in re.findall(r"\| `(\w+_\w+)` \|", text)
            if key not in known and not key.startswith("test_")
        ]
    assert unknown == []


def test_defaults_that_the_pages_tell_are_the_defaults():
    told = {
        PRIVACY / "roles.md": ("`officers_per_unit` (5)", Policy().officers_per_unit == 5),
        ROOT / "docs/analyst/corrections.md": ("`revision_records` (10)", Policy().revision_records == 10),
        ROOT / "docs/analyst/first-export.md": ("`settlement_days` (42)", Policy().settlement_days == 42),
        ROOT / "docs/analyst/keys.md": ("`oldest_record_years` (5)", Policy().oldest_record_years == 5),
    }
    for page, (words, holds) in told.items():
        assert words in page.read_text(encoding="utf-8"), page.name
        assert holds, words
