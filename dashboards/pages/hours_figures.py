"""How do the hours of a week look? Pure functions of counts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dashboards.dots import Dot, columns, rows
from dashboards.drawing import Drawing
from dashboards.figures import ACCENT, COLOURS, GREY, SHAPES
from dashboards.kit.format import clock, percent, weekday
from dashboards.kit.said import t
from opportune.rules.zones import PARTS
from opportune.store.board.hours import Answered, CallWeek, FairHour, Spot

BLUE = "59,130,196"  # of calls: from a breath of it to all of it
CELL, WIDE_CELL = 34, 46  # pixels high
ALIKE = 0.1  # within ten points of the mean the colour stays in the middle: it must not cry louder than the number
MARKS = {10: SHAPES["email"], 50: f"{SHAPES['email']}-open"}
WHO = ("early", "later")


def week(told: CallWeek, *, narrow: bool = False) -> Drawing:
    """Weekdays across and hours down, on a wide screen the other way round; each field says its share."""
    hours = axis(told)
    days = sorted({spot.weekday for spot in told.shown} | set(range(5)))
    known = {(spot.weekday, spot.at): spot for spot in told.shown}
    names, day_names = [hour_name(at) for at in hours], [weekday(day) for day in days]
    grid = [[known.get((day, at)) for at in hours] for day in days]
    if narrow:
        grid, names, day_names = [list(row) for row in zip(*grid, strict=True)], day_names, names
    figure = Drawing((CELL if narrow else WIDE_CELL) * len(grid) + 40, 92 if narrow else 52, 4, 4, 36)
    figure.add_heatmap(
        z=[[spot and spot.share for spot in row] for row in grid],
        text=[[_field(spot) for spot in row] for row in grid],
        customdata=[[spot_hover(spot) if spot else "" for spot in row] for row in grid],
        x=names, y=day_names, texttemplate="%{text}", hovertemplate="%{customdata}<extra></extra>", hoverongaps=False,
        colorscale=[[0, f"rgba({BLUE},0.10)"], [1, f"rgba({BLUE},0.60)"]], showscale=False, xgap=2, ygap=2,
        **_scale(told),
    )  # fmt: skip
    figure.update_xaxes(type="category", side="top", showgrid=False)
    return figure.update_yaxes(type="category", autorange="reversed", showgrid=False)


def _scale(told: CallWeek) -> dict[str, float]:
    shares = [spot.share for spot in told.shown if spot.share is not None]
    return {"zmin": min([told.mean - ALIKE, *shares]), "zmax": max([told.mean + ALIKE, *shares])}


def axis(told: CallWeek) -> list[int | str]:
    """Every hour between the first and the last that was tried, so that a gap is seen as one."""
    tried = {spot.at for spot in told.spots}
    if told.by_parts:
        return [part for part in PARTS if part in tried]
    slots = sorted(int(at) for at in tried)
    return list(range(slots[0], slots[-1] + 1)) if slots else []


def _field(spot: Spot | None) -> str:
    if spot is None or spot.share is None:
        return ""
    return percent(spot.share, 0) + (f" {arrow(spot)}" if spot.apart else "")


def arrow(spot: Spot) -> str:
    """Up or down from what the other fields say."""
    return "▲" if spot.higher else "▼"


def spot_hover(spot: Spot) -> str:
    share = percent(spot.answered / spot.tried)
    return t("hours.hover", where=where(spot), share=share, answered=spot.answered, tried=spot.tried)


def where(spot: Spot) -> str:
    return f"{weekday(spot.weekday)} {hour_name(spot.at)}"


def hour_name(at: int | str) -> str:
    return clock(at) if isinstance(at, int) else t(f"hours.part.{at}")


def fair(told: Sequence[FairHour], *, narrow: bool = False) -> Drawing:
    """Each half hour with the rest of its part of the day as a dotted line."""
    dots = [
        Dot(clock(hour.slot), hour.answered, hour.tried, COLOURS["call"] if hour.apart else ACCENT,
            "star" if hour.apart else "circle", hour.others.answered / hour.others.tried)
        for hour in told
    ]  # fmt: skip
    figure = columns(dots, narrow=narrow)
    for index, (one, other) in enumerate(pairwise(told)):
        if one.part != other.part:
            figure.add_vline(index + 0.5, {"color": GREY, "width": 1, "dash": "dash"}, opacity=0.5)
    return figure


def mails(told: Sequence[Answered], *, narrow: bool = False) -> Drawing:
    """Ten past filled, ten to hollow; for the whole day first, then part by part."""
    dots = [Dot(mark_name(each.of), each.answered, each.tried, COLOURS["email"], MARKS[each.of[1]]) for each in told]
    return rows(dots, narrow=narrow)


def mark_name(of: tuple[str, int]) -> str:
    return t(f"hours.mark.{of[1]}", part=t(f"hours.part.{of[0]}"))


def executives(told: Sequence[Answered], benchmark: float) -> Drawing:
    """In a card of half the width: the numbers stand above the marks."""
    dots = [Dot(t(f"hours.who.{e.of}"), e.answered, e.tried, COLOURS["call"], SHAPES["call"]) for e in told]
    return rows(dots, narrow=True, line=benchmark, line_says=t("hours.benchmark", share=percent(benchmark, 0)))
