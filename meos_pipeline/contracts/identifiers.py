"""How numbers of people and vehicles look, for whoever reads them and for whoever looks for them in words."""

PLATE_FORMS = (
    "XX9999",
    "9999XX",
    "99XX99",
    "XX99XX",
    "XXXX99",
    "99XXXX",
    "99XXX9",
    "9XXX99",
    "XX999X",
    "X999XX",
    "XXX99X",
    "9XX999",
    "999XX9",
    "X99XXX",
)
"""Dutch plates without hyphens: X a letter, 9 a digit."""
USUAL_PLATE = (
    r"^(?:[A-WYZ]{2}-[0-9]{2}-[A-Z]{2}|[0-9]{2}-[A-Z]{2}-[A-Z]{2}|[A-Z]{2}-[0-9]{3}-[A-Z]|[A-Z]-[0-9]{3}-[A-Z]{2})$"
)
"""Dutch plates as exports write them, in capitals; no date looks like one."""
ANY_PLATE = (
    r"(?:[A-Z]{2}-\d{2}-\d{2}|\d{2}-\d{2}-[A-Z]{2}|\d{2}-[A-Z]{2}-\d{2}|[A-Z]{2}-\d{2}-[A-Z]{2}|[A-Z]{2}-[A-Z]{2}-\d{2}"
    r"|\d{2}-[A-Z]{2}-[A-Z]{2}|\d{2}-[A-Z]{3}-\d|\d-[A-Z]{3}-\d{2}|[A-Z]{2}-\d{3}-[A-Z]|[A-Z]-\d{3}-[A-Z]{2}"
    r"|[A-Z]{3}-\d{2}-[A-Z]|\d-[A-Z]{2}-\d{3})"
)
"""Dutch plates of every series since 1951, in capitals with hyphens: what a reader takes for a plate."""
CITIZEN_NUMBER = (
    r"(?<![\d.,-])(\d{3}[ .-]?\d{2}[ .-]?\d{4}|\d{4}[ .]\d{2}[ .]\d{3}|\d{3}[ .-]\d{3}[ .-]\d{3}|\d{9})(?![\d.,-]?\d)"
)
"""Nine digits as people write a citizen service number; ``passes_eleven_test`` tells whether they are one."""
_DIGITS = 9
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def passes_eleven_test(text: str) -> bool:
    """Whether the nine digits in a text pass the test of the Dutch citizen service number (BSN).

    The weights are 9 to 2 and -1; the sum is a multiple of 11 and not 0.
    """
    digits = [int(sign) for sign in text if sign.isdecimal()]
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return len(digits) == _DIGITS and total % 11 == 0 and total != 0
