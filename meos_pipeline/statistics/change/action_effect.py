"""Did an action change what it aimed at: all teams that began it together, against teams that had not begun."""

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.change.actions import COVERAGE, Action, actions_of
from meos_pipeline.statistics.change.control_chart import Lines, lines
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.measures import Measure, break_days, missing_file
from meos_pipeline.statistics.methods.event_study import Contrast, Effect, event_study
from meos_pipeline.statistics.methods.proportion import rounding_variance, share_interval
from meos_pipeline.statistics.methods.rate import rate_interval
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "action_effect"
CAVEATS = ("other_causes_possible",)
Row = dict[str, object]


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per kind and aim the effect over all teams (team ''), and per action its own, with 'before' and 'after'.

    A verdict needs ``action_fewest_controls`` teams that had not begun: one team alone has two estimates with margins.
    """
    groups: dict[tuple[str, str], list[Action]] = defaultdict(list)
    for action in actions_of(tables, context):
        groups[action.kind, action.aim].append(action)
    known: dict[str, Lines] = {}
    rows: list[Row] = []
    for (kind, aim), actions in sorted(groups.items()):
        measure = actions[0].measure
        reason = _unmeasured(aim, measure, tables)
        if reason or measure is None:
            label = Label.MISSING_INPUT if measure is not None else Label.NOT_COMPARABLE
            rows += [_head(action) | _silent(label, reason) for action in actions]
            continue
        if measure.name not in known:
            known[measure.name] = lines(tables, measure, context)
        rows += _group(f"actions={kind}|{aim}", actions, known[measure.name], tables, context)
    if not rows:
        return stack([])
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.RATIO,
        caveats=CAVEATS,
        version=STATISTIC.version,
    )


def _unmeasured(aim: str, measure: Measure | None, tables: Mapping[str, pl.DataFrame]) -> str:
    if aim == COVERAGE:
        return "told_by_coverage"
    return "no_measure" if measure is None else missing_file(tables["cells"], measure)


def _head(action: Action) -> Row:
    first, last = action.after
    return {
        "team": action.team,
        "stratum": action.stratum,
        "period_start": action.before[0],
        "period_end": w.last_day(max(last, first, action.starts.replace(day=1))),
        "reference": "teams_not_begun",
        "unit": Unit.RATIO.value,
    }


def _silent(label: Label, reason: str, **more: object) -> Row:
    return {"label": label.value, "label_reason": reason, **more}


def _group(
    stratum: str, actions: Sequence[Action], of: Lines, tables: Mapping[str, pl.DataFrame], context: Context
) -> list[Row]:
    """Rows of each action, and of all of them together where any can be compared."""
    rows: list[Row] = []
    together: list[tuple[Action, Contrast]] = []
    for action in actions:
        head = _head(action)
        contrast, silent = _contrast(action, actions, of, tables, context)
        if contrast is None:
            rows.append(head | silent)
        else:
            together.append((action, contrast))
            rows.append(head | _told(event_study(of.x, [contrast]), context))
        rows += _sides(head, action, of, context)
    if together:
        everyone = event_study(of.x, [contrast for _, contrast in together])
        head = {
            "team": "",
            "stratum": stratum,
            "period_start": min(action.before[0] for action, _ in together),
            "period_end": max(w.last_day(action.after[1]) for action, _ in together),
            "reference": "teams_not_begun",
        }
        rows.append(head | _told(everyone, context))
    return rows


def _contrast(
    action: Action, actions: Sequence[Action], of: Lines, tables: Mapping[str, pl.DataFrame], context: Context
) -> tuple[Contrast | None, Row]:
    """Team, months and controls of an action; or the row that says why there are none."""
    first, last = action.after
    place = {month: number for number, month in enumerate(of.months)}
    before, after = (_months(*span, place) for span in (action.before, action.after))
    if last < first:
        return None, _silent(Label.TOO_FEW, "ended_too_soon")
    if last > context.month:
        judged = w.add_months(last, 1).isoformat()
        return None, _silent(Label.NOT_YET_JUDGED, "window_open", detail=json.dumps({"judged_from": judged}))
    if before is None or after is None:
        return None, _silent(Label.TOO_FEW, "fewest_months")
    complete = np.isfinite(of.x[:, np.append(before, after)]).sum(axis=1) == before.size + after.size
    broken = {name for name in of.teams if _broken(name, action, tables)}
    team = of.teams.index(action.team)
    if action.team in broken or not complete[team]:
        reason = (
            (Label.NOT_COMPARABLE, "break_near_start") if action.team in broken else (Label.TOO_FEW, "fewest_months")
        )
        return None, _silent(*reason)
    busy = {other.team for other in actions if _overlaps(other, action, context.policy.action_before_months)}
    controls = [
        number
        for number, name in enumerate(of.teams)
        if complete[number] and name != action.team and name not in busy and name not in broken
    ]
    if len(controls) < context.policy.action_fewest_controls:
        return None, _silent(Label.NOT_COMPARABLE, "fewest_untreated_teams")
    return Contrast(team=team, before=before, after=after, controls=np.array(controls, dtype=np.int64)), {}


def _months(first: date, last: date, place: Mapping[date, int]) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    """Columns of the months of a span; None when the lines do not reach over it."""
    if first not in place or last not in place:
        return None
    return np.arange(place[first], place[last] + 1, dtype=np.int64)


def _broken(team: str, action: Action, tables: Mapping[str, pl.DataFrame]) -> bool:
    """Whether the source of that team alone changed between the first month before and the last after.

    What changed for all teams is in the controls as well.
    """
    shared = set(break_days(tables, "all"))
    last = w.last_day(action.after[1])
    return any(action.before[0] < day <= last for day in break_days(tables, team) if day not in shared)


def _overlaps(other: Action, action: Action, rest: int) -> bool:
    """Whether the other team was at it in the months of this action, or so shortly before that it still shows."""
    begun = other.starts <= w.last_day(action.after[1])
    return begun and w.add_months(other.after[1], rest) >= action.before[0]


def _told(effect: Effect, context: Context) -> Row:
    half = effect.half(context.policy.confidence_level)
    low, high = effect.estimate - half, effect.estimate + half
    label = Label.CLEARLY_HIGHER if low > 0 else Label.CLEARLY_LOWER if high < 0 else Label.UNDECIDED
    detail = {"teams": effect.teams, "controls": effect.controls, "visible_from": round(math.exp(half), 2)}
    return {
        "method": "event_study",
        "estimate": math.exp(effect.estimate),
        "lower": math.exp(low),
        "upper": math.exp(high),
        "label": label.value,
        "label_reason": "interval_includes_one" if label is Label.UNDECIDED else "interval_excludes_one",
        "detail": json.dumps(detail),
    }


def _sides(head: Row, action: Action, of: Lines, context: Context) -> list[Row]:
    """The measure before and after, each with its margin, over the months that there are; its period is theirs."""
    policy, measure = context.policy, of.measure
    team = of.teams.index(action.team)
    noise = rounding_variance(policy.rounding_base)
    rows = []
    for series, (first, last) in (("before", action.before), ("after", action.after)):
        inside = [
            number
            for number, month in enumerate(of.months)
            if first <= month <= last and np.isfinite(of.n[team, number])
        ]
        events, n = float(of.events[team, inside].sum()), float(of.n[team, inside].sum())
        row = head | {
            "series": series,
            "reference": "",
            "unit": measure.unit.value,
            "period_start": of.months[inside[0]] if inside else first,
            "period_end": w.last_day(of.months[inside[-1]] if inside else max(first, last)),
            "events": round(events),
            "n": round(n),
        }
        if n < policy.smallest_rate_denominator:
            rows.append(row | _silent(Label.TOO_FEW, "smallest_rate_denominator"))
            continue
        spread = _dispersion(of, team, inside)
        noises = [noise * count * len(inside) for count in measure.noise]
        level = policy.confidence_level
        low, high = (
            rate_interval(
                [events],
                [n],
                confidence_level=level,
                event_noise=noises[0],
                exposure_noise=noises[1],
                dispersion=spread,
            )
            if measure.exposure
            else share_interval(
                [events], [n], confidence_level=level, event_noise=noises[0], total_noise=noises[1], dispersion=spread
            )
        )
        rows.append(
            row
            | {
                "method": "description",
                "estimate": measure.per * events / n,
                "lower": measure.per * float(low[0]),
                "upper": measure.per * float(high[0]),
            }
        )
    return rows


def _dispersion(of: Lines, team: int, inside: Sequence[int]) -> float:
    """How much more these months vary than chance and rounding explain; at least 1."""
    x, variance = of.x[team, inside], of.variance[team, inside]
    if len(inside) < 2:
        return 1.0
    weight = 1 / variance
    mean = float((weight * x).sum() / weight.sum())
    return max(1.0, float((weight * (x - mean) ** 2).sum()) / (len(inside) - 1))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="Did the action change what it aimed at, beyond what teams without it did?",
    question_nl="Heeft de actie veranderd waar zij op gericht was, meer dan bij teams zonder de actie?",
    estimand="Ratio of the odds (or rate) in the six months after to those in twelve months before, over that of teams "
    "that had not begun.",
    assumptions="Without the action the team would have moved as those teams did; the three months just before are left out.",
    misleads="Whatever else struck only this team at that time counts as well. 'Undecided' is not 'no effect'.",
    minimum="12 months before, the 6 after, and two teams that had not begun; one team alone has estimates and no verdict.",
    source="Callaway & Sant'Anna (2021); Conley & Taber (2011); Barnett, van der Pols & Dobson (2005) on the guard.",
    inputs=("cells", "team_actions"),
    gate=Gate.RELEASED,
    compute=compute,
    version=3,
)
