"""What the outsider reports."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """One thing that an outsider learns. Never holds the value itself."""

    kind: str
    """BASE, SAME, ADD, BOUND, RAW, RATIO, MODEL, CANARY, PERSONAL, OTHER_TEAM, TIME, PLACE, HIDDEN, ACTIVE,
    REMOTE, DRIFT, QUALITY, MANIFEST or UNREAD."""
    file: str
    where: str
    message: str
    certain: bool = True
    """False when an honest publication can, rarely, look like this."""

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.kind} {self.file} ({self.where}): {self.message}"
