"""How do the numbers of a chart leave as a file? The same query, with its definition on top."""

from __future__ import annotations

import csv
from io import StringIO

import flask

from dashboards.choices import FUNNEL_DEFINITION, STAGE_DEFINITIONS, choice
from dashboards.context import board
from dashboards.words import utc
from opportune.store.board import funnel

COLUMNS = ["channel", "stage", "people", "of", "share", "low_95", "high_95", "still_maturing"]


def funnel_csv() -> flask.Response:
    """The funnel as CSV, under the same choices as the page (`?campaign=…&goal=…&period=…`)."""
    here = board()
    now = here.clock()
    chosen = choice(**flask.request.args.to_dict())
    written = StringIO()
    rows = csv.writer(written)
    practice = ["practice data"] if here.practice else []
    about = [f"as of {utc(now)}", *practice, *(f"{name}: {value}" for name, value in chosen.address.items())]
    rows.writerows([[f"# {line}"] for line in (FUNNEL_DEFINITION, STAGE_DEFINITIONS, *about)])
    rows.writerow(COLUMNS)
    for s in funnel(here.db, now, **chosen.filters(now)):
        low, high = s.interval
        share = ["" if s.share is None else f"{s.share:.6f}", f"{low:.6f}", f"{high:.6f}"]
        rows.writerow([s.channel, s.stage, s.k, s.n, *share, s.maturing])
    name = {"Content-Disposition": 'attachment; filename="opportune-funnel.csv"'}
    return flask.Response(written.getvalue(), mimetype="text/csv", headers=name)
