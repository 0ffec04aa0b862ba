"""Of two records of one person, which words stay? The fuller ones, stated before guessed, the stricter of two noes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from opportune.rules.facts import Status
from opportune.store import contacts
from opportune.store import models as m
from opportune.work import people
from opportune.work.merging import EVIDENCE

GAPS = ("title", "company_id", "source_id", "owner_id", "country", "region")  # filled in where nothing stood
SURE = {"stated": 3, "marker": 2, "habit": 1}
Bad = Collection[tuple[str, str]]  # kind and value of addresses that turned out wrong for either (E7)


def words(kept: m.Contact, gone: m.Contact, bad: Bad) -> dict[str, Any]:
    """The columns that `kept` is to have."""
    found = {name: getattr(kept, name) or getattr(gone, name) for name in GAPS}
    found["name"] = max(kept.name, gone.name, key=lambda name: len(people.name_key(name).split()))
    found["email"], found["phone"] = _best("email", kept, gone, bad), _best("phone", kept, gone, bad)
    found["status"] = kept.status if kept.status != Status.UNKNOWN else gone.status
    found["notes"] = "\n".join(dict.fromkeys(filter(None, (kept.notes, gone.notes)))) or None
    found["created_at"] = min(kept.created_at, gone.created_at)
    return found | _zones(kept, gone) | _preference(kept, gone) | _strict(kept, gone)


def _best(kind: str, kept: m.Contact, gone: m.Contact, bad: Bad) -> str | None:
    """One of their own before a shared box."""
    given: list[str] = [value for each in (kept, gone) if (value := getattr(each, kind))]
    good = [value for value in given if (kind, value) not in bad]
    return min(good, key=people.is_shared_box, default=None)


def _strict(kept: m.Contact, gone: m.Contact) -> dict[str, Any]:
    """Private people have the stricter law. A14: whoever we also know from elsewhere is not in quarantine."""
    refused = [at for at in (kept.refused_at, gone.refused_at) if at is not None]
    disqualified = [at for at in (kept.disqualified_at, gone.disqualified_at) if at is not None]
    return {
        "business": kept.business and gone.business,
        "bought": kept.bought and gone.bought,
        "asked_for_contact": kept.asked_for_contact or gone.asked_for_contact,
        "refused_at": max(refused, default=None),
        "disqualified_at": min(disqualified, default=None),
    }


def _zones(kept: m.Contact, gone: m.Contact) -> dict[str, Any]:
    best = max(kept, gone, key=_evidence)
    other = [each.held for each in (kept, gone) if each.held not in (None, contacts.NEEDS_ZONE)]
    held = other[0] if other else None if best.zones else contacts.NEEDS_ZONE
    return {"zones": best.zones, "zone_evidence": best.zone_evidence, "held": held}


def _evidence(contact: m.Contact) -> int:
    if not contact.zones:
        return -2
    return EVIDENCE.index(contact.zone_evidence) if contact.zone_evidence in EVIDENCE else -1


def _preference(kept: m.Contact, gone: m.Contact) -> dict[str, Any]:
    """A9"""
    best = max(kept, gone, key=lambda each: SURE.get(each.prefers_strength or "stated", 0) if each.prefers else -1)
    return {name: getattr(best, name) for name in ("prefers", "prefers_strength", "prefers_evidence")}
