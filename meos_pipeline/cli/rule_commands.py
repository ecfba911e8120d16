"""The commands about quality rules: look, try, and say that what a rule found is true."""

from typing import Annotated

from cyclopts import App, Parameter

from meos_pipeline.cli.correct_command import Data
from meos_pipeline.cli.fleet_commands import CHECK

expectations = App(name="expectations", help="The quality rules in expectations/.", group=CHECK)


@expectations.command(name="list")
def expectations_list() -> int:
    """All rules, per table."""
    from meos_pipeline.cli import looking

    return looking.expectations_list()


@expectations.command(name="explain")
def expectations_explain(rule: str) -> int:
    """Why a rule exists, what it expects, and how strict it is.

    Args:
        rule: Name of a rule; TABLE.RULE when several tables have it.
    """
    from meos_pipeline.cli import looking

    return looking.expectations_explain(rule)


@expectations.command(name="try", alias="test")
def expectations_try(
    rule: str, *, of: Annotated[str, Parameter(name="--table")] = "", months: int = 1, data: Data = None
) -> int:
    """Try a RULE on last month before it counts: how many rows it would fail; changes nothing.

    Args:
        rule: File with rules, such as my_rule.yaml, or the name of a rule that there is.
        of: Table that the file is about; default is the one it is named after, else police_checks.
        months: Number of months to try it on.
    """
    from meos_pipeline.cli import looking

    return looking.expectations_try(rule, data=data, of=of, months=months)


def confirm(rule: str, *, why: str, month: str = "", data: Data = None) -> int:
    """Say that what a RULE found is true: it stops nothing and warns of nothing any more.

    Args:
        rule: Name of a rule about the world, such as the volume of a month.
        why: Why it is true; it is kept in the audit log and on the analysts' page on the quality of the data.
        month: Which month, as 2026-10; all months in which the rule failed when left out.
    """
    from meos_pipeline.cli import care

    return care.confirm(data, rule, why=why, month=month)
