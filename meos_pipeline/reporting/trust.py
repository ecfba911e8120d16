"""Coverage beside yield: how far under-registration could bend a yield, always in words."""

from meos_pipeline.reporting.measures import sentence
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report

SURE_MARGIN = 0.05
"""Coverages with and without a result that differ less than this are called 'about equal'."""


def coverage(report: Report) -> Finding | None:
    """Coverage from the ambassador's sample over the rolling window."""
    return report.results.rolling("coverage_sample", series="")


def coverage_sentence(report: Report) -> str:
    """How much of what happened is in MEOS; without a sample it says that nobody counted."""
    found = coverage(report)
    if found is None or not found.is_shown:
        return report.words("measures/coverage_sample/unknown")
    return sentence(found, "coverage_sample", report)


def bias_sentence(report: Report) -> str:
    """Which way under-registration bends the yield; never silent."""
    words = report.words
    result = report.results.rolling("coverage_sample", series="with_result")
    without = report.results.rolling("coverage_sample", series="without_result")
    if result is None or without is None or not result.is_shown or not without.is_shown:
        return words("measures/yield_broad/bias_unknown")
    gap = (result.estimate or 0.0) - (without.estimate or 0.0)
    direction = "about_equal" if abs(gap) < SURE_MARGIN else "too_high" if gap > 0 else "too_low"
    return words(
        f"measures/yield_broad/bias_{direction}",
        result=words.notation.of_hundred(result.estimate or 0.0),
        without=words.notation.of_hundred(without.estimate or 0.0),
    )


def band_sentence(report: Report, statistic: str) -> str:
    """The likely and the worst-case range of a yield; empty without a sample."""
    words, results = report.words, report.results
    parts = {s: results.rolling(statistic, series=s) for s in ("likely_low", "likely_high", "worst_low", "worst_high")}
    if any(part is None or not part.is_shown for part in parts.values()):
        return words("measures/yield_broad/band_unknown")
    bounds = {s: words.notation.of_hundred(p.estimate or 0.0) for s, p in parts.items() if p is not None}
    return words("measures/yield_broad/band", **bounds)
