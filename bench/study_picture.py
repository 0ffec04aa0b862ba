"""What does the study look like? A forest of the estimators over the truth, as SVG that suits light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LEFT, RIGHT, TOP, STEP, WIDE = 230, 170, 64, 46, 860
LOW, HIGH = -7.0, 11.0
NAMES = {
    "raw": ("Raw difference", "what every dashboard shows"),
    "sample": ("Comparison sample", "those whom the lot decided"),
    "sample_aipw": ("Sample, with forecast", "AIPW, cross-fitted"),
    "snips": ("Everybody, weighed", "SNIPS, by recorded chance"),
    "aipw": ("Everybody, weighed and forecast", "AIPW, cross-fitted"),
    "always_valid": ("Always valid, sample", "may be looked at every day"),
    "always_valid_all": ("Always valid, everybody", "may be looked at every day"),
}
STYLE = """
  text { font: 13px system-ui, 'Noto Sans', sans-serif; fill: #343a40 } .faint { fill: #6c757d; font-size: 11.5px }
  .bad { stroke: #868e96; fill: #868e96 } .good { stroke: #4c6ef5; fill: #4c6ef5 } line { stroke-width: 2 }
  .axis { stroke: #adb5bd; stroke-width: 1 } .truth { stroke: #2b8a3e; stroke-width: 1.5; stroke-dasharray: 5 4 }
  .said { fill: #2b8a3e } .head { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #dee2e6 } .faint { fill: #adb5bd } .good { stroke: #91a7ff; fill: #91a7ff }
    .truth { stroke: #69db7c } .said { fill: #69db7c } }
"""


def picture(rows: Sequence[Any], truth: float) -> str:
    """The mean estimate of each with its mean interval, and how often that interval held the truth."""
    bottom = TOP + STEP * len(rows)
    parts = [*_frame(bottom), *(_axis(mark, bottom) for mark in range(-6, 12, 2))]
    parts += [part for i, row in enumerate(rows) for part in _row(row, TOP + STEP * i + STEP / 2)]
    parts += [f'<line class="truth" x1="{_x(truth):.1f}" x2="{_x(truth):.1f}" y1="{TOP - 14}" y2="{bottom}"/>']
    parts += [_text(_x(truth) + 6, TOP - 18, f"the truth: {truth:+.1f}", "said")]
    size = f'viewBox="0 0 {WIDE} {bottom + 46}" width="{WIDE}" height="{bottom + 46}"'
    named = 'role="img" aria-label="Seven estimates of one known difference, with how often each interval held it"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named}>\n<style>{STYLE}</style>\n' + "\n".join(
        [*parts, "</svg>\n"]
    )


def _frame(bottom: int) -> list[str]:
    return [
        _text(8, 22, "Call first minus email first, in points: mean of all worlds with the mean 95 % interval", "head"),
        _text(WIDE - RIGHT + 16, TOP - 18, "truth held in", "faint"),
        _text(LEFT, bottom + 38, "← email first better", "faint"),
        _text(WIDE - RIGHT, bottom + 38, "call first better →", "faint", "end"),
    ]


def _axis(mark: int, bottom: int) -> str:
    x = _x(mark)
    line = (
        f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}" opacity="{1 if mark == 0 else 0.4}"/>'
    )
    return line + _text(x, bottom + 18, f"{mark:+d}".replace("-", "−") if mark else "0", "faint", "middle")


def _row(row: Any, y: float) -> list[str]:
    name, about = NAMES[row.name]
    bad, half = row.name == "raw", row.width / 2
    kind = "bad" if bad else "good"
    x, low, high = _x(row.mean), _x(row.mean - half), _x(row.mean + half)
    cross = f'<path class="bad" d="M{x - 5:.1f} {y - 5} l10 10 m0 -10 l-10 10" stroke-width="2.5"/>'
    return [
        f'<line class="{kind}" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>',
        cross if bad else f'<circle class="good" cx="{x:.1f}" cy="{y}" r="5"/>',
        _text(8, y - 3, name, ""),
        _text(8, y + 13, about, "faint"),
        _text(WIDE - RIGHT + 16, y + 4, f"{100 * row.coverage:.1f} % of worlds", ""),
    ]


def _x(points: float) -> float:
    return LEFT + (points - LOW) / (HIGH - LOW) * (WIDE - LEFT - RIGHT)


def _text(x: float, y: float, said: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'
