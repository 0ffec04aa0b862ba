"""How is a person's story told? Facts become sentences in the reader's language; nothing is looked up here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from opportune.rules.campaign import Campaign
from opportune.rules.consent import Allowed, LawRow
from opportune.rules.earlier import Refused
from opportune.rules.facts import Change, Instant, Reason
from opportune.rules.hours import local, reachable
from opportune.rules.reasons import phrase, sentence, went, when, word
from opportune.store import models as m

Word = Mapping[str, Any]
LACKS_YES = frozenset({"needs_consent", "bought_list", "law_unsigned"})
COMING = frozenset({"planned", "claimed"})
UNDONE = frozenset({"cancelled", "expired", "not_sent", "failed"})


def clock(zones: Sequence[str], at: Instant, language: str) -> str:
    """A moment on the person's clock; who has none reads UTC."""
    if reachable(tuple(zones)):
        return when(local(zones[0], at), language)
    return phrase("clock_utc", language, time=when(local("UTC", at), language))


def day(zones: Sequence[str], at: Instant, language: str) -> str:
    return when(local(zones[0] if reachable(tuple(zones)) else "UTC", at), language, clock=False)


def reason(found: Reason, language: str) -> dict[str, str]:
    return {"rule": found.rule, "code": found.code, "sentence": sentence(found, language)}


def whereabouts(contact: m.Contact, now: Instant, language: str) -> str:
    """Which zone, how we know, and what time it is there."""
    zones = contact.zones
    if not reachable(tuple(zones)):
        return phrase("zone_unknown", language)
    there = {"zones": ", ".join(zones), "zone": zones[0], "time": when(local(zones[0], now), language)}
    known_by = contact.zone_evidence if contact.zone_evidence in ("stated", "address", "number") else "stated"
    return phrase("zone_several" if len(zones) > 1 else f"zone_{known_by}", language, **there)


def allowed(
    kind: str, found: Allowed | Reason, consent: m.Consent | None, law: LawRow, language: str, word: Word
) -> dict[str, Any]:
    """May we, and what does the answer rest on? `word`: what stands of their consent (`consent_history.words`)."""
    base = {"name": phrase(f"kind_{kind}", language), "law": law.place}
    if isinstance(found, Reason):
        missing = f"yes_{word['state']}" if found.code in LACKS_YES and word["state"] in ("expired", "waits") else ""
        more = phrase(missing, language, day=day(["UTC"], word["since"], language)) if missing else ""
        told = phrase("may_not", language, why=sentence(found, language) + more)
        return base | {"eligible": False, "consent": None, **reason(found, language), "told": told}
    if consent is None:
        told = phrase("may_by_law", language, place=law.name)
        return base | {"eligible": True, "consent": None, "told": told}
    words = " ".join(consent.wording.split())
    quoted = f" (“{words[:100]}{'…' if len(words) > 100 else ''}”)" if words else ""
    ends = phrase("yes_ends", language, day=day(["UTC"], consent.expires_at, language)) if consent.expires_at else ""
    values = {"day": day(["UTC"], consent.at, language), "origin": _origin(consent, language), "wording": quoted}
    told = phrase("may_by_consent", language, **values, ends=ends)
    return base | {"eligible": True, "consent": consent.id, "told": told}


def _origin(consent: m.Consent, language: str) -> str:
    """By which form or list they said so; nothing where nobody noted it."""
    if form := consent.proof.get("form"):
        return phrase("by_confirmed" if consent.confirmed_at else "by_form", language, name=form)
    listed = consent.proof.get("list")
    return phrase("by_list", language, name=listed) if listed else ""


def headline(row: m.Decision, touches: Sequence[m.Touch], zones: Sequence[str], language: str) -> str:
    """What was decided, and what came of it."""
    if row.channel is None:
        until = clock(zones, row.again_at, language) if row.again_at is not None else ""
        held = phrase(row.held, language) if row.held else ""
        return phrase(row.verdict, language, at=clock(zones, row.at, language), time=until, held=held)
    if touches:
        return attempt(touches[-1], zones, language)
    return phrase(f"{row.channel}_would", language, time=clock(zones, row.moment or row.at, language))


def attempt(touch: m.Touch, zones: Sequence[str], language: str) -> str:
    """One contact attempt: to come, done, or come to nothing."""
    stage = "planned" if touch.state in COMING else "undone" if _undone(touch) else "done"
    at = touch.sending_at if stage == "done" and touch.sending_at else touch.due_at
    result = went(touch.result or touch.state, language)
    return phrase(f"{touch.channel}_{stage}", language, time=clock(zones, at, language), result=result)


def _undone(touch: m.Touch) -> bool:
    return touch.state in UNDONE and touch.result is None


def lot(row: dict[str, Any], campaign: Campaign, language: str) -> str | None:
    """The comparison sample; None where no coin could have decided."""
    if row["mode"] not in ("policy", "explore") or row["chance"] is None or not campaign.comparison_sample:
        return None
    values = {"share": f"{campaign.comparison_sample:.0%}", "chance": f"{row['chance']:.0%}"}
    return phrase(f"lot_{row['mode']}", language, channel=word("channel", row["channel"], language), **values)


def otherwise(changes: Sequence[Change], language: str) -> list[str]:
    """What would have led elsewhere, one sentence for each other way."""
    ways: dict[str, list[str]] = {}
    for change in changes:
        way = f"flip_{change.channel}" if change.channel else "flip_none"
        ways.setdefault(way, []).append(_if(change, language))
    return [phrase(way, language, ifs=phrase("or", language).join(ifs)) for way, ifs in ways.items()]


def _if(change: Change, language: str) -> str:
    if change.fact == "status":
        return phrase("if_status", language, value=phrase(change.value, language))
    if change.fact == "goal":
        return phrase("if_goal", language, value=word("goal", change.value, language))
    named = f"if_{change.fact}_{change.value}" if change.fact == "preference" else f"if_{change.fact}"
    return phrase(named, language)


def earlier(refused: Refused, zones: Sequence[str], language: str) -> dict[str, Any]:
    """One stretch in which we might have made contact, and why not."""
    start, end = local(zones[0], refused.start), local(zones[0], refused.end)
    if refused.reason.code in ("weekend", "holiday", "closed_day"):
        last = local(zones[0], refused.end - 1)
        span = _days(start.date(), last.date(), when(start, language), when(last, language))
    elif start.date() == end.date():
        span = f"{when(start, language)}–{end:%H:%M}"
    else:
        span = f"{when(start, language)} – {when(end, language)}"
    return {"from": refused.start, "until": refused.end, "span": span, **reason(refused.reason, language)}


def _days(first: date, last: date, start: str, end: str) -> str:
    """Whole days without their hours."""
    one, other = (text.rpartition(",")[0] for text in (start, end))
    return one if first == last else f"{one} – {other}"
