"""How does a campaign go live? A checked document becomes a stored version, somebody approves it, and it is published.

People already inside keep their version unless they are moved (`moving`). Pausing and the like: `campaign_life`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.law import LawBook
from opportune.rules.campaign import Campaign
from opportune.rules.document import Problem, lines, read
from opportune.rules.facts import DAY, Channel, Shape
from opportune.rules.lint import lint
from opportune.rules.problems import problem
from opportune.settings import ROOT
from opportune.store import models as m
from opportune.work import (
    approval,
    audience,
    campaign_days,
    moving,
    operators,
    preflights,
    script_lint,
    segment_pins,
    segment_sql,
    stops,
    template_lint,
    template_names,
    versions,
)
from opportune.work.versions import NotAllowed
from opportune.work.world import World

FRESH = DAY  # a check older than this says nothing of templates and people of today


class Refused(Exception):
    """The document has errors: nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.file}:{p.line}: {p.message}" for p in problems))
        self.problems = problems


def check(
    paths: Sequence[Path],
    *,
    templates: Path = ROOT / "templates",
    language: str = "en",
    law: LawBook | None = None,
) -> tuple[list[Campaign], list[Problem]]:
    """Read the documents; needs no database. Errors refuse, warnings only tell what is unwise. `law`: whether the
    countries that a document names allow what it plans."""
    campaigns, problems = [], []
    for path in paths:
        campaign, _, found = _check(path, templates, language, law)
        campaigns += [campaign] if campaign else []
        problems += found
    return campaigns, problems


def _check(
    path: Path, templates: Path, language: str, law: LawBook | None = None
) -> tuple[Campaign | None, str, list[Problem]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, "", [problem("file_unreadable", str(path), 1, language=language, why=error)]
    campaign, found = read(text, str(path), language)
    if campaign is None:
        return None, text, found
    where = lines(text)
    missing = template_names.missing(campaign, str(path), where, templates, language)
    places = [law.row(country) for country in campaign.audience.countries] if law else []
    unwise = lint(campaign, file=str(path), lines=where, language=language, places=places)
    found = [*missing, *unwise, *([] if missing else _words(campaign, templates, language))]
    return (None if any(each.severity == "error" for each in found) else campaign), text, found


def _words(campaign: Campaign, templates: Path, language: str) -> list[Problem]:
    """What is wrong in its mails and in what it says, with its own words in them (A10, A11, B4, B6)."""
    names = [name for _, channel, name in template_names.named(campaign) if channel is Channel.EMAIL]
    written = template_lint.lint(templates, names, language=language, campaign=campaign)
    return [*written, *script_lint.of_campaign(templates, campaign, language)]


def store(world: World, path: Path, *, author: str, note: str = "") -> m.CampaignVersion:
    """Keep this document as a checked version. The same words are stored once, and their check is renewed.

    Raises:
        Refused: the document has errors.
    """
    campaign, text, problems = _check(path, world.settings.templates, world.settings.language)
    if campaign is not None:
        problems += [*_no_operator(world, campaign, path, text), *_no_segment(world, campaign, path, text)]
    if (errors := [each for each in problems if each.severity == "error"]) or campaign is None:
        raise Refused(errors)
    with world.db.write() as session:
        return versions.stored(session, campaign, text, author, note, world.clock.now())


def _no_operator(world: World, campaign: Campaign, path: Path, text: str) -> list[Problem]:
    """Somebody must be there: a colleague who is rung first, or the number that key 1 leads to."""
    if Channel.CALL not in campaign.channels or not campaign.calls.most:
        return []
    live = campaign.calls.shape is Shape.OPERATOR_FIRST
    if campaign.calls.operator_phone or world.settings.operator_phone or (live and _colleagues(world)):
        return []
    line = lines(text).get("calls", 1)
    return [problem("no_operator", str(path), line, ("calls", "operator_phone"), language=world.settings.language)]


def _no_segment(world: World, campaign: Campaign, path: Path, text: str) -> list[Problem]:
    """A segment that does not exist has nobody (E6)."""
    named = campaign.audience.segment
    with world.db.read() as session:
        known = segment_sql.current(session)
    if named is None or named in known:
        return []
    where, told = ("audience", "segment"), {"value": named, "given": named, "allowed": sorted(known) or ["(none)"]}
    line = lines(text)[".".join(where)]
    return [problem("no_segment", str(path), line, where, language=world.settings.language, **told)]


def _colleagues(world: World) -> int:
    """How many were entered, and may be rung once they are on duty."""
    with world.db.read() as session:
        return session.scalar(select(func.count(m.Operator.id)).where(*operators.OURS)) or 0


def approve(world: World, what: str | Path, *, by: str) -> m.CampaignVersion:
    """Approve a file, or the newest version of a campaign that was stored but not yet published; or else the live one
    once more, because its templates or the segments of its audience were changed since.

    Raises:
        Refused: the document or a template has errors.
        NotAllowed: its check is older than a day, nobody is named, or the author alone may not decide for so many.
    """
    if not by.strip():
        raise NotAllowed("nobody is named who approves: say it with --by")
    now = world.clock.now()
    found = store(world, what, author=by) if isinstance(what, Path) else _waiting(world, what)
    if (found.checked_at or 0) < now - FRESH and found.published_at is None:
        raise NotAllowed("its check is older than 24 hours: run opportune campaign check FILE --store again")
    people = size(world, found)
    if people > world.settings.approval_above and _same(by, found.author):
        raise NotAllowed(_needs_second(found, people, world))
    with world.db.write() as session:
        return versions.approved(session, found.id, by, people, _prints(world, session, found), now)


def _waiting(world: World, key: str) -> m.CampaignVersion:
    """What waits for approval under this key."""
    with world.db.read() as session:
        newest = versions.history(session, versions.named(session, key).id)[:1]
        again = bool(newest) and newest[0].published_at is not None and _other_now(world, session, newest[0])
        found = newest[0] if again else versions.newest_draft(session, key)
    problems = _words(Campaign.model_validate(found.document), world.settings.templates, world.settings.language)
    if errors := [each for each in problems if each.severity == "error"]:
        raise Refused(errors)
    return found


def _prints(world: World, session: Session, version: m.CampaignVersion) -> approval.Prints:
    campaign = Campaign.model_validate(version.document)
    return approval.prints(world.settings.templates, campaign) | segment_pins.of(session, campaign)


def _other_now(world: World, session: Session, version: m.CampaignVersion) -> bool:
    """Its words or its audience are no longer what was approved."""
    campaign = Campaign.model_validate(version.document)
    return bool(approval.changed(world, version) or segment_pins.changed(session, campaign, version.templates))


def activate(
    world: World, path: Path, *, author: str, note: str = "", move: bool = False, without_preflight: str = ""
) -> m.CampaignVersion:
    """Publish this document; for no more people than the settings allow one person to decide for, approve it too.
    Publishing it twice changes nothing. `without_preflight`: why it may send though its domain was not looked at.

    Raises:
        Refused: the document has errors.
        NotAllowed: its last day is over, or so many people need a second person's approval first, or its domain a
            preflight: then the version is stored and waits.
    """
    version = store(world, path, author=author, note=note)
    campaign_days.must_run(Campaign.model_validate(version.document), world.clock.now())
    with world.db.read() as session:
        again = version.approved_at is None or _other_now(world, session, version)
    if again:
        people = size(world, version)
        if people > world.settings.approval_above:
            raise NotAllowed(_needs_second(version, people, world))
        with world.db.write() as session:
            versions.approved(session, version.id, author, people, _prints(world, session, version), world.clock.now())
    with world.db.write() as session:
        preflights.must_have_passed(world, session, version, without_preflight, author)
    live = stops.publish(world, version.id, author, note)
    if move:
        moving.move(world, live.campaign_id, live.id, author)
    return live


def rollback(
    world: World, key: str, sha: str, *, by: str, note: str = "", without_preflight: str = ""
) -> m.CampaignVersion:
    """Publish an old version once more, as a new row: the history shows what was live when.

    Raises:
        NotAllowed: there is no such version, today's rules refuse it, it is over, or its domain needs a preflight.
    """
    with world.db.write() as session:
        again = versions.copied(session, key, sha, by, note, world.clock.now())
        campaign_days.must_run(Campaign.model_validate(again.document), world.clock.now())
        preflights.must_have_passed(world, session, again, without_preflight, by)
    return stops.publish(world, again.id, by, note)


def size(world: World, version: m.CampaignVersion) -> int:
    """How many people this version is meant for now."""
    with world.db.read() as session:
        return audience.count(session, Campaign.model_validate(version.document), world.clock.now()).people


def _needs_second(version: m.CampaignVersion, people: int, world: World) -> str:
    key, limit = version.document["key"], world.settings.approval_above
    return (
        f"{people:,} people are more than one person decides for ({limit:,}): somebody other than {version.author} "
        f"runs opportune campaign approve {key} --by NAME, then activate again (version {version.sha[:12]} waits)"
    )


def _same(one: str, other: str | None) -> bool:
    return len({" ".join(unicodedata.normalize("NFKC", each).casefold().split()) for each in (one, other or "")}) == 1
