"""Help of commands in the language of the run, and what is typed empty."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cyclopts.help import DefaultFormatter, HelpEntry, InlineText

from meos_pipeline.errors import InputError
from meos_pipeline.steps.language import chosen, translated

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions


class Help(DefaultFormatter):
    """Cyclopts' own layout; words, marks and titles of the run's language."""

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """Show one panel."""
        if chosen() != "en":
            panel = panel.copy(title=_said(panel.title), entries=[_entry(entry) for entry in panel.entries])
        super().__call__(console, options, panel)

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: Any) -> None:  # noqa: ANN401
        """Show how the command is written."""
        if usage and chosen() != "en":
            console.print(translated("Usage: {usage}").replace("{usage}", str(usage)), markup=False, highlight=False)
            return
        super().render_usage(console, options, usage)

    def render_description(self, console: "Console", options: "ConsoleOptions", description: Any) -> None:  # noqa: ANN401
        """Show what the command does."""
        if description and chosen() != "en":
            console.print(_said(description), markup=False, highlight=False)
            return
        super().render_description(console, options, description)


def _entry(entry: HelpEntry) -> HelpEntry:
    """Return a line with its marks written out, for Cyclopts writes those in English."""
    from rich.text import Text

    marks = [
        *([translated("[default: {value}]").replace("{value}", entry.default)] if entry.default is not None else []),
        *([translated("[required]")] if entry.required else []),
    ]
    text = " ".join([_said(entry.description), *marks]).strip()
    return entry.copy(description=Text(text), default=None, required=False)


def _said(shown: object) -> str:
    """Return the words of a renderable, paragraph by paragraph, in the run's language."""
    if isinstance(shown, InlineText):
        shown = shown.primary_renderable
    text = getattr(shown, "markup", None) or getattr(shown, "plain", None) or str(shown or "")
    paragraphs = [" ".join(part.split()) for part in str(text).split("\n\n")]
    return "\n\n".join(translated(part) for part in paragraphs if part)


def refuse_empty(words: list[str]) -> None:
    """Refuse an option without its value, as ``--data "$FOLDER"`` is where FOLDER is not set: it would mean this folder.

    Raises:
        InputError: with each such option.
    """
    empty = [word.removesuffix("=") for word in words if word.startswith("--") and word.endswith("=")]
    empty += [word for word, following in pairwise(words) if word.startswith("-") and not following]
    if empty:
        raise InputError("\n".join(f"{option} has an empty value; give one, or leave it out" for option in empty))
