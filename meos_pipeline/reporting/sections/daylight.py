"""The same hour in daylight and in the dark: a comparison of its own, over two whole years."""

from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.sections.differences import DAYLIGHT, comparisons
from meos_pipeline.reporting.spec import Block


def build(report: Report) -> Block | None:
    """The comparison with its premise; nothing where it was not run."""
    block = comparisons(report, DAYLIGHT, name="daylight")
    return block if block.charts or block.sentences else None


SECTION = Section("daylight", build)
