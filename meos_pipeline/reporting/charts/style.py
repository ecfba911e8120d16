"""Colours by role, with a shape for each: no meaning hangs on colour alone.

Contrast on white: own 10.2, signal 5.9, other 3.5 (graphics need 3), text 17.4, soft text 7.3. The three
roles stay apart under simulated protanopia, deuteranopia and tritanopia, and in grey print.
"""

from dataclasses import dataclass

ROLES = {
    "own": "#154273",
    "signal": "#B23C00",
    "other": "#8A8A8A",
    "text": "#1A1A1A",
    "soft": "#565656",
    "grid": "#D5DAE0",
    "band": "#DCE4ED",
    "outer": "#EEF2F6",
    "paper": "#FFFFFF",
    "panel": "#F3F6FA",
}
DARK_ROLES = {
    "own": "#8AB8FF",
    "signal": "#FF9F5A",
    "other": "#A3A3A3",
    "text": "#ECEFF4",
    "soft": "#B9C0CA",
    "grid": "#3A424E",
    "band": "#28364A",
    "outer": "#1D2836",
    "paper": "#14181F",
    "panel": "#1C222B",
}
HEAT = ("#F0F4F8", "#CCDBEA", "#A5C0DC", "#3F75AB", "#255A8F", "#154273")
"""Six steps of blue; printed numbers turn white from the fourth on."""
HEAT_DARK_TEXT_STEPS = 3

WIDE, NARROW = 680, 360
FONT_SIZE = 14
FONT = "'Source Sans 3','Segoe UI','Liberation Sans',Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Colours:
    """Roles of one publication; a site may replace ``own``."""

    roles: dict[str, str]

    def __getitem__(self, role: str) -> str:
        """Hex colour of a role."""
        return self.roles[role]


def heat_step(value: float, highest: float) -> int:
    """Step of the ramp (0-5) for a value between 0 and the highest."""
    return 0 if highest <= 0 else min(len(HEAT) - 1, int(len(HEAT) * value / (highest * 1.0001)))
