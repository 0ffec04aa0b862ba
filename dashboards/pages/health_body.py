"""How does the health page read: its verdict, the strip of figures, the charts and lists?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboards.context import narrow
from dashboards.dots import HIDDEN
from dashboards.kit import frame, parts
from dashboards.kit.format import NOTHING, count, duration, percent, size, span, stamp
from dashboards.kit.said import t, word
from dashboards.lengths import Length, lengths
from dashboards.listing import listing, prose, with_twin
from dashboards.listing import strip as side_by_side
from dashboards.pages import health_figures as figures
from opportune.rules.facts import Instant
from opportune.statistics import wilson
from opportune.store.board.health import MOST, Delay, Flow, Health, Held, Provider, Queue, Recount

STATES = figures.STATES


def numbers(queue: Queue) -> list[int]:
    return [getattr(queue, state) for state in STATES]


def verdict(found: Health, now: Instant) -> frame.Verdict:
    """The gravest first: a stop, what is late, a flow that does not run, what waits."""
    everything = next((held for held in found.held if held.kind == "everything"), None)
    if everything:
        said = t("health.stopped", why=everything.why or NOTHING)
        return frame.Verdict(said, t("health.stopped_next"), "alarm")
    quiet = [flow for flow in found.flows if late(flow, now)]
    waits = [held for held in found.held if held.kind != "numbers"]
    for name, n in (("late", found.late), ("quiet_flows", len(quiet)), ("waits", len(waits))):
        if n:
            return frame.Verdict(t(f"health.{name}", n=n), t(f"health.{name}_next"), "alarm")
    return frame.Verdict(t("health.well"), tone="clear")


def late(flow: Flow, now: Instant) -> bool:
    """It should have begun twice since. What never ran here, say on practice data, is not late."""
    return flow.began is not None and now - flow.began > 2 * flow.every


def strip(found: Health, now: Instant) -> html.Div:
    oldest = min((queue.oldest for queue in found.queues if queue.oldest is not None), default=None)
    due = t("health.due_none") if oldest is None else t("health.due_note", age=duration(now - oldest))
    megabytes = t("health.megabytes", size=count(round(found.size / 1_000_000)))
    row = side_by_side(
        _kpi("due", count(sum(queue.due for queue in found.queues)), due),
        _kpi("unsure", count(sum(queue.uncertain for queue in found.queues)), t("health.unsure_note")),
        _kpi("punctual", duration(found.mails.p95), _half(found.mails)),
        _kpi("lag", duration(found.reports.p95), _half(found.reports)),
        _kpi("recount", *_recount(found.recount)),
        _kpi("size", megabytes, t("health.size_note", n=found.not_understood)),
    )
    row.id = "health-strip"
    return row


def _recount(found: Recount | None) -> tuple[str, str]:
    if found is None:
        return NOTHING, t("health.recount_never")
    return t("health.recount_wrong", n=found.wrong), t("health.recount_note", at=stamp(found.at))


def _kpi(name: str, value: str, note: str) -> dmc.Paper:
    return parts.kpi(t(f"health.{name}"), value, note)


def _half(delay: Delay) -> str:
    if not delay.n:
        return t("health.none_yet")
    return t("health.punctual_note", p50=duration(delay.p50), size=size(delay.n))


def _heads(*names: str) -> list[str]:
    return [t(f"health.head.{name}") for name in names]


def queue_chart(queues: Sequence[Queue]) -> dmc.Paper:
    heads = [*_heads("channel"), *(t(f"health.queue_state.{state}") for state in STATES)]
    rows = [[word("channel", queue.channel), *map(count, numbers(queue))] for queue in queues]
    about = (t("health.queue"), t("health.queue_definition"), figures.queue(queues, narrow=narrow()))
    card = frame.chart("health-queue", *about, subtitle=t("health.queue_of", most=MOST), key=_key())
    return with_twin(card, "health-queue", heads, rows, "")


def _key() -> html.Div:
    marks = [html.Span("■", className=f"mark {channel}", **{"aria-hidden": "true"}) for channel in ("call", "email")]
    named = zip(marks, ("call", "email"), strict=True)
    return html.Div([html.Span([mark, f" {word('channel', channel)}"]) for mark, channel in named], className="key")


def delays_chart(found: Health) -> dmc.Paper:
    rows = [("mails", found.mails), ("reports", found.reports)]
    told = [[t(f"health.delay.{name}"), duration(d.p50), duration(d.p95), count(d.n)] for name, d in rows]
    known = [(f"health.delay.{name}", delay) for name, delay in rows if delay.n]
    drawn = [Length(t(name), d.p50 or 0.0, d.p95 or 0.0, size(d.n)) for name, d in known]
    note = t("health.repeats", n=found.repeats) if known else t("health.none_yet")
    about = (t("health.delays"), t("health.delays_definition"), lengths(drawn, narrow=narrow()))
    card = frame.chart("health-delays", *about, subtitle=t("health.delays_of"))
    return with_twin(card, "health-delays", _heads("delay", "half", "most", "n"), told, note)


def shown(held: Held, *, with_people: bool) -> tuple[str, str]:
    """What and why; the address of a mailbox, and what its server says, are for those who may see addresses."""
    hidden = held.kind in ("mailbox", "numbers") and not with_people
    return ("", "") if hidden else (held.what, held.why)


def held_list(held: Sequence[Held], *, with_people: bool) -> dmc.Paper:
    rows = [_held_row(each, *shown(each, with_people=with_people)) for each in held]
    about = (t("health.held"), t("health.held_definition"))
    heads = _heads("what", "which", "why", "since", "until")
    return listing("health-held", *about, heads, rows, nothing=t("health.held_none"), wide=True)


def _held_row(held: Held, what: str, why: str) -> list[Any]:
    times = [stamp(at) if at is not None else NOTHING for at in (held.since, held.until)]
    return [t(f"health.held_kind.{held.kind}"), what or NOTHING, prose(why), *times]


def flows_list(flows: Sequence[Flow], now: Instant, *, practice: bool) -> dmc.Paper:
    """A rehearsal does the work of the flows itself, in time of its own."""
    never = t("health.flow_practised" if practice else "health.flow_never")
    about = (t("health.flows"), t("health.flows_definition"))
    rows = [_flow_row(flow, now, never) for flow in flows]
    return listing("health-flows", *about, _heads("flow", "began", "state"), rows)


def _flow_row(flow: Flow, now: Instant, never: str) -> list[Any]:
    name = t(f"health.flow.{flow.name.replace(' ', '_')}")
    if flow.began is None:
        return [name, never, NOTHING]
    ago = t("health.flow_ago", age=duration(max(0, now - flow.began)))
    return [name, ago, t("health.flow_late") if late(flow, now) else t("health.flow_fine")]


def providers_list(providers: Sequence[Provider]) -> dmc.Paper:
    heads = _heads("channel", "tried", "refused", "share", "interval")
    about = (t("health.providers"), t("health.providers_definition"))
    return listing("health-providers", *about, heads, [_provider_row(each) for each in providers])


def _provider_row(each: Provider) -> list[str]:
    known = each.tried >= HIDDEN
    share = percent(each.refused / each.tried) if known else NOTHING
    sure = span(*wilson(each.refused, each.tried)) if known else NOTHING
    return [word("channel", each.channel), count(each.tried), count(each.refused), share, sure]
