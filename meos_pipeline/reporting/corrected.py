"""What was corrected of what readers saw: when, of which months, and why, in words from a list."""

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.words import Words

MOST_TOLD = 3


def notes(publishable: Publishable, words: Words) -> tuple[str, ...]:
    """One sentence or two for each of the last corrections, the newest first."""
    notation = words.notation
    return tuple(
        words(
            "corrections/note",
            on=notation.day(item.on),
            period=notation.period(item.first, item.last),
            cause=words(f"corrections/cause/{item.cause.value}"),
        )
        for item in publishable.corrections[:MOST_TOLD]
    )
