"""Codes that findings carry must have words: a caveat that is dropped in silence is a claim without its limits."""

import polars as pl

from meos_pipeline.contracts.availability import missing_field
from meos_pipeline.contracts.findings import SILENT
from meos_pipeline.errors import TextError
from meos_pipeline.reporting.words import Words


def is_file(reason: str) -> bool:
    """Whether a reason is the name of an input file that is absent."""
    return reason.endswith(".csv")


def require_words(findings: pl.DataFrame, words: Words) -> None:
    """Check that every caveat, and every reason why nothing can be said, has words.

    Raises:
        TextError: with every place in ``reports/codes.yaml`` where words are missing.
    """
    caveats = findings["caveats"].explode().drop_nulls().unique().sort()
    silent = pl.col("label").cast(pl.String()).is_in([label.value for label in SILENT])
    reasons = findings.filter(silent, pl.col("label_reason") != "")["label_reason"].unique().sort()
    places = [f"codes/caveat/{code}" for code in caveats]
    places += [
        f"codes/export_column/{field}" if (field := missing_field(code)) else f"codes/label_reason/{code}"
        for code in reasons
        if not is_file(code)
    ]
    if missing := [place for place in places if not words.has(place)]:
        raise TextError(
            "\n  - ".join(
                [
                    "Findings carry codes without words:",
                    *(f"'/{p}' has no text; add it in every language" for p in missing),
                ]
            )
        )
