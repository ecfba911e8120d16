"""How numbers, dates and margins are written, per language. Nothing else formats a number."""

from dataclasses import dataclass
from datetime import date

MONTHS = {
    "nl": (
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
SHORT_MONTHS = {
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_SMALL_SHARE = 0.10
_SMALLEST_WHOLE = 0.02
"""Below two of the 100, running text has a decimal."""


@dataclass(frozen=True, slots=True)
class Notation:
    """Notation of one language: ``nl`` or ``en``."""

    language: str

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number with its separators: 1.234,5 or 1,234.5."""
        text = f"{value:,.{decimals}f}"
        if float(text.replace(",", "")) == 0:
            text = text.lstrip("-")
        return text.translate(str.maketrans(",.", ".,")) if self.language == "nl" else text

    def share(self, value: float) -> str:
        """Write a share in [0, 1] as a percentage; below 10% with one decimal, as long as it is not zero."""
        percent = value * 100
        decimals = 1 if 0 < abs(value) < _SMALL_SHARE else 0
        return f"{self.number(percent, decimals)}%"

    def of_hundred(self, value: float) -> str:
        """Write a share as 'how many of the 100', without a sign."""
        return self.number(value * 100, 1 if 0 < abs(value) < _SMALL_SHARE else 0)

    def hundred(self, value: float) -> str:
        """Write a share as a whole number of the 100; a small share that is not zero has one decimal."""
        return self.number(value * 100, 1 if 0 < abs(value) < _SMALLEST_WHOLE else 0)

    def times(self, value: float) -> str:
        """Write a ratio without a sign, for running text: 1,4; from ten on without decimals."""
        return self.ratio(value).removesuffix("×")

    def ratio(self, value: float) -> str:
        """Write a ratio as times: 1,4×; values of 10 and more without decimals."""
        return f"{self.number(value, 0 if value >= 9.95 else 1 if value >= 0.95 else 2)}×"  # noqa: PLR2004 - digits

    def points(self, value: float) -> str:
        """Write a difference of shares in percentage points, signed."""
        return f"{'+' if value > 0 else '−' if value < 0 else ''}{self.number(abs(value) * 100, 1)}"

    def month(self, day: date) -> str:
        """Write month and year: oktober 2026."""
        return f"{MONTHS[self.language][day.month - 1]} {day.year}"

    def month_name(self, day: date) -> str:
        """Write the month alone: oktober."""
        return MONTHS[self.language][day.month - 1]

    def short_month(self, day: date) -> str:
        """Write the month short: okt."""
        return SHORT_MONTHS[self.language][day.month - 1]

    def day(self, day: date) -> str:
        """Write a date: 31 oktober 2026."""
        return f"{day.day} {self.month(day)}"

    def period(self, start: date, end: date) -> str:
        """Write a period up to the end of a month: oktober 2026, november 2025 – oktober 2026, 10 mei – oktober 2026."""
        day = f"{start.day} " if start.day > 1 else ""
        if (start.year, start.month) == (end.year, end.month):
            return f"{day}– {self.day(end)}" if day else self.month(start)
        if start.year == end.year:
            return f"{day}{self.month_name(start)} – {self.month(end)}"
        return f"{day}{self.month(start)} – {self.month(end)}"

    def short_period(self, start: date, end: date) -> str:
        """Write the same where room is scarce: oktober 2026, or nov 2025 – okt 2026."""
        if (start.year, start.month) == (end.year, end.month):
            return self.month(start)
        return f"{self.short_month(start)} {start.year} – {self.short_month(end)} {end.year}"
