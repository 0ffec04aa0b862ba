"""What do the charts look like? Pure functions of rows. Colours of text and lines that follow the theme are in
board.css; here are only the two colours of the channels, each with a mark of its own shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboards.drawing import APART, GRID, Drawing
from dashboards.kit.format import date_short, percent, points, size, span
from dashboards.kit.parts import MARKS
from dashboards.kit.said import t, word
from opportune.rules.facts import DAY, Instant
from opportune.statistics import Estimate
from opportune.store.board import Stage, Week

COLOURS = {"call": "#3B82C4", "email": "#E0702A"}
SHAPES = {"call": "circle", "email": "diamond"}
GREY, ACCENT = "#868e96", "#4c6ef5"
HATCHED = {"shape": "/", "size": 5, "solidity": 0.2, "fillmode": "overlay"}


def blank(height: int) -> Drawing:
    """Nothing yet, at its final height: no jump and no made-up axes while data is on its way."""
    figure = Drawing(height)
    return figure.update_xaxes(visible=False).update_yaxes(visible=False)


def funnel(stages: Sequence[Stage], *, narrow: bool = False) -> Drawing:
    """Share of the same people at each stage, both channels side by side, with 95 % intervals.

    The numbers stand in a column of their own at the right; on a phone above each bar.
    """
    shown = [stage for stage in stages if stage.stage != "decided" and stage.n]
    look = NARROW if narrow else WIDE
    figure = Drawing(look.height, left=look.left, right=look.right)
    for channel in dict.fromkeys(stage.channel for stage in shown):
        _funnel_channel(figure, [s for s in shown if s.channel == channel], channel, look)
    for index, stage in enumerate(STEPS):
        side = "left" if narrow else "right"
        title = {"text": f"<b>{word('stage', stage)}</b>", "x": 0, "xanchor": side, "xshift": 0 if narrow else -12}
        figure.add_annotation(y=look.title - index * look.step, **title, **_PLAIN)
    figure.update_yaxes(range=[look.bottom - 3 * look.step, look.top], visible=False)
    marks = [0, 0.25, 0.5, 0.75, 1]
    ticks = {"tickvals": marks, "ticktext": [percent(mark, 0) for mark in marks]}
    return figure.update_xaxes(range=[0, 1], **ticks, **GRID)


@dataclass(frozen=True, slots=True)
class Look:
    """Where things stand in the funnel, in pixels; 0 is the middle of a stage."""

    step: int  # from stage to stage
    title: int
    offsets: dict[str, int]  # middle of each channel's bar
    bar: int
    top: int
    bottom: int
    left: int
    right: int
    label: int | None  # above its bar by so much; None: in the column at the right

    @property
    def height(self) -> int:
        return self.top - self.bottom + 3 * self.step + BELOW + ABOVE


STEPS = ("attempted", "reached", "conversation", "goal")
ABOVE, BELOW = 4, 26
WIDE = Look(136, 0, {"call": 20, "email": -20}, 24, 48, -48, 152, 190, None)
NARROW = Look(130, 52, {"call": 8, "email": -40}, 10, 66, -58, 0, 10, 21)
_PLAIN: dict[str, Any] = {"yanchor": "middle"}


def _funnel_channel(figure: Drawing, stages: Sequence[Stage], channel: str, look: Look) -> None:
    ys = [look.offsets[channel] - STEPS.index(s.stage) * look.step for s in stages]
    shares = [s.share or 0.0 for s in stages]
    hover = [
        f"{word('first', channel)}: {word('stage', s.stage)}, {t('overview.k_of_n', k=s.k, n=s.n)}<extra></extra>"
        for s in stages
    ]
    common = {"x": shares, "y": ys, "hovertemplate": hover, "cliponaxis": False}
    figure.add_bar(
        orientation="h",
        width=look.bar,
        marker={"color": COLOURS[channel], "opacity": 0.35, "line": {"width": 0}},
        **common,
    )
    figure.add_scatter(
        mode="markers",
        marker={"color": COLOURS[channel], "symbol": SHAPES[channel], "size": 11},
        error_x=_whisker(shares, [s.interval for s in stages], GREY),
        **common,
    )
    for y, stage in zip(ys, stages, strict=True):
        text = f"{_mark(channel)}  <b>{percent(stage.share or 0)}</b>  ({span(*stage.interval)})"
        place = {"x": 1, "xshift": 16, "y": y} if look.label is None else {"x": 0, "y": y + look.label}
        figure.add_annotation(text=text, xanchor="left", **place, **_PLAIN)


def _mark(channel: str) -> str:
    return f'<span style="color:{COLOURS[channel]}">{MARKS[channel]}</span>'


def difference(honest: Estimate | None, raw: Estimate | None) -> Drawing:
    """Call first minus email first, in points: by the toss, valid at every look; the raw figure is grey."""
    figure = Drawing(240, left=18, right=18, bottom=44)
    figure.add_vline(x=0, line={"color": GREY, "width": 1, "dash": "dot"})
    spans = [*_forest_row(figure, honest, 1, t("overview.sample"), ACCENT, "diamond")]
    spans += _forest_row(figure, raw, 0, t("overview.everybody"), GREY, "x")
    reach = max([0.05, *(abs(x) for x in spans)]) * 1.15
    grid = next(step for step in (0.02, 0.05, 0.1, 0.2, 0.5, 1) if reach / step < 3.5)
    marks = [grid * i for i in range(-3, 4) if abs(grid * i) <= 0.97 * reach]
    ticks = {"tickvals": marks, "ticktext": [points(mark, 0) for mark in marks]}
    for x, side, text in ((0, "left", t("overview.email_side")), (1, "right", t("overview.call_side"))):
        end = {"x": x, "xref": "paper", "xanchor": side, "y": 0, "yref": "paper", "yshift": -36}
        figure.add_annotation(text=text, font={"size": 12}, **end)
    figure.update_yaxes(range=[-0.5, 1.75], visible=False)
    return figure.update_xaxes(range=[-reach, reach], **ticks, **GRID)


def _forest_row(
    figure: Drawing, found: Estimate | None, y: int, name: str, colour: str, symbol: str
) -> tuple[float, ...]:
    text = f"{between(found)}, {size(found.people)}" if found else t("overview.one_side")
    title = {"x": 0, "xref": "paper", "xanchor": "left", "y": y, "yanchor": "bottom", "yshift": 16, "align": "left"}
    figure.add_annotation(text=f"<b>{name}</b><br>{text}", **title)
    if found is None:
        return ()
    figure.add_scatter(
        x=[found.value],
        y=[y],
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 12},
        error_x=_whisker([found.value], [(found.low, found.high)], colour),
        hovertemplate=f"{name}: {text}<extra></extra>",
    )
    return found.low, found.high


def between(found: Estimate) -> str:
    """+5.2 (−3.0 to +13.3)"""
    return f"{points(found.value)} ({t('overview.from_to', low=points(found.low), high=points(found.high))})"


def weekly(weeks: Sequence[Week], *, narrow: bool = False) -> Drawing:
    """People by the week of their first decision; pale and hatched while their window still runs."""
    figure = Drawing(240, left=36, right=8, bottom=34, barmode="stack", bargap=0.25)
    for channel in COLOURS:
        mine = [week for week in weeks if week.channel == channel]
        for which, look in (("over", {}), ("maturing", {"pattern": HATCHED, "opacity": 0.45})):
            counts = [getattr(week, which) for week in mine]
            said = f"{word('first', channel)}, {t(f'overview.{which}').lower()}"
            figure.add_bar(
                x=[_middle(week.start) for week in mine],
                y=counts,
                width=5 * DAY * 1000,
                marker={"color": COLOURS[channel], "line": {"width": 0}, **look},
                customdata=[t("overview.week_from", day=date_short(week.start)) for week in mine],
                hovertemplate=f"%{{customdata}}<br>{said}: %{{y}}<extra></extra>",
            )
    figure.update_yaxes(rangemode="tozero", nticks=5, **APART, **GRID)
    starts = sorted({week.start for week in weeks})
    named = starts[:: -(-len(starts) // (3 if narrow else 6)) or 1]
    names = {"tickvals": [_middle(start) for start in named], "ticktext": [date_short(start) for start in named]}
    return figure.update_xaxes(**names, **APART, showgrid=False)


def _middle(start: Instant) -> datetime:
    return datetime.fromtimestamp(start + 3.5 * DAY, UTC)


def _whisker(xs: Sequence[float], spans: Sequence[tuple[float, float]], colour: str) -> dict[str, Any]:
    more = [high - x for x, (_, high) in zip(xs, spans, strict=True)]
    less = [x - low for x, (low, _) in zip(xs, spans, strict=True)]
    return {"array": more, "arrayminus": less, "symmetric": False, "color": colour, "thickness": 1.6, "width": 5}
