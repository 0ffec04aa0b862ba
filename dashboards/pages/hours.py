"""At which hours do people answer? Opens with whether any hour stands out at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dash import Dash, html

from dashboards.context import board, narrow
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.kit.format import clock, count, day, listed, percent, span, weekday
from dashboards.kit.said import t
from dashboards.pages import hours_figures as figures
from dashboards.switch import switch
from opportune.rules.facts import Instant
from opportune.rules.zones import PARTS
from opportune.statistics import per_channel_needed, wilson
from opportune.store.board.hours import ENOUGH, Answered, CallWeek, FairHour, Hours, benchmark, hours
from opportune.store.db import Database

PATH, NAME = "/hours", "hours.name"
GAP = 0.05  # worth knowing: five points
SAID = 3  # fields at most that the verdict names
SHARES = ("share", "low_95", "high_95")


def layout(first: str = "", **address: str) -> html.Div:
    chosen = choice(**address)
    now = board().clock()
    told = hours(board().db, now, chosen.filters(now), first_only=first == "1")
    options = [("", t("hours.attempts.all")), ("1", t("hours.attempts.first"))]
    choose = switch(t("hours.attempts_label"), "first", options, "1" if first == "1" else "", chosen.address)
    blocks = [choose, _week(told.week), _fair(told.fair), _mails(told.mails), _executives(told.executives)]
    return frame.page(NAME, chosen, verdict=verdict(told), blocks=blocks)


def verdict(told: Hours) -> frame.Verdict:
    """A recommendation rests on fair hours alone; what stands out otherwise is only told."""
    week = told.week
    share = percent(week.total.answered / week.total.tried) if week.total.tried else ""
    best = max((h for h in told.fair if h.apart and h.higher), key=lambda h: h.answered / h.tried, default=None)
    if not week.total.tried:
        return _said("none")
    if best:
        return frame.Verdict(_best(best), t("hours.verdict.fair_next"), "clear")
    if not week.shown:
        few = t("hours.verdict.few", n=week.total.tried, enough=count(ENOUGH))
        return frame.Verdict(few, t("hours.verdict.few_next", n=week.more))
    if not week.apart:
        most = count(max(spot.tried for spot in week.shown))
        needed = per_channel_needed(week.total.answered / week.total.tried, GAP) // 2  # the rest is known far better
        even = t("hours.verdict.even", n=week.total.tried, share=share)
        return frame.Verdict(even, t("hours.verdict.even_next", n=needed, gap=count(100 * GAP), most=most))
    clearest = sorted(week.apart, key=lambda spot: abs(spot.answered / spot.tried - week.mean), reverse=True)[:SAID]
    named = listed([f"{figures.where(s)} {figures.arrow(s)} {percent(s.answered / s.tried)}" for s in clearest])
    return _said("apart", where=named, share=share)


def _said(which: str, **values: Any) -> frame.Verdict:
    return frame.Verdict(t(f"hours.verdict.{which}", **values), t(f"hours.verdict.{which}_next"))


def _best(hour: FairHour) -> str:
    high, low = hour.answered / hour.tried, hour.others.answered / hour.others.tried
    return t("hours.verdict.fair", where=between(hour.slot), high=percent(high), low=percent(low))


def between(slot: int) -> str:
    return f"{clock(slot)}–{clock((slot + 1) % 48)}"


def _week(week: CallWeek) -> Any:
    heads = [t(f"hours.head.{each}") for each in ("weekday", "hour", "calls", "answered", "share", "drawn", "apart")]
    rows = [
        [weekday(s.weekday, "wide"), figures.hour_name(s.at), count(s.tried), count(s.answered),
         percent(s.answered / s.tried if s.tried >= ENOUGH else None), percent(s.share),
         t("hours.yes" if s.apart else "hours.no")]
        for s in sorted(week.spots, key=lambda s: (s.weekday, _order(s.at)))
    ]  # fmt: skip
    few = t("hours.verdict.few", n=week.total.tried, enough=count(ENOUGH)) if not week.shown else ""
    return _chart("week", figures.week(week, narrow=narrow()) if week.shown else None, heads, rows,
                  n=week.total.tried, below=few, wide=True)  # fmt: skip


def _order(at: int | str) -> int:
    return at if isinstance(at, int) else list(PARTS).index(at)


def _fair(fair: Sequence[FairHour]) -> Any:
    heads = [t(f"hours.head.{each}") for each in ("hour", "calls", "answered", "share", "interval", "others", "apart")]
    rows = [
        [between(h.slot), *_numbers(h.tried, h.answered), percent(h.others.answered / h.others.tried),
         t("hours.yes" if h.apart else "hours.no")]
        for h in fair
    ]  # fmt: skip
    below = "" if fair else t("hours.fair_none", enough=count(ENOUGH))
    figure = figures.fair(fair, narrow=narrow()) if fair else None
    return _chart("fair", figure, heads, rows, n=sum(h.tried for h in fair), below=below, wide=True)


def _mails(mails: Sequence[Answered]) -> Any:
    heads = [t(f"hours.head.{each}") for each in ("mark", "mails", "answered", "share", "interval")]
    rows = [[figures.mark_name(each.of), *_numbers(each.tried, each.answered)] for each in mails]
    total = sum(each.tried for each in mails if each.of[0] == "all")
    drawn = any(each.tried >= ENOUGH for each in mails)
    below = "" if drawn else t("hours.mails_none", n=total, enough=count(ENOUGH))
    figure = (
        figures.mails([e for e in mails if e.of[0] == "all" or e.tried >= ENOUGH], narrow=narrow()) if drawn else None
    )
    return _chart("mails", figure, heads, rows, n=total, below=below)


def _executives(them: Sequence[Answered]) -> Any:
    value, written = benchmark()
    heads = [t(f"hours.head.{each}") for each in ("hour", "calls", "answered", "share", "interval")]
    rows = [[t(f"hours.who.{each.of}"), *_numbers(each.tried, each.answered)] for each in them]
    total = sum(each.tried for each in them)
    drawn = any(each.tried >= ENOUGH for each in them)
    values = {"n": total, "enough": count(ENOUGH), "benchmark": percent(value, 0)}
    below = "" if drawn else t("hours.executives_none", **values)
    figure = figures.executives(them, value) if drawn else None
    return _chart("executives", figure, heads, rows, n=total, below=below, date=day(written))


def _chart(
    name: str,
    figure: Any,
    heads: list[str],
    rows: list[list[str]],
    *,
    n: int,
    below: str,
    wide: bool = False,
    **more: str,
) -> Any:
    said = t(f"hours.{name}_subtitle")
    return frame.chart(
        f"hours-{name}", t(f"hours.{name}"), t(f"hours.{name}_definition", **more), figure,
        subtitle=said, n=n, table=heads, rows=rows, below=below, wide=wide,
    )  # fmt: skip


def _numbers(tried: int, answered: int) -> list[str]:
    counts = [count(tried), count(answered)]
    enough = tried >= ENOUGH
    return [*counts, percent(answered / tried if enough else None), span(*wilson(answered, tried)) if enough else "–"]


# ---- files


def week_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for first in (False, True):
        for s in hours(db, now, chosen.filters(now), first_only=first).week.spots:
            yield "first" if first else "all", s.weekday, s.at, s.tried, s.answered, s.share, s.apart


def fair_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for h in hours(db, now, chosen.filters(now)).fair:
        yield (
            h.slot,
            h.part,
            h.tried,
            h.answered,
            *_shares(h.tried, h.answered),
            h.others.tried,
            h.others.answered,
            h.apart,
        )


def mail_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for each in hours(db, now, chosen.filters(now)).mails:
        yield *each.of, each.tried, each.answered, *_shares(each.tried, each.answered)


def executive_rows(db: Database, now: Instant, chosen: Choice) -> Iterable[Sequence[Any]]:
    for each in hours(db, now, chosen.filters(now)).executives:
        yield each.of, each.tried, each.answered, *_shares(each.tried, each.answered), benchmark()[0]


def _shares(n: int, k: int) -> tuple[float | None, float, float]:
    return (k / n if n else None, *wilson(k, n))


def register(_app: Dash) -> None:
    counts, files = ["tried", "answered"], export.register
    files("hours-week", ["attempts", "weekday", "at", *counts, "drawn", "apart"], week_rows, "hours.week_definition")
    fair = ["half_hour", "part", *counts, *SHARES, "others_tried", "others_answered", "apart"]
    files("hours-fair", fair, fair_rows, "hours.fair_definition")
    files("hours-mails", ["part", "minute", *counts, *SHARES], mail_rows, "hours.mails_definition")
    files("hours-executives", ["hours", *counts, *SHARES, "benchmark"], executive_rows, "hours.executives_csv")
