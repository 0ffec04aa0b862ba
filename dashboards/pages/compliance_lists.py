"""How do the lists of the compliance page read: consents, what people asked of us, who did what?"""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html

from dashboards.context import board, sees_people
from dashboards.kit.format import NOTHING, count, day, stamp
from dashboards.kit.said import known, t, word
from dashboards.listing import listing
from opportune.rules.facts import DAY, Instant
from opportune.store.board.asked import Act, Request
from opportune.store.board.permissions import Permissions, Yes

NAMED = 3  # people of an act; more are counted
MOST = 40  # sources and channels, those with the most consents; the others stand in the file


def _heads(*names: str) -> list[str]:
    return [t(f"compliance.head.{each}") for each in names]


def consents(found: Permissions | None) -> dmc.Paper:
    about = (t("compliance.consents"), t("compliance.consents_definition"))
    heads = _heads("source", "channel", "granted", "soon", "expired", "refused")
    largest = sorted(found.yeses, key=lambda yes: -yes.granted)[:MOST] if found else []
    rows = [_yes_row(yes) for yes in sorted(largest, key=lambda yes: (yes.source, yes.channel))]
    nothing = t("compliance.tonight") if found is None else t("compliance.consents_none")
    waits = t("compliance.pending", pending=found.pending, lapsed=found.lapsed) if found else ""
    return listing("compliance-consents", *about, heads, rows, subtitle=waits, nothing=nothing, wide=True)


def _yes_row(yes: Yes) -> list[str]:
    numbers = [count(n) for n in (yes.granted, yes.soon, yes.expired, yes.refused)]
    channel = t("compliance.channel.voicemail") if yes.channel == "voicemail" else word("channel", yes.channel)
    return [yes.source.removeprefix("form:") or t("compliance.no_source"), channel, *numbers]


def requests(asked: Sequence[Request], now: Instant) -> dmc.Paper:
    """The number of a person says nothing to whoever may not see people; it links for who may."""
    about = (t("compliance.requests"), t("compliance.requests_definition"))
    heads = _heads("person", "wish", "due", "state")
    rows = [_request_row(each, now) for each in asked]
    return listing("compliance-requests", *about, heads, rows, nothing=t("compliance.requests_none"))


def _request_row(each: Request, now: Instant) -> list[str | html.A]:
    left = t("compliance.overdue") if each.due < now else t("compliance.left", n=(each.due - now) // DAY)
    return [_person(each.contact_id), t(f"compliance.wish.{each.kind}"), day(each.due), left]


def _person(id: int) -> str | html.A:
    return (
        html.A(f"#{id}", href=board().link(f"decisions?q={id}"), className="quiet-link") if sees_people() else f"#{id}"
    )


def acts(found: Sequence[Act]) -> dmc.Paper:
    about = (t("compliance.acts"), t("compliance.acts_definition"))
    rows = [[stamp(act.at), act.who or NOTHING, _did(act), _people(act.people)] for act in found]
    heads = _heads("when", "who", "did", "person")
    return listing("compliance-acts", *about, heads, rows, nothing=t("compliance.acts_none"), wide=True)


def _did(act: Act) -> str:
    key = f"compliance.act.{act.act.replace(' ', '_')}"
    did = t(key) if known(key) else act.act.replace("_", " ")
    page = f"compliance.where.{act.where.replace(',', '').replace(' ', '_')}"
    where = t(page) if known(page) else act.where
    return f"{did} ({where})" if where else did


def _people(ids: Sequence[int]) -> html.Span:
    """The first few by number; a page of a list shows a hundred."""
    named = [part for id in ids[:NAMED] for part in (_person(id), " ")]
    more = [t("compliance.more_people", n=len(ids) - NAMED)] if len(ids) > NAMED else []
    return html.Span([*named, *more])
