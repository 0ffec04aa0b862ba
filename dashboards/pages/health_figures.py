"""What does the chart of the queue look like? A pure function of rows."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.drawing import Drawing
from dashboards.figures import COLOURS
from dashboards.kit.format import count
from dashboards.kit.said import t, word
from opportune.store.board.health import Queue

STATES = ("due", "over", "claimed", "stuck", "sending", "uncertain", "expired")
APART, WIDE = 0.19, 0.32  # of one state's place


def queue(queues: Sequence[Queue], *, narrow: bool = False) -> Drawing:
    """Each state a pair of bars, calls above mails, the number at the end of its bar."""
    figure = Drawing(330, 106 if narrow else 130, 46, bottom=8, barmode="overlay")
    for side, each in enumerate(queues):
        numbers = [getattr(each, state) for state in STATES]
        places = [-place + (APART if side == 0 else -APART) for place in range(len(STATES))]
        figure.add_bar(
            orientation="h",
            x=numbers,
            y=places,
            width=WIDE,
            marker={"color": COLOURS[each.channel], "line": {"width": 0}},
            customdata=[t(f"health.queue_state.{state}") for state in STATES],
            hovertemplate=f"{word('channel', each.channel)}, %{{customdata}}: %{{x}}<extra></extra>",
        )
        for n, place in zip(numbers, places, strict=True):
            where = {"x": n, "y": place, "xanchor": "left", "xshift": 4, "font": {"size": 12}}
            figure.add_annotation(text=count(n), **where)
    most = max((getattr(each, state) for each in queues for state in STATES), default=0)
    figure.update_xaxes(range=[0, max(1, most) * 1.05], visible=False)
    names = {"tickvals": [-place for place in range(len(STATES))]}
    names["ticktext"] = [t(f"health.queue_state.{state}") for state in STATES]
    return figure.update_yaxes(showgrid=False, **names)
