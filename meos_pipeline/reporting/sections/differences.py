"""Differences between groups: what each comparison compares, what it says, what it does not show, what would undo it."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting.group_sentences import group_name, sentences_of, undo_short
from meos_pipeline.reporting.measures import (
    basis_of,
    caveat_texts,
    count_text,
    label_text,
    margin_text,
    scale_of,
    state_of,
    title_of,
    value_text,
    why_silent,
)
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block, Cell, Chart, Forest, Mark, Scale, Table
from meos_pipeline.reporting.words import Words

METHODS = (
    "benchmark_ratio",
    "internal_benchmark",
    "outcome_gap",
    "stratified_odds",
    "robust_test",
    "threshold_test",
    "area_level",
)
"""In the order in which they are told, all of the same whole year; a method without rows is left out."""
DAYLIGHT = ("veil_of_darkness",)
"""Told apart, for it has half-years of its own."""
_OPEN = (Label.UNDECIDED, Label.NO_RELEVANT_DIFFERENCE)
_COUNTED_AS = {"outcome_gap": "n", "stratified_odds": "n", "threshold_test": "n"}
"""Where a method keeps how many checks of the group it compares; elsewhere they are its events."""
_UNSAID = {"outcome_gap": "hit=strict"}
"""What a finding without a stratum is about, where others of the same method say theirs."""
SAID_ONCE = {"null_is_no_proof"}
"""Caveats that ``no_proof`` says for all comparisons at once."""
_ORDER = {name: place for place, name in enumerate([*v.SEXES.categories, "residents", "daytime"], start=1_000)}
"""Places of groups that are no age bands; those come first, from young to old."""


def build(report: Report) -> Block:
    """One chart and one honest paragraph per method that the data allow."""
    unknown = latest(report.results.all("missing_groups"))
    block = comparisons(report, METHODS, name="differences")
    said = [report.say("differences/first"), *_period(report, block.charts), *unknown_shares(report, unknown)]
    if not block.charts and not block.sentences:
        said.append(report.say("differences/nothing"))
    return replace(
        block,
        sentences=(*said, *block.sentences),
        tables=(*multiverse_table(report), *unknown_table(report, unknown)),
    )


def _period(report: Report, charts: Sequence[Chart]) -> tuple[str, ...]:
    """The one year that all comparisons of the section are about."""
    found = [f for method in METHODS for f in latest(report.results.all(method)) if f.is_shown]
    if not charts or not found:
        return ()
    newest = max(found, key=lambda f: f.period_end)
    return (report.say("differences/period", period=_of(report, newest)),)


def _of(report: Report, finding: Finding) -> str:
    return report.words.notation.period(finding.period_start, finding.period_end)


def comparisons(report: Report, names: Sequence[str], *, name: str) -> Block:
    """The comparisons of a section, with what cannot be said of others."""
    methods = {method: found for method in names if (found := latest(report.results.all(method)))}
    told = {method: found for method, found in methods.items() if any(f.is_shown for f in found)}
    shared = (
        set.intersection(*({code for f in found for code in f.caveats} for found in told.values())) if told else set()
    ) - SAID_ONCE
    charts: list[Chart] = [_told(report, method, found, shared) for method, found in told.items()]
    silent = [
        report.say("differences/silent", name=title_of(method, report.words), reason=why_silent(found[0], report.words))
        for method, found in methods.items()
        if method not in told
    ]
    return Block(
        name=name,
        heading=report.say(f"{name}/heading"),
        sentences=(*silent, *placebos(report, names)),
        charts=tuple(charts),
        terms=("group", "margin"),
        notes=(report.say("differences/unit"), *no_proof(report, told), *caveat_texts(shared, report.words)),
    )


def placebos(report: Report, names: Sequence[str]) -> list[str]:
    """For the district: how often the same methods found something where there is nothing to find."""
    tried = [
        finding
        for method in names
        for finding in latest(report.results.all(f"{method}_placebo"))
        if finding.label not in {Label.TOO_FEW, Label.WITHHELD, Label.NOT_COMPARABLE}
    ]
    if report.team or not tried:
        return []
    number = report.words.notation.number
    fired = sum(finding.label != Label.USUAL for finding in tried)
    return [report.say("differences/placebos", n=number(len(tried)), fired=number(fired))]


def no_proof(report: Report, told: Mapping[str, Sequence[Finding]]) -> tuple[str, ...]:
    """What silence is not, once, where a comparison is open."""
    is_open = any(f.label in _OPEN for found in told.values() for f in found)
    return (report.words("measures/no_proof"),) if is_open else ()


def latest(found: Sequence[Finding]) -> list[Finding]:
    """The newest period of every group and stratum, groups in their own order."""
    newest: dict[tuple[str, str], Finding] = {}
    for finding in found:
        key = (finding.stratum, finding.group)
        if key not in newest or finding.period_end >= newest[key].period_end:
            newest[key] = finding
    return sorted(newest.values(), key=_place)


def _place(finding: Finding) -> tuple[str, int, str, int, str]:
    """Kind of group, group, and then what it is set beside."""
    kind, _, group = finding.group.partition("=")
    beside = finding.stratum.partition("=")[2]
    return kind, _place_of(group), group, _place_of(beside), beside


def _place_of(name: str) -> int:
    try:
        return v.band_start(name)
    except ValueError:
        return _ORDER.get(name, max(_ORDER.values()) + 1)


def _row_name(words: Words, finding: Finding) -> str:
    """Group, and what it is set beside, as a row of a chart or table is called."""
    name = words.code(*finding.group.split("=", 1)) if "=" in finding.group else group_name(words, finding.group)
    kind, _, part = (finding.stratum or _UNSAID.get(finding.statistic, "")).partition("=")
    if not part:
        return name
    short = f"{kind}_row" if words.has(f"codes/{kind}_row/{part}") else kind
    return words("measures/beside", group=name, what=words.code(short, part))


def _told(report: Report, method: str, found: Sequence[Finding], shared: AbstractSet[str]) -> Forest:
    """The chart of a method, between what it compares and what it does not show; ``shared`` is said for all at once."""
    words = report.words
    shown = [f for f in found if f.is_shown]
    scale = scale_of(shown[0])
    drawn = scale if scale in {Scale.RATIO, Scale.SHARE} else Scale.POINTS
    kind = "ratio" if drawn is Scale.RATIO else "difference"
    marks = tuple(
        Mark(
            label=words.capital(_row_name(words, f)),
            value=f.estimate,
            low=f.lower,
            high=f.upper,
            state=state_of(f),
            basis=basis_of(f, report),
        )
        for f in shown
    )
    name = title_of(method, words)
    own = {code for f in found for code in f.caveats} - shared - SAID_ONCE
    few = list(dict.fromkeys(words.code(*f.group.split("=", 1)) for f in found if not f.is_shown and "=" in f.group))
    return Forest(
        key=f"differences-{method}",
        title=name,
        description=words("charts/forest/description", name=name),
        caption=words("measures/of_period", text=words(f"measures/{method}/caption"), period=_of(report, shown[0])),
        how_to_read=words(f"charts/forest/how_{kind}"),
        table=detail_table(report, method, found),
        marks=marks,
        scale=drawn,
        axis=words(f"charts/forest/axis_{kind}"),
        finding=(words(f"measures/{method}/compares"), *_head(report, found), *sentences_of(report, method, shown)),
        silent=tuple(few),
        limits=tuple(dict.fromkeys((words(f"measures/{method}/not_shown"), *caveat_texts(own, words)))),
    )


def detail_table(report: Report, method: str, found: Sequence[Finding]) -> Table:
    """Every group of a method, also those of which nothing can be said."""
    words = report.words
    rows = tuple(
        (
            Cell(text=words.capital(_row_name(words, f)), is_header=True),
            Cell(text=count_text(getattr(f, _COUNTED_AS.get(method, "events")), report) if f.is_shown else "–"),
            Cell(text=value_text(f, words), value=f.estimate) if f.is_shown else Cell(text="–"),
            Cell(text=margin_text(f, words)),
            Cell(text=label_text(f, words) if f.is_shown else why_silent(f, words), state=state_of(f)),
            Cell(text=undo_short(report, f)),
        )
        for f in found
    )
    columns = ("group", "checks", "value", "margin", "verdict", "undo")
    return Table(
        key=f"differences-{method}",
        caption=words("charts/forest/table", name=title_of(method, words)),
        rows=rows,
        numeric=frozenset({1, 2}),
        columns=tuple(words(f"page/columns/{c}") for c in columns),
    )


def _head(report: Report, found: Sequence[Finding]) -> list[str]:
    """How many teams stand beside each other, and how many of the readings given chance alone would give."""
    families = [f.details() for f in found if "labels_given" in f.details() and "teams" in f.details()]
    if not families:
        return []
    notation = report.words.notation
    chance = sum(float(one.get("labels_expected_by_chance") or 0.0) for one in families)
    return [
        report.words(
            "measures/family_head",
            teams=notation.number(max(int(one["teams"]) for one in families)),
            families=notation.number(len(families)),
            given=notation.number(sum(int(one["labels_given"]) for one in families)),
            chance=notation.number(chance, 1),
        )
    ]


def multiverse_table(report: Report) -> tuple[Table, ...]:
    """Per group in how many of all combinations of choices the difference keeps its side, and the outer outcomes."""
    words = report.words
    rows = []
    for finding in latest(report.results.all("multiverse")):
        outer = [
            f
            for series in ("lowest", "highest")
            for f in report.results.all("multiverse", series=series, group=finding.group)
            if f.is_shown and f.period_end == finding.period_end
        ]
        seen = finding.details()
        if not finding.is_shown or not outer or "specifications" not in seen:
            continue
        same, number = round(float(seen["same_side"])), round(float(seen["specifications"]))
        rows.append(
            (
                Cell(text=words.capital(_row_name(words, finding)), is_header=True),
                Cell(text=words("measures/multiverse/same", same=str(same), n=str(number)), value=same / number),
                Cell(text=words("page/range", low=value_text(outer[0], words), high=value_text(outer[-1], words))),
            )
        )
    if not rows:
        return ()
    return (
        Table(
            key="differences-multiverse",
            caption=words("measures/multiverse/caption"),
            rows=tuple(rows),
            numeric=frozenset({1}),
            columns=tuple(words(f"page/columns/{c}") for c in ("group", "same_side", "between")),
            note=words("measures/multiverse/note"),
        ),
    )


def unknown_shares(report: Report, unknown: Sequence[Finding]) -> list[str]:
    """How often it is not known to which group a check belongs; it bounds everything below."""
    words = report.words
    return [
        words(
            "measures/missing_groups/sentence",
            kind=words.code("kind", f.kind[1]),
            hundred=words.notation.of_hundred(f.estimate or 0.0),
        )
        for f in unknown
        if not f.group and f.is_shown
    ]


def unknown_table(report: Report, unknown: Sequence[Finding]) -> tuple[Table, ...]:
    """Share per group, if none or all of the checks without a known group were of it."""
    words = report.words
    rows = tuple(
        (
            Cell(text=words.capital(group_name(words, f.group)), is_header=True),
            Cell(text=value_text(f, words), value=f.estimate),
            Cell(text=margin_text(f, words)),
        )
        for f in unknown
        if f.group and f.is_shown
    )
    if not rows:
        return ()
    return (
        Table(
            key="differences-missing_groups",
            caption=words("measures/missing_groups/caption"),
            rows=rows,
            numeric=frozenset({1}),
            columns=tuple(words(f"page/columns/{c}") for c in ("group", "share", "between")),
        ),
    )


SECTION = Section("differences", build)
