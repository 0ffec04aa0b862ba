"""What had been tried before our time, and what came of it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import Dash, html

from dashboards import dots
from dashboards.context import board, narrow
from dashboards.dots import Dot
from dashboards.figures import COLOURS, SHAPES
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice
from dashboards.kit.format import count, decimal, month, percent, span, weekday
from dashboards.kit.said import t
from dashboards.switch import switch
from opportune.rules.facts import Instant
from opportune.statistics import wilson
from opportune.store.board.history import LINES, Past, PastFilters, Told, by_fourth, past, past_channels
from opportune.store.db import Database

PATH, NAME = "/history", "history.name"
ENOUGH = 100  # people a month, to be worth a sentence
COLUMNS = ("people", "tries", "yes", "share", "low_95", "high_95")


def offered() -> bool:
    """Whose past was never imported is not asked to look at it; its address says how to bring it."""
    return bool(past_channels(board().db))


def layout(channel: str = "", line: str = "", **_address: str) -> html.Div:
    channels = past_channels(board().db)
    if not channels:
        bring = html.Pre(f"opportune {'--practice ' * board().practice}import --history examples/bank/bank-full.csv.gz")
        block = frame.nothing(t("history.none"), t("history.none_next"), bring)
        return frame.page(NAME, Choice(), blocks=[block], with_filters=False, without_decisions=True)
    channel = channel if channel in channels else channels[0]
    line = line if line in LINES and channel == "call" else ""
    told = past(board().db, PastFilters(channel, line or None))
    blocks = [*_switches(channels, channel, line), *_charts(told, channel)]
    return frame.page(
        NAME, Choice(), verdict=_verdict(told, channel), blocks=blocks, with_filters=False, without_decisions=True
    )


def _switches(channels: Sequence[str], channel: str, line: str) -> list[html.Nav]:
    address = {"channel": channel if len(channels) > 1 else "", "line": line}
    found = []
    if len(channels) > 1:
        named = [(each, t(f"common.channel.{each}")) for each in channels]
        found.append(switch(t("history.channel_label"), "channel", named, channel, {}))
    if channel == "call":
        named = [("", t("history.all")), *((each, t(f"history.line.{each}")) for each in LINES)]
        found.append(switch(t("history.line_label"), "line", named, line, address))
    return found


def _verdict(told: Past, channel: str) -> frame.Verdict:
    total = told.total
    numbers = {"tries": count(total.tries), "yes": count(total.yes), "share": percent(_share(total))}
    numbers["per"] = decimal(total.tries / total.yes, 1) if total.yes else "–"
    said = t(f"history.verdict.{channel}", n=total.people, **numbers)
    early, all_yes = by_fourth(told.bands)
    if channel == "call" and all_yes:
        said = f"{said} {t('history.by_fourth', share=percent(early / all_yes, 0))}"
    return frame.Verdict(said, _next(told.months))


def _next(months: Iterable[Told]) -> str:
    """The same month of two years, where they differ most: what changed was not the month."""
    by_name: dict[int, list[Told]] = defaultdict(list)
    for each in months:
        if each.people >= ENOUGH:
            by_name[each.of[1]].append(each)
    pairs = [(min(same, key=_share), max(same, key=_share)) for same in by_name.values() if len(same) > 1]
    if not pairs:
        return t("history.next")
    low, high = max(pairs, key=lambda pair: _share(pair[1]) - _share(pair[0]))
    years = {"low_year": str(low.of[0]), "high_year": str(high.of[0])}
    name = month_name(low.of[1])
    return t("history.next_month", month=name, low=percent(_share(low)), high=percent(_share(high)), **years)


def _charts(told: Past, channel: str) -> list[Any]:
    by_month = [_dot(each, month_short(*each.of), channel) for each in _without_gaps(told.months)]
    by_day = [_dot(each, weekday(each.of), channel) for each in told.weekdays]
    by_band = [_dot(each, band_name(each.of, short=True), channel) for each in told.bands]
    found = [
        _chart("months", channel, told.months, dots.columns(by_month, narrow=narrow(), every=3), month_long),
        _chart("bands", channel, told.bands, dots.columns(by_band), band_name),
        _chart("weekdays", channel, told.weekdays, dots.columns(by_day), lambda of: weekday(of, "wide")),
    ]
    if channel == "call":
        by_line = [_dot(each, line_name(each.of), channel) for each in told.lines]
        found.append(_chart("lines", channel, told.lines, dots.rows(by_line, narrow=narrow()), line_name))
    return found


FIRST = {"months": "month", "bands": "times", "weekdays": "weekday", "lines": "line"}
OF = {"bands": "of_band", "lines": "of_line"}


def _chart(name: str, channel: str, told: Sequence[Told], figure: Any, say: Any) -> Any:
    tries = "mails" if channel == "email" else "calls"
    heads = [t(f"history.head.{each}") for each in (FIRST[name], "people", tries, "yes", "share", "interval")]
    rows = [[say(each.of), *_cells(each)] for each in told if each.people]
    if name == "bands":
        heads.append(t("history.head.hazard"))
        rows = [[*row, hazard] for row, hazard in zip(rows, _hazards(told), strict=True)]
    mails = "_mail" if name == "bands" and channel == "email" else ""
    return frame.chart(
        f"history-{name}",
        t(f"history.{name}{mails}"),
        t(f"history.{name}_definition"),
        figure,
        subtitle=t(f"history.{OF.get(name, 'of_people')}"),
        n=sum(each.people for each in told),
        table=heads,
        rows=rows,
        wide=name in ("months", "lines"),
    )


def _hazards(bands: Sequence[Told]) -> list[str]:
    """Of all who were contacted at least so often; of a band of several it would be no share of one contact."""
    alive = [sum(later.people for later in bands[index:]) for index in range(len(bands))]
    single = [band.of[0] == band.of[1] for band in bands]
    shares = zip(bands, alive, single, strict=True)
    return [percent(b.yes / n) if one and n else "–" for b, n, one in shares if b.people]


def _cells(told: Told) -> list[str]:
    numbers = [count(told.people), count(told.tries), count(told.yes)]
    enough = told.people >= dots.HIDDEN
    return [*numbers, *([percent(_share(told)), span(*wilson(told.yes, told.people))] if enough else "––")]


def _dot(told: Told, label: str, channel: str) -> Dot:
    return Dot(label, told.yes, told.people, COLOURS[channel], SHAPES[channel])


def _share(told: Told) -> float:
    return told.yes / told.people if told.people else 0.0


def _without_gaps(months: Sequence[Told]) -> list[Told]:
    """A month without a contact has its place on the axis too."""
    known = {each.of[0] * 12 + each.of[1] - 1: each for each in months}
    span = range(min(known, default=0), max(known, default=-1) + 1)
    return [known.get(number) or Told((number // 12, number % 12 + 1), 0, 0, 0) for number in span]


def month_long(of: tuple[int, int]) -> str:
    return month(_first_of(*of))


def month_short(year: int, number: int) -> str:
    """On an axis: 05.08 would be a day; the year stands where it begins."""
    return f"{number:02d}/{year % 100:02d}"


def month_name(number: int) -> str:
    return month(_first_of(2001, number)).removesuffix("2001").strip(" .г").capitalize()


def _first_of(year: int, number: int) -> Instant:
    return int(datetime(year, number, 1, tzinfo=UTC).timestamp())


def band_name(of: tuple[int, int | None], *, short: bool = False) -> str:
    first, last = of
    if last is None:
        return f"{first}+" if short else t("history.band.more", n=first)
    return str(first) if first == last else f"{first}–{last}"


def line_name(of: str) -> str:
    return t(f"history.line.{of}")


def rows_of(which: str) -> Any:
    """The same counts as the chart, for every channel and line."""

    def rows(db: Database, _now: Instant, _chosen: Choice) -> Iterable[Sequence[Any]]:
        for channel in past_channels(db):
            for line in (None, *(LINES if channel == "call" and which != "lines" else ())):
                for each in getattr(past(db, PastFilters(channel, line)), which):
                    share = _share(each) if each.people else None
                    counts = (each.people, each.tries, each.yes, share, *wilson(each.yes, each.people))
                    yield channel, line or "", *_plain(each.of), *counts

    return rows


def _plain(of: Any) -> tuple[Any, ...]:
    return of if isinstance(of, tuple) else (of,)


def register(_app: Dash) -> None:
    keys = {"months": ("year", "month"), "weekdays": ("weekday",), "bands": ("from", "to"), "lines": ("of_line",)}
    for which, names in keys.items():
        export.register(
            f"history-{which}", ["channel", "line", *names, *COLUMNS], rows_of(which), f"history.{which}_definition"
        )
