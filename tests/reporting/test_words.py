import re
import string
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyphen
import pytest
import yaml

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.findings import Label
from meos_pipeline.errors import SettingsError, TextError
from meos_pipeline.policy import Policy
from meos_pipeline.reporting.render import render_edition
from meos_pipeline.reporting.results import OF_ONE_PERSON
from meos_pipeline.reporting.section import all_sections
from meos_pipeline.reporting.words import LANGUAGES, Words, leaves, read_words
from meos_pipeline.reporting.workbench import category_name
from meos_pipeline.storage.paths import shipped
from tests.reporting.codes import caveats_in_code, reasons_in_code
from tests.reporting.fixture import publishable

TREE = read_words(shipped("reports"))
LEAVES = list(leaves(TREE))
CAUSAL = re.compile(
    r"\b(door|dankzij|vanwege|omdat|zorgt voor|leidt tot|veroorzaakt|because|due to|thanks to|leads to|causes)\b",
    re.IGNORECASE,
)
GENERATED = ("measures/", "team/", "a4/", "district/", "charts/")


SIDES = {
    "up": (re.compile(r"(?:^|_)(?:higher|high|more)(?:_|$)"), re.compile(r"\b(?:hogere?|vaker|meer|higher|more)\b")),
    "down": (
        re.compile(r"(?:^|_)(?:lower|low|fewer|less)(?:_|$)"),
        re.compile(r"\b(?:lagere?|minder|lower|fewer|less)\b"),
    ),
}
"""What the name of a text says of the side of a difference, and words for it."""


def says_the_other_side(name: str, text: str) -> bool:
    """Whether a text whose name has one side only has words for the other; 'too high' is of what is recorded."""
    for side, other in (("up", "down"), ("down", "up")):
        if SIDES[side][0].search(name) and "too_" not in name and SIDES[other][1].search(text):
            return not SIDES[side][1].search(text)
    return False


def test_a_text_for_higher_never_reads_lower() -> None:
    assert [
        path
        for path, leaf in LEAVES
        if any(says_the_other_side(path.rsplit("/", 1)[-1], leaf[language]) for language in LANGUAGES)
    ] == []
    assert says_the_other_side("signal_high", "lager dan gewoon")
    assert says_the_other_side("fewer", "There were more.")
    assert not says_the_other_side("signal_low", "minder vaak, en per controle meer")


def sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.?!:])\s+", re.sub(r"\{\w+(:[^}]*)?\}", "tien", text)) if re.search(r"\w", s)]


def texts(language: str) -> list[str]:
    return [
        t
        for path, leaf in LEAVES
        if not path.startswith(("codes/", "page/columns", "quality/"))
        for t in [leaf[language]]
        if " " in t
    ]


def test_both_languages_name_the_same_values() -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [path for path, leaf in LEAVES if names(leaf["nl"]) != names(leaf["en"])] == []


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("nl", "nog 1 maand nodig", "nog 2 maanden nodig"),
        ("en", "1 more month needed", "2 more months needed"),
    ],
)
def test_a_noun_goes_with_its_number(language: str, one: str, many: str) -> None:
    words = Words(TREE, language)
    assert (words("page/needed/months", n="1"), words("page/needed/months", n="2")) == (one, many)


NOUNS = re.compile(
    r"\{n\} (more |andere |other )?(months|maanden|teams|areas|wijken|files|bestanden|rules|afspraken)\b"
)


def test_a_noun_that_could_be_one_has_both_forms() -> None:
    """Where {n} can be 1 a plural is wrong; what always stands for many is named here."""
    many = {"charts/funnel/description", "charts/multiples/description", "quality/tables/mapping/layout"}
    wrong = [path for path, leaf in LEAVES for text in leaf.values() if NOUNS.search(text) and path not in many]
    assert wrong == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_sentence_is_longer_than_twenty_words(language: str) -> None:
    assert [s for t in texts(language) for s in sentences(t) if len(s.split()) > 20] == []


def test_sentences_have_at_most_twelve_words_on_average() -> None:
    found = [len(s.split()) for t in texts("nl") for s in sentences(t) if s.endswith((".", "?"))]
    assert sum(found) / len(found) <= 12


def test_dutch_reads_at_level_b1() -> None:
    """Flesch-Douma: 206.84 - 0.77 syllables per 100 words - 0.93 words per sentence."""
    dictionary = pyphen.Pyphen(lang="nl_NL")
    said = [s for t in texts("nl") for s in sentences(t) if s.endswith((".", "?"))]
    words = [w for s in said for w in re.findall(r"[A-Za-zÀ-ÿ]+", s)]
    syllables = sum(len(dictionary.positions(w)) + 1 for w in words)
    score = 206.84 - 77 * syllables / len(words) - 0.93 * len(words) / len(said)
    assert score >= 65


@pytest.mark.parametrize("language", ["nl", "en"])
def test_generated_sentences_have_no_causal_verbs(language: str) -> None:
    found = [
        (path, leaf[language]) for path, leaf in LEAVES if path.startswith(GENERATED) and CAUSAL.search(leaf[language])
    ]
    assert found == []


def test_every_label_and_every_threshold_has_words() -> None:
    assert set(TREE["codes"]["label"]) == {label.value for label in Label}
    assert set(Policy.__slots__) - set(TREE["codes"]["policy"]) == set()


NO_REASONS = {
    "behaviour",
    "continued_reason",
    "direction",
    "objective_ground",
    "ground",
    "none",
    "periods",
    "point",
    "records",
    "why",
    "why_proactive",
}
"""Names that stand where reasons stand in the code but are columns, measures or marks of the release."""


def test_every_caveat_in_the_code_has_words_in_both_languages() -> None:
    codes = caveats_in_code()
    assert len(codes) > 40
    assert {"sample_shifts", "observed_behaviour", "not_why"} <= codes
    assert codes - set(TREE["codes"]["caveat"]) == set()
    assert set(TREE["codes"]["caveat"]) - codes == set(), "words that nothing uses"


def test_every_reason_in_the_code_has_words_in_both_languages() -> None:
    codes = reasons_in_code() - NO_REASONS
    assert {"no_overlap", "separation", "model_events", "fewest_pairs", "smallest_rate_denominator"} <= codes
    assert codes - set(TREE["codes"]["label_reason"]) == set()


def test_a_finding_with_a_code_without_words_stops_the_edition_and_all_such_codes_are_told(tmp_path: Path) -> None:
    made = publishable(teams=1)
    findings = made.findings.with_columns(
        caveats=pl.when(pl.col("statistic") == "yield_broad").then(pl.lit(["unheard_of"])).otherwise("caveats"),
        label_reason=pl.when(pl.col("label") == "too_few").then(pl.lit("no_such_rule")).otherwise("label_reason"),
    )
    object.__setattr__(made, "findings", findings)
    with pytest.raises(TextError) as told:
        render_edition(made, tmp_path / "edition")
    assert "'/codes/caveat/unheard_of'" in str(told.value)
    assert "'/codes/label_reason/no_such_rule'" in str(told.value)
    assert not (tmp_path / "edition").exists()


def test_every_section_has_words_and_every_block_of_words_a_section() -> None:
    assert [s.name for s in all_sections(Words(TREE, "nl"))] == list(TREE["team"]["sections"])


def test_a_text_without_a_language_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("title: {nl: Titel}", encoding="utf-8")
    with pytest.raises(TextError, match="has no text in en; add it"):
        read_words(tmp_path)


def test_a_site_replaces_words_at_the_same_place_only(tmp_path: Path) -> None:
    (tmp_path / "page.yaml").write_text("skip: {nl: Sla over, en: Skip}", encoding="utf-8")
    assert Words(read_words(shipped("reports"), tmp_path), "nl")("page/skip") == "Sla over"
    (tmp_path / "page.yaml").write_text("skp: {nl: Sla over, en: Skip}", encoding="utf-8")
    with pytest.raises(SettingsError, match="does not exist; take its place"):
        read_words(shipped("reports"), tmp_path)


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    said = Words(TREE, "nl")("page/contact", contact="{fingerprint.__class__}")
    assert "{fingerprint.__class__}" in said


def test_what_teams_are_told_of_quality_is_about_rules_that_exist_and_says_how_many_fall_short() -> None:
    rules = yaml.safe_load((shipped("expectations") / "police_checks.yaml").read_text(encoding="utf-8"))
    told = TREE["quality"]["for_teams"]
    assert set(told) - set(rules.get("rules", rules)) == set()
    assert [
        name for name, text in told.items() if not all("{hundred}" in text[language] for language in ("nl", "en"))
    ] == []
    assert [name for name, text in told.items() if re.search(r"voldoe|comply", text["nl"] + text["en"])] == []


def test_no_text_is_given_twice_at_the_same_place() -> None:
    """YAML takes the last one in silence."""
    twice = []
    for path in sorted(shipped("reports").glob("*.yaml")):
        for node in _mappings(yaml.compose(path.read_text(encoding="utf-8"))):
            keys = [key.value for key, _ in node.value]
            twice += [f"{path.name}: {key}" for key in set(keys) if keys.count(key) > 1]
    assert twice == []


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_category_that_readers_may_see_has_words(language: str) -> None:
    """'GEMW151B' is a code; an officer reads the law that it stands for."""
    words = Words(TREE, language)
    seen = [(p, c) for p, kind in PARTITIONS.items() if p not in OF_ONE_PERSON for c in kind.categories]
    codes = [place for place in seen if re.search(r"_|[A-Z]{2,}\d", category_name(*place, words))]
    assert codes == []
