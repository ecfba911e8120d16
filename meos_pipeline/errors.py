"""The errors we raise: one class per cause, each with the exit code the command line gives it.

A message says where, what, and what to do. It never holds a value from the data.
"""


class PipelineError(Exception):
    """Something a person must act on; shown without a traceback."""

    exit_code = 1


class InputError(PipelineError):
    """A file, folder or table that came from outside cannot be used."""

    exit_code = 2


class ExportError(InputError):
    """An export file cannot be read as a whole; nothing of it was counted.

    ``code`` is the reason in the message catalogue, e.g. ``F-LEEG``.
    """

    code: str = ""


class NotSettledError(InputError):
    """No month is old enough to be shown; that is a matter of waiting, not a mistake."""


class ContractError(InputError):
    """A table breaks its contract."""


class SettingsError(InputError):
    """``meos.toml``, a source profile or a site's own figure is wrong."""


class RuleError(InputError):
    """A file in ``expectations/`` is wrong."""


class TextError(PipelineError):
    """A word for readers is missing or superfluous."""


class UndeclaredError(PipelineError):
    """Most published figures would change, and no analyst said why yet; readers see what they saw."""

    exit_code = 3


class KeyFileError(PipelineError):
    """The key file is missing, wrong, or not protected."""

    exit_code = 78


class DisclosureError(PipelineError):
    """Something would be published that may not be."""

    exit_code = 77


class PublicationError(PipelineError):
    """An edition is not whole, or cannot be made so."""

    exit_code = 76


class BusyError(PipelineError):
    """Another run holds the data folder."""

    exit_code = 75


class StorageError(PipelineError):
    """The disk refused to write; nothing half is left."""

    exit_code = 74
