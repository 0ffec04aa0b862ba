"""How does a segment come to be, become one with another, or several? Every version stays (E6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.document import lines
from opportune.rules.problems import Problem, problem
from opportune.rules.segment import Condition, Segment, read
from opportune.store import audit
from opportune.store import models as m
from opportune.work import segment_counts
from opportune.work.segment_sql import ALIVE, Reader, current, listed, reached
from opportune.work.versions import NotAllowed
from opportune.work.world import World

PARTS = ("all", "any", "none")


def check(world: World, file: Path) -> tuple[Segment | None, list[Problem]]:
    """The document of this file, or what is wrong with it; also segments that it names and that are not there."""
    language = world.settings.language
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [problem("file_unreadable", str(file), 1, language=language, why=error)]
    segment, problems = read(text, str(file), language)
    if segment is not None:
        with world.db.read() as session:
            problems = _nowhere(Reader(session, 0).documents, segment, str(file), lines(text), language)
    return (None if problems else segment), problems


def _nowhere(
    known: Mapping[str, Segment], segment: Segment, file: str, at: Mapping[str, int], language: str
) -> list[Problem]:
    """Each name of another segment that leads nowhere, or back here."""
    found = []
    for part in PARTS:
        for index, condition in enumerate(getattr(segment, part)):
            named, where = condition.segment, (part, index, "segment")
            if named is None or not (code := _trouble(known, segment.key, named)):
                continue
            told = {"value": named, "given": named, "allowed": sorted(set(known) - {segment.key}) or ["(none)"]}
            line = at[".".join(map(str, where))]
            found.append(problem(code, file, line, where, language=language, **told))
    return found


def _trouble(known: Mapping[str, Segment], key: str, named: str) -> str | None:
    """A segment that speaks of itself, however many others lie between, is nobody's."""
    if key in reached(known, named):
        return "segment_circle"
    return None if named in known else "no_segment"


def used_by(session: Session, key: str) -> list[str]:
    """The live campaigns that take in whoever is in this segment, as it was when each was approved."""
    known = Reader(session, 0).documents
    live = select(m.Campaign.key, m.CampaignVersion.document).where(m.Campaign.state == "live")
    rows = session.execute(live.join(m.CampaignVersion, m.CampaignVersion.id == m.Campaign.version_id))
    named = {campaign: (document.get("audience") or {}).get("segment") for campaign, document in rows}
    return sorted(campaign for campaign, each in named.items() if each and key in reached(known, each))


def keep(world: World, segment: Segment, *, by: str, note: str = "") -> None:
    """From now on this is what its key means."""
    with world.db.write() as session:
        _row(world, session, segment, "live", by, note)


def _row(world: World, session: Session, segment: Segment, state: str, by: str, note: str) -> None:
    now = world.clock.now()
    document = segment.model_dump(mode="json", exclude_defaults=True)
    session.add(m.Segment(key=segment.key, document=document, state=state, author=by, note=note or None, at=now))
    audit.write(session, now, by, "segment_kept", segment.key, note or None, {"state": state})


def named(session: Session, key: str) -> Segment:
    """The live segment of this key.

    Raises:
        NotAllowed: there is none; says which there are.
    """
    row = current(session).get(key)
    if row is None or row.state != "live":
        became = f" (it was {row.state})" if row else ""
        there = ", ".join(each.key for each in listed(session)) or "none yet: opportune segment add FILE"
        raise NotAllowed(f"there is no segment {key[:80]!r}{became}; there are: {there}")
    return Segment.model_validate(row.document)


def merge(world: World, one: str, other: str, *, by: str) -> Segment:
    """Whoever is in one of the two: a segment of its own. The two are no longer offered, and stay what they mean."""
    if one == other:
        raise NotAllowed(f"{one} and {other} are the same segment: name two")
    with world.db.write() as session:
        pair = named(session, one), named(session, other)
        name = f"{pair[0].name} or {pair[1].name}"
        either = tuple(Condition(segment=each.key) for each in pair)
        found = Segment(key=_free(session, f"{one[:28]}-or-{other[:28]}"), name=name[:200].strip(), any=either)
        for each in pair:
            _row(world, session, each, "merged", by, f"into {found.key}")
        _row(world, session, found, "live", by, "")
    return found


def split(world: World, key: str, field: str, *, by: str) -> list[Segment]:
    """One segment for each value that many people have, and one for everybody else: nobody is lost.

    Raises:
        NotAllowed: no such segment or field, or too few people for two parts.
    """
    if field not in segment_counts.FIELDS:
        raise NotAllowed(f"--by {field[:40]}: a segment is split by one of {', '.join(segment_counts.FIELDS)}")
    with world.db.write() as session:
        whole = named(session, key)
        values = _values(world, session, whole, field)
        found = _parts(session, whole, field, values)
        _row(world, session, whole, "split", by, f"by {field}")
        for each in found:
            _row(world, session, each, "live", by, "")
    return found


def _values(world: World, session: Session, whole: Segment, field: str) -> Sequence[str]:
    everybody = session.scalar(select(func.count(m.Contact.id)).where(*ALIVE)) or 0
    inside = segment_counts.by(session, Reader(session, world.clock.now()).people(whole), field)
    large = segment_counts.parts(inside, everybody)
    if not large or len(inside) < 2:
        least = round(segment_counts.small(everybody))
        raise NotAllowed(
            f"{whole.key}: by {field} it has no two parts with {least} people in one; choose another field"
        )
    return list(large)


def _parts(session: Session, whole: Segment, field: str, values: Sequence[str]) -> list[Segment]:
    found: list[Segment] = []
    for value in values:
        only = Condition.model_validate({"segment": whole.key, field: [value]})
        key = _free(session, f"{whole.key[:36]}-{_slug(value)}", {each.key for each in found})
        found.append(Segment(key=key, name=f"{whole.name[:120]}: {value[:70]}", all=(only,)))
    inside, others = Condition(segment=whole.key), Condition.model_validate({field: list(values)})
    key = _free(session, f"{whole.key[:36]}-others", {each.key for each in found})
    return [*found, Segment(key=key, name=f"{whole.name[:120]}: others", all=(inside,), none=(others,))]


def _slug(value: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:20] or "part"


def _free(session: Session, key: str, taken: set[str] | frozenset[str] = frozenset()) -> str:
    """This key, or the first numbered one that nobody has: a name never comes to mean somebody else."""
    used = {*current(session), *taken}
    tries = (key, *(f"{key}-{number}" for number in range(2, len(used) + 3)))
    return next(each for each in tries if each not in used)
