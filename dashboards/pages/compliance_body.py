"""How do the counters and charts of the compliance page read?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape

import dash_mantine_components as dmc
from dash import html

from dashboards import dots
from dashboards.context import narrow
from dashboards.dots import HIDDEN, Dot
from dashboards.figures import ACCENT
from dashboards.kit import frame, parts
from dashboards.kit.format import NOTHING, count, decimal, percent, span, stamp
from dashboards.kit.said import known, t, word
from dashboards.listing import strip as side_by_side
from dashboards.pages import compliance_figures as figures
from opportune.rules.facts import Instant
from opportune.store.board.asked import Request
from opportune.store.board.permissions import AGES, Checked, No, Permissions
from opportune.store.board.refused import Domain, OptOuts
from opportune.work.breaker import LEAST_MAILS, MOST_BOUNCED, MOST_COMPLAINED

DRAWN = 12  # campaigns and domains of a chart; the others stand in the table
COUNTERS = ("out_of_window", "without_consent", "duplicate", "after_opt_out")


def verdict(found: Checked | None, asked: Sequence[Request], now: Instant) -> frame.Verdict:
    """A contact that should not have been comes before a request that is late."""
    wrong = sum(found.counters.values()) if found else 0
    if found and wrong:
        said = t("compliance.broken", n=wrong, at=stamp(found.until))
        return frame.Verdict(said, t("compliance.broken_next"), "alarm")
    late = sum(request.due < now for request in asked)
    if late:
        return frame.Verdict(t("compliance.late_request", n=late), t("compliance.late_request_next"), "alarm")
    if found is None:
        return frame.Verdict(t("compliance.unchecked"), t("compliance.unchecked_next"))
    return frame.Verdict(t("compliance.clean", at=stamp(found.until)), tone="clear")


def strip(found: Checked | None, refusals: OptOuts) -> html.Div:
    """The counters, each with what to do when it is not zero; and how many say no."""
    low, high = (decimal(end) for end in refusals.interval) if refusals.attempts else (NOTHING, NOTHING)
    note = t("compliance.rate_note", low=low, high=high, n=refusals.attempts) if refusals.attempts else ""
    rate = parts.kpi(t("compliance.rate"), decimal(refusals.rate), note or t("compliance.optouts_none"))
    return side_by_side(*(_counter(name, found) for name in COUNTERS), rate)


def _counter(name: str, found: Checked | None) -> dmc.Paper:
    label = t(f"compliance.counter.{name}")
    if found is None:
        return parts.kpi(label, NOTHING, t("compliance.not_yet"))
    n = found.counters.get(name, 0)
    note = t(f"compliance.remedy.{name}") if n else t("compliance.zero", at=stamp(found.until))
    return parts.kpi(label, count(n), note)


def _heads(*names: str) -> list[str]:
    return [t(f"compliance.head.{each}") for each in names]


def opt_outs_chart(rows: Sequence[OptOuts]) -> dmc.Paper:
    title, definition = t("compliance.optouts"), t("compliance.optouts_definition")
    told = [row for row in rows if row.attempts]
    if not told:
        return frame.chart("compliance-optouts", title, definition, None, below=t("compliance.optouts_none"))
    largest = sorted(told, key=lambda row: -row.attempts)[:DRAWN]
    figure = figures.rates([(escape(_campaign(row), quote=False), row) for row in largest], narrow=narrow())
    heads = _heads("campaign", "people", "attempts", "rate", "interval")
    more = {"subtitle": t("compliance.optouts_of"), "table": heads, "rows": [_rate_row(row) for row in told]}
    return frame.chart("compliance-optouts", title, definition, figure, **more)


def _campaign(row: OptOuts) -> str:
    return row.campaign or t("compliance.all_together")


def _rate_row(row: OptOuts) -> list[str]:
    low, high = row.interval
    sure = f"{decimal(low)}–{decimal(high)}"
    return [_campaign(row), count(row.people), count(row.attempts), decimal(row.rate), sure]


def bounces_chart(rows: Sequence[Domain]) -> dmc.Paper:
    limits = {"bounced": percent(MOST_BOUNCED, 0), "complained": percent(MOST_COMPLAINED)}
    about = (t("compliance.bounces"), t("compliance.bounces_definition", **limits))
    if not rows:
        return frame.chart("compliance-bounces", *about, None, below=t("compliance.bounces_none"))
    shown = [Dot(escape(row.name, quote=False), row.bounced, row.sent) for row in rows[:DRAWN]]
    line = {"line": MOST_BOUNCED, "line_says": t("compliance.limit", share=percent(MOST_BOUNCED, 0))}
    figure = dots.rows(shown, narrow=True, **line)  # names of domains are long: above their marks
    heads = _heads("domain", "sent", "bounced", "share", "interval", "blocked", "complained", "state")
    more = {"subtitle": t("compliance.bounces_of"), "table": heads, "rows": [_domain_row(row) for row in rows]}
    return frame.chart("compliance-bounces", *about, figure, **more)


def _domain_row(row: Domain) -> list[str]:
    enough = row.sent >= HIDDEN
    share = [percent(row.bounced / row.sent), span(*row.interval(row.bounced))] if enough else [NOTHING, NOTHING]
    state = t("compliance.alarm") if alarming(row) else t("compliance.fine")
    return [row.name, count(row.sent), count(row.bounced), *share, count(row.blocked), count(row.complained), state]


def alarming(row: Domain) -> bool:
    """By the limits at which a domain pauses itself."""
    if row.sent < LEAST_MAILS:
        return False
    return row.bounced > MOST_BOUNCED * row.sent or row.complained > max(2, MOST_COMPLAINED * row.sent)


def noes_chart(found: Permissions | None) -> dmc.Paper:
    title, definition = t("compliance.noes"), t("compliance.noes_definition")
    if found is None or not found.noes:
        below = t("compliance.tonight") if found is None else t("compliance.noes_none")
        return frame.chart("compliance-noes", title, definition, None, below=below)
    heads = _heads("reason", "channel", "age", "people", "addresses")
    more = {"table": heads, "rows": [_no_row(no) for no in found.noes]}
    more |= {"subtitle": t("compliance.noes_of", n=found.people), "below": t("compliance.as_of", at=stamp(found.at))}
    more["key"] = html.Div([_age(age) for age in (*AGES, "older")], className="key")
    return frame.chart("compliance-noes", title, definition, figures.noes(by_reason(found.noes)), **more)


def _age(age: str) -> html.Span:
    mark = html.Span("■", style={"color": ACCENT, "opacity": figures.FADED[age]}, **{"aria-hidden": "true"})
    return html.Span([mark, f" {t(f'compliance.age.{age}')}"])


def by_reason(noes: Sequence[No]) -> list[tuple[str, dict[str, int]]]:
    """People of each reason by age, the most frequent first."""
    counted: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys((*AGES, "older"), 0))
    for no in noes:
        counted[reason(no.reason)][no.age] += no.people
    return sorted(counted.items(), key=lambda each: (-sum(each[1].values()), each[0]))


def reason(code: str) -> str:
    key = f"compliance.reason.{code.replace(' ', '_')}"
    return t(key) if known(key) else code.replace("_", " ")


def _no_row(no: No) -> list[str]:
    channel = word("channel", no.channel) if no.channel else t("compliance.channel.all")
    return [reason(no.reason), channel, t(f"compliance.age.{no.age}"), count(no.people), count(no.addresses)]
