"""The headline figures: coverage and use before yield, each with basis, margin and verdict."""

from meos_pipeline.reporting.measures import tile
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block, Tile


def build(report: Report) -> Block:
    """Four tiles."""
    return Block(
        name="headline",
        heading=report.say("headline/heading"),
        tiles=tiles(report),
        notes=(report.say("headline/note"),),
    )


def tiles(report: Report) -> tuple[Tile, ...]:
    """Use, coverage, accountability, and yield with coverage beside it."""
    results = report.results
    return (
        tile(report, "registrations_per_100_shifts", results.newest("registrations_per_100_shifts")),
        tile(report, "coverage_sample", results.rolling("coverage_sample")),
        tile(report, "dossier_complete", results.newest("dossier_complete")),
        tile(report, "yield_broad", results.rolling("yield_broad")),
    )


SECTION = Section("headline", build)
