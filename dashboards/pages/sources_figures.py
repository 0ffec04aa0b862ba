"""What does the chart of the credit look like? A pure function of rows."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.drawing import GRID, Drawing
from dashboards.figures import ACCENT, COLOURS, GREY
from dashboards.kit.format import percent
from dashboards.kit.said import t
from opportune.store.board.credit import RULES, WAYS, Credit


@dataclass(frozen=True, slots=True)
class Look:
    colour: str
    symbol: str
    mark: str
    dash: str = "solid"


LOOKS = {
    "call": Look(COLOURS["call"], "circle", "●"),
    "voicemail": Look(COLOURS["call"], "triangle-down", "▼", "dot"),
    "email": Look(COLOURS["email"], "diamond", "◆"),
    "form": Look(ACCENT, "square", "■"),
    "came_in": Look(GREY, "triangle-up", "▲"),
}


def ways(found: Credit) -> list[str]:
    """Those that get any credit at all."""
    return [way for way in WAYS if any(found.shares[rule][way] for rule in RULES)]


def slopes(found: Credit) -> Drawing:
    """One line a way of contact, from rule to rule: where the lines slope, the rules disagree."""
    figure = Drawing(320, 46, 22, 44, 10)
    for way in ways(found):
        look, shares = LOOKS[way], [found.shares[rule][way] for rule in RULES]
        figure.add_scatter(
            x=list(range(len(RULES))),
            y=shares,
            mode="lines+markers",
            line={"color": look.colour, "width": 2, "dash": look.dash},
            marker={"color": look.colour, "symbol": look.symbol, "size": 10},
            text=[f"{t(f'sources.way.{way}')}: {percent(share, 0)}" for share in shares],
            hovertemplate="%{text}<extra></extra>",
            cliponaxis=False,
        )
    names = {"tickvals": list(range(len(RULES))), "ticktext": [_two_lines(t(f"sources.rule.{rule}")) for rule in RULES]}
    figure.update_xaxes(range=[-0.25, len(RULES) - 0.75], showgrid=False, **names)
    most = max((share for shares in found.shares.values() for share in shares.values()), default=0.0)
    marks = [mark / 10 for mark in range(0, 11, 2) if mark / 10 <= most + 0.1]
    ticks = {"tickvals": marks, "ticktext": [percent(mark, 0) for mark in marks]}
    return figure.update_yaxes(range=[-0.03, min(1.03, most + 0.08)], **ticks, **GRID)


def _two_lines(words: str) -> str:
    return words.replace(" ", "<br>")
