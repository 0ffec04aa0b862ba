"""What of our calls waits, why, and who lets it go on?

An account that is not let in stops all calls, a country that is switched off at Twilio those to it: both until somebody
has mended it and says `opportune calls resume`. Where no number of ours may be shown, none leaves either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import audit
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work import numbers, pace
from opportune.work.world import World

ALL = "calls"
TOLD = "carrier_error"  # in the audit: a code, for a person to read


def _to(country: str) -> str:
    return f"calls:to:{country}"


def stop(session: Session, why: str, now: Instant) -> None:
    """No call at all."""
    _hold(session, ALL, why, now)


def park(session: Session, country: str | None, why: str, now: Instant) -> None:
    """No call to this country; all, where the number does not say which."""
    _hold(session, _to(country) if country else ALL, why, now)


def _hold(session: Session, key: str, why: str, now: Instant) -> None:
    fresh = {"key": key, "since": now, "until": None, "why": why[:500], "strikes": 1, "probing": False}
    if insert_once(session, m.SendingPause, fresh):
        _note(session, "calls_stopped", key, why, "the house", now)


def why_held(session: Session, now: Instant) -> dict[str, str]:
    """Key -> why: `calls`, `calls:to:DE`. Empty as a rule."""
    rows = session.scalars(select(m.SendingPause).where(m.SendingPause.key.startswith(ALL)))
    found = {row.key: row.why for row in rows if row.key != pace.SLOWED}
    if why := numbers.none_left(session, now):
        found.setdefault(ALL, why)
    return found


def of(held: dict[str, str], country: str | None) -> str | None:
    """Why a call to this country must wait."""
    return held.get(ALL) or held.get(_to(country or ""))


def put_on_record(session: Session, code: str, why: str, now: Instant) -> None:
    """An error that only a person can do something about."""
    audit.write(session, now, "carrier", TOLD, code, why, {"code": code})


def told(world: World) -> list[dict[str, Any]]:
    """For `/health`, `opportune status` and `opportune calls held`: what waits, a lowered pace, a day's errors."""
    now = world.clock.now()
    with world.db.read() as session:
        waiting = sorted(why_held(session, now).items())
        held: list[dict[str, Any]] = [{"what": key.replace(":", " "), "why": why} for key, why in waiting]
        slowed = session.get(m.SendingPause, pace.SLOWED)
        if slowed is not None and (slowed.until or 0) > now:
            rate = f"{pace.rate(world, session, now):g} calls a second for now"
            held.append({"what": "pace", "why": f"{rate}: {slowed.why}", "until": slowed.until})
        return [*held, *_errors(session, now)]


def _errors(session: Session, now: Instant) -> Sequence[dict[str, Any]]:
    mine = (m.Audit.act == TOLD, m.Audit.at > now - DAY)
    query = select(m.Audit.subject, func.count(), func.max(m.Audit.why)).where(*mine).group_by(m.Audit.subject)
    return [{"what": f"error {code}", "why": why, "times": times} for code, times, why in session.execute(query)]


def resume(world: World, country: str | None, *, by: str) -> int:
    """Go on with a country, or with everything: then the pace is ours again, too. Returns how many holds that ended."""
    now, key = world.clock.now(), m.SendingPause.key
    with world.db.write() as session:
        mine = key == _to(country.upper()) if country else key.startswith(ALL)
        rows = session.scalars(select(m.SendingPause).where(mine)).all()
        for row in rows:
            _note(session, "calls_resumed", row.key, "somebody said so", by, now)
            session.delete(row)
    return len(rows)


def _note(session: Session, act: str, key: str, why: str, by: str, now: Instant) -> None:
    audit.write(session, now, by, act, key, why, {"key": key})
