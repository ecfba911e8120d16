"""The result of every statistic: one tidy row per estimate.

Sentences, charts and tables are made from findings. An estimate is empty exactly when ``label``
or a caveat explains it.
"""

from enum import StrEnum

import polars as pl

from meos_pipeline.contracts.table import Column, Table


class Unit(StrEnum):
    """What an estimate of 1 means."""

    SHARE = "share"
    COUNT = "count"
    RATIO = "ratio"
    """Ratio of two rates, shares or odds; its interval comes from the log scale."""
    PER_100_SHIFTS = "per_100_shifts"
    PER_100_CHECKS = "per_100_checks"
    """A number that may lie below 0: a difference from what chance gives."""
    PER_1000_CHECKS = "per_1000_checks"
    DIFFERENCE = "difference"
    """Difference of two shares, between -1 and 1."""
    STANDARD_DEVIATIONS = "standard_deviations"
    MINUTES = "minutes"


class Label(StrEnum):
    """What may be said of an estimate. Never a verdict on people."""

    DESCRIBED = "described"
    """A number with its interval; no comparison is made."""
    USUAL = "usual"
    SIGNAL_HIGH = "signal_high"
    SIGNAL_LOW = "signal_low"
    CLEARLY_HIGHER = "clearly_higher"
    CLEARLY_LOWER = "clearly_lower"
    INDICATION_HIGHER = "indication_higher"
    INDICATION_LOWER = "indication_lower"
    NO_RELEVANT_DIFFERENCE = "no_relevant_difference"
    UNDECIDED = "undecided"
    NOT_COMPARABLE = "not_comparable"
    TOO_FEW = "too_few"
    NOT_YET_JUDGED = "not_yet_judged"
    """Drawn with its interval, but no verdict is possible yet; ``needed`` or the detail ``judged_from`` says when."""
    MISSING_INPUT = "missing_input"
    """Not in the source: a companion file is absent, or the export has no such field; ``label_reason`` names it."""
    WITHHELD = "withheld"
    """Disclosure control keeps it back."""


UNSHOWN = frozenset({Label.TOO_FEW, Label.WITHHELD, Label.MISSING_INPUT})
"""Labels of which no number is shown."""
SILENT = UNSHOWN | {Label.NOT_COMPARABLE}
"""Labels that stand in the place of a verdict; readers are told the reason."""


class Verdict(StrEnum):
    """The five states of anything a reader may meet; each has its own shape and words everywhere."""

    ORDINARY = "ordinary"
    """Judged: inside what is usual."""
    SIGNAL = "signal"
    """Judged: outside what is usual, or a difference that was found. A question for the meeting."""
    NOT_YET = "not_yet"
    """Shown with its margin; nothing was or can be judged yet."""
    TOO_FEW = "too_few"
    """Below a floor: no number."""
    NOT_IN_SOURCE = "not_in_source"
    """The file or field was not delivered."""


VERDICT_OF_LABEL: dict[Label, Verdict] = {
    Label.DESCRIBED: Verdict.NOT_YET,
    Label.USUAL: Verdict.ORDINARY,
    Label.SIGNAL_HIGH: Verdict.SIGNAL,
    Label.SIGNAL_LOW: Verdict.SIGNAL,
    Label.CLEARLY_HIGHER: Verdict.SIGNAL,
    Label.CLEARLY_LOWER: Verdict.SIGNAL,
    Label.INDICATION_HIGHER: Verdict.NOT_YET,
    Label.INDICATION_LOWER: Verdict.NOT_YET,
    Label.NO_RELEVANT_DIFFERENCE: Verdict.ORDINARY,
    Label.UNDECIDED: Verdict.NOT_YET,
    Label.NOT_COMPARABLE: Verdict.NOT_YET,
    Label.TOO_FEW: Verdict.TOO_FEW,
    Label.NOT_YET_JUDGED: Verdict.NOT_YET,
    Label.MISSING_INPUT: Verdict.NOT_IN_SOURCE,
    Label.WITHHELD: Verdict.TOO_FEW,
}

LABELS = pl.Enum([label.value for label in Label])
UNITS = pl.Enum([unit.value for unit in Unit])

FINDINGS = Table(
    name="findings",
    meaning="One row per estimate.",
    meaning_nl="Eén rij per uitkomst.",
    key=("statistic", "team", "period_start", "period_end", "stratum", "group", "series"),
    columns=(
        Column(
            name="statistic", dtype=pl.String(), meaning="Name of the statistic.", meaning_nl="Naam van het cijfer."
        ),
        Column(
            name="version",
            dtype=pl.Int16(),
            meaning="Version of its definition.",
            meaning_nl="Versie van de definitie.",
        ),
        Column(
            name="method",
            dtype=pl.String(),
            meaning="How estimate and interval were obtained.",
            meaning_nl="Hoe uitkomst en marge zijn verkregen.",
        ),
        Column(
            name="team",
            dtype=pl.String(),
            meaning="Team (slug); '' for all teams together.",
            meaning_nl="Team (code); '' voor alle teams samen.",
        ),
        Column(name="period_start", dtype=pl.Date(), meaning="First day.", meaning_nl="Eerste dag."),
        Column(name="period_end", dtype=pl.Date(), meaning="Last day.", meaning_nl="Laatste dag."),
        Column(
            name="stratum",
            dtype=pl.String(),
            meaning="Kind of checks: 'reason=…', 'block=…'; '' for all.",
            meaning_nl="Soort controles: 'reason=…', 'block=…'; '' voor alle.",
        ),
        Column(
            name="group",
            dtype=pl.String(),
            meaning="Group compared: 'age_band=18-24'; '' for none.",
            meaning_nl="Groep die wordt vergeleken: 'age_band=18-24'; '' voor geen.",
        ),
        Column(
            name="reference",
            dtype=pl.String(),
            meaning="What it is compared with; '' for nothing.",
            meaning_nl="Waarmee wordt vergeleken; '' voor niets.",
        ),
        Column(
            name="series",
            dtype=pl.String(),
            meaning="Part of a result with several numbers: 'low', 'worst_case', 'expected', …; '' for the headline.",
            meaning_nl="Deel van een uitkomst met meer getallen: 'low', 'recorded', …; '' voor het hoofdcijfer.",
        ),
        Column(
            name="unit",
            dtype=UNITS,
            meaning="What an estimate of 1 means.",
            meaning_nl="Wat een uitkomst van 1 betekent.",
        ),
        Column(
            name="estimate",
            dtype=pl.Float64(),
            meaning="Value, in unit.",
            nullable=True,
            meaning_nl="Waarde, in de eenheid.",
        ),
        Column(
            name="lower",
            dtype=pl.Float64(),
            meaning="Lower bound of the interval.",
            nullable=True,
            meaning_nl="Ondergrens van de marge.",
        ),
        Column(
            name="upper",
            dtype=pl.Float64(),
            meaning="Upper bound of the interval.",
            nullable=True,
            meaning_nl="Bovengrens van de marge.",
        ),
        Column(name="events", dtype=pl.Int64(), meaning="Numerator.", nullable=True, meaning_nl="Teller."),
        Column(name="n", dtype=pl.Int64(), meaning="Denominator.", nullable=True, meaning_nl="Noemer."),
        Column(
            name="reference_events",
            dtype=pl.Int64(),
            meaning="Numerator of the reference.",
            nullable=True,
            meaning_nl="Teller van de vergelijking.",
        ),
        Column(
            name="reference_n",
            dtype=pl.Int64(),
            meaning="Denominator of the reference.",
            nullable=True,
            meaning_nl="Noemer van de vergelijking.",
        ),
        Column(
            name="label", dtype=LABELS, meaning="What may be said of it.", meaning_nl="Wat ervan gezegd mag worden."
        ),
        Column(
            name="label_reason",
            dtype=pl.String(),
            meaning="Code of the rule that decided the label; '' when none.",
            meaning_nl="Code van de regel die dat bepaalde; '' als er geen is.",
        ),
        Column(
            name="caveats",
            dtype=pl.List(pl.String()),
            meaning="Codes of the fixed texts that go with it.",
            meaning_nl="Codes van vaste teksten die erbij horen.",
        ),
        Column(
            name="needed",
            dtype=pl.Int64(),
            meaning="How many more would settle a 'too few' or 'undecided': checks, or the months, teams, areas or "
            "persons that the reason names; empty when no number would.",
            nullable=True,
            meaning_nl="Hoeveel meer er nodig is voor een uitspraak: controles, of wat de reden noemt; leeg als geen aantal helpt.",
        ),
        Column(
            name="detail",
            dtype=pl.String(),
            meaning="JSON with what the method adds (tipping factor, dispersion, …); '{}' when nothing.",
            meaning_nl="JSON met wat de methode toevoegt; '{}' als er niets is.",
        ),
    ),
)
