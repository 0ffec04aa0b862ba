"""Was anybody contacted who should not have been? Who allowed what, who said no, and what do we owe whom?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import Dash, html

from dashboards.context import board, reader
from dashboards.kit import export, frame
from dashboards.kit.choices import Choice, choice
from dashboards.pages import compliance_body as body
from dashboards.pages import compliance_lists as lists
from opportune.rules.facts import Instant
from opportune.store.board.asked import acts, requests
from opportune.store.board.permissions import checked, permissions
from opportune.store.board.refused import domains, opt_outs
from opportune.store.db import Database

PATH = "/compliance"
NAME = "compliance.name"
LEADS = frozenset({"team_lead", "admin"})  # who may read who did what with whose record


def layout(**address: str) -> html.Div:
    here, chosen = board(), choice(**address)
    now: Instant = here.clock()
    found, known, asked = checked(here.db), permissions(here.db, now), requests(here.db)
    refusals = opt_outs(here.db, now, chosen.filters(now))
    blocks = [
        body.strip(found, refusals[0]),
        body.opt_outs_chart(refusals),
        body.bounces_chart(domains(here.db, now)),
        body.noes_chart(known),
        lists.requests(asked, now),
        lists.consents(known),
        *([lists.acts(acts(here.db))] if reader().role in LEADS else []),
    ]
    said = body.verdict(found, asked, now)
    return frame.page(NAME, chosen, verdict=said, blocks=blocks, without_decisions=True)


def opt_out_rows(db: Database, now: Instant, chosen: Choice) -> Iterator[list[Any]]:
    for row in opt_outs(db, now, chosen.filters(now)):
        if row.attempts:
            yield [row.campaign, row.people, row.attempts, row.rate, *row.interval]


def bounce_rows(db: Database, now: Instant, _chosen: Choice) -> Iterator[list[Any]]:
    for row in domains(db, now):
        yield [row.name, row.sent, row.bounced, *row.interval(row.bounced), row.blocked, row.complained]


def no_rows(db: Database, now: Instant, _chosen: Choice) -> Iterator[list[Any]]:
    known = permissions(db, now)
    for no in known.noes if known else ():
        yield [no.reason, no.channel, no.age, no.people, no.addresses]


def consent_rows(db: Database, now: Instant, _chosen: Choice) -> Iterator[list[Any]]:
    known = permissions(db, now)
    for yes in known.yeses if known else ():
        yield [yes.source, yes.channel, yes.granted, yes.refused, yes.expired, yes.soon]


def register(_app: Dash) -> None:
    rate = ["campaign", "people", "attempts", "per_1000", "low_95", "high_95"]
    export.register("compliance-optouts", rate, opt_out_rows, "compliance.optouts_definition")
    mails = ["domain", "sent", "bounced", "low_95", "high_95", "refused_as_policy", "complaints"]
    export.register("compliance-bounces", mails, bounce_rows, "compliance.bounces_csv")
    noes = ["reason", "channel", "age", "people", "addresses"]
    export.register("compliance-noes", noes, no_rows, "compliance.noes_definition")
    yeses = ["source", "channel", "in_force", "refused", "run_out", "runs_out_in_30_days"]
    export.register("compliance-consents", yeses, consent_rows, "compliance.consents_definition")
