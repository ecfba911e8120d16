"""A number with its noun, in English as lines arise: '1 file', '2 files'."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return the number and the noun that goes with it.

    Args:
        number: How many.
        one: The noun of one, with what else changes beside it: 'file was'.
        many: The same for any other number; without it, ``one`` with an s.

    >>> counted(1, "file"), counted(0, "file"), counted(3, "file was", "files were")
    ('1 file', '0 files', '3 files were')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"
