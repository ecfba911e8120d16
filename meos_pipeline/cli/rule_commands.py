"""The command with which an analyst says that what a rule found is true."""

from meos_pipeline.cli.correct_command import Data


def confirm(rule: str, *, why: str, month: str = "", data: Data = None) -> int:
    """Say that what a RULE found is true: it stops nothing and warns of nothing any more.

    Args:
        rule: Name of a rule about the world, such as the volume of a month.
        why: Why it is true; it is kept in the audit log and on the analysts' page on the quality of the data.
        month: Which month, as 2026-10; all months in which the rule failed when left out.
    """
    from meos_pipeline.cli import care

    return care.confirm(data, rule, why=why, month=month)
