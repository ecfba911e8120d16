"""Did our agreement work? Its own aim, before and after; a verdict only from the event study."""

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.reporting.agreements import Agreement, agreements_of, around, effect_of
from meos_pipeline.reporting.card import Card, Question, answer
from meos_pipeline.reporting.cards.since_last_month import mark, pairs_table
from meos_pipeline.reporting.claims import Said, Says
from meos_pipeline.reporting.facts import absent, claimed, standing
from meos_pipeline.reporting.measures import row_name, scale_of, state_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Pairs, State

MOST = 2
_HIGHER = {Label.SIGNAL_HIGH, Label.CLEARLY_HIGHER}


def build(report: Report) -> Card:
    """The newest agreements and trainings with an aim, each with what may be said of it."""
    words = report.words
    with_aim = [a for a in agreements_of(report.publishable, report.team) if a.measure]
    begun = [a for a in with_aim if not a.begins_after(report.publishable.made_on)]
    found = (begun or with_aim)[:MOST]
    limits = (words("cards/questions/worked/not"),)
    if not found:
        said: tuple[Said, ...] = (words("cards/questions/worked/none"),)
        state = (State.NOT_YET, words("cards/questions/worked/make_one"))
        return Card(name="worked", answer=said, period=None, standing=state, limits=limits)
    effects = [(a, effect_of(report, a)) for a in found]
    firm = next((f for _, f in effects if state_of(f) is State.SIGNAL), effects[0][1])
    state = standing(report, firm) if firm is not None else (State.NOT_YET, words("charts/states/not_yet"))
    charts = [c for a in found if (c := pairs_around(report, a)) is not None]
    return Card(
        name="worked",
        answer=tuple(said for a, f in effects for said in (of_agreement(report, a, f), *_visible(report, f))),
        period=None,
        period_text=words("cards/questions/worked/period"),
        standing=state,
        charts=tuple(charts[:1]),
        limits=limits,
        link=(words("cards/questions/worked/link"), "actions"),
    )


def of_agreement(report: Report, agreement: Agreement, effect: Finding | None) -> Said:
    """What was agreed and what is seen: a difference only when it was judged one."""
    words = report.words
    pair = around(report, agreement)
    extra = {
        "what": words.capital(agreement.title(words)),
        "since": words.notation.day(agreement.starts),
    }
    if agreement.begins_after(report.publishable.made_on):
        return answer(report, "worked/ahead", extra, e=absent(report, agreement.measure))
    state = state_of(effect) if effect is not None else State.NOT_YET
    if effect is not None and state is State.SIGNAL and effect.estimate is not None:
        key = "higher" if Label(effect.label) in _HIGHER else "lower"
        if effect.statistic == "coverage_change" and pair is not None:
            sides = {"before": claimed(pair[0], is_beside=True), "after": claimed(pair[1], is_beside=True)}
            return answer(report, f"worked/coverage_{key}", extra, e=claimed(effect, says=Says.DIFFERENCE), **sides)
        extra["name"] = words(f"measures/{agreement.measure}/name")
        unit = "points" if effect.unit == Unit.DIFFERENCE else "times"
        claim = claimed(effect, says=Says.DIFFERENCE)
        return answer(report, f"worked/{key}_{unit}", extra, e=claim)
    claims = {}
    if pair is not None:
        claims = {"before": claimed(pair[0], is_beside=True), "after": claimed(pair[1], is_beside=True)}
        if pair[0].period_start == pair[1].period_start:
            return answer(report, "worked/coverage", extra, **claims)
    else:
        claims = {"e": claimed(effect) if effect is not None else absent(report, agreement.measure)}
    return answer(report, f"worked/{'around' if pair else 'silent'}", extra, **claims)


def _visible(report: Report, effect: Finding | None) -> tuple[str, ...]:
    """How large an effect would have to be to be seen, where none was."""
    visible = effect.details().get("visible_from") if effect is not None else None
    if effect is None or effect.label != Label.UNDECIDED or not visible:
        return ()
    return (report.words("cards/questions/worked/visible", ratio=report.words.notation.times(float(visible))),)


def pairs_around(report: Report, agreement: Agreement) -> Pairs | None:
    """Before and after, each with its margin; nothing without both."""
    pair = around(report, agreement)
    if pair is None:
        return None
    words = report.words
    names = (words("page/columns/before"), words("page/columns/after"))
    title = words("charts/pairs/around", what=agreement.title(words))
    key = f"worked-{agreement.starts.isoformat()}"
    name = row_name(words, agreement.measure, "", "without_result" if agreement.measure == "coverage" else "")
    return Pairs(
        key=key,
        title=title,
        description=words("charts/pairs/description", first=names[0], second=names[1]),
        caption=_caption(report, agreement, pair),
        how_to_read=words("charts/pairs/caption"),
        table=pairs_table(report, key, title, names, [(name, *pair)]),
        rows=((name, mark(pair[0], report), mark(pair[1], report)),),
        names=names,
        scale=scale_of(pair[1]),
    )


def _caption(report: Report, agreement: Agreement, pair: tuple[Finding, Finding]) -> str:
    words = report.words
    if pair[0].period_start == pair[1].period_start:
        return words("charts/pairs/since_caption", since=words.notation.day(agreement.starts))
    before, after = (words.notation.period(f.period_start, f.period_end) for f in pair)
    return words("charts/pairs/around_caption", before=before, after=after)


CARD = Question("worked", build)
