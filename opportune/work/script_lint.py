"""What is wrong with the words we speak, before anybody hears them? Tried out as three people, in every language.

They run in `safe_render` like the mails: nobody approved them yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from opportune.rules.campaign import Campaign
from opportune.rules.facts import Channel
from opportune.rules.mail_fields import contexts
from opportune.rules.mail_problems import WordsError, problem
from opportune.rules.problems import Problem
from opportune.rules.script_checks import Finding, Kind, Script, as_heard
from opportune.work import mail_source, recorded, safe_render, template_names
from opportune.work.mail_source import TEXT, Source
from opportune.work.safe_render import Job, Tried

SAY = "say.j2"
KINDS: Mapping[str, Kind] = {"announce": "announce", "voicemail": "voicemail", "outline": "outline"}
Pairs = tuple[tuple[str, str], ...]
UNWISE = frozenset({"hole", "speaks_long", "no_value", "voicemail_gives_nothing", "outline_without_fact"})


def of_campaign(root: Path, campaign: Campaign, language: str) -> list[Problem]:
    """The problems of what this campaign says, with its own words in it."""
    spoken = [(loc[-1], name) for loc, channel, name in template_names.named(campaign) if channel is Channel.CALL]
    kinds = {name: KINDS.get(str(key)) or kind_of(name) for key, name in spoken}
    return lint(root, kinds, language=language, campaign=campaign)


def kind_of(name: str) -> Kind:
    """By the name of its folder: `announce_spring` speaks by itself, `outline` is looked at by a colleague."""
    return next((kind for start, kind in KINDS.items() if name.startswith(start)), "answer")


def lint(
    root: Path, kinds: Mapping[str, Kind], *, language: str = "en", campaign: Campaign | None = None
) -> list[Problem]:
    """`kinds`: name of a folder below `voice/` and what it is for."""
    found: list[Problem] = []
    sources = []
    for name in sorted(kinds):
        for tongue in mail_source.languages(root, name, "voice") or [mail_source.DEFAULT]:
            try:
                sources.append(_source(root, name, tongue))
            except WordsError as error:
                found.append(error.problem(language))
    for job, tried, heard in _tried(tuple((each, kinds[each.name]) for each in sources), *_said(campaign)):
        found += _problems(job, tried, heard, language)
    return list(dict.fromkeys(found))


@lru_cache(maxsize=64)
def _tried(
    sources: tuple[tuple[Source, Kind], ...], campaign: Pairs, sender: Pairs
) -> list[tuple[Job, Tried, list[Finding]]]:
    """Whoever checks the same words again has the answer at once."""
    jobs = [Job(each, contexts(each.language, dict(campaign) or None, dict(sender) or None)) for each, _ in sources]
    found = zip(jobs, safe_render.tried(jobs), (kind for _, kind in sources), strict=True)
    return [(job, tried, list(_heard(job, tried, kind))) for job, tried, kind in found]


def _heard(job: Job, tried: Tried, kind: Kind) -> Iterator[Finding]:
    for who, said in _words(tried).items():
        yield from as_heard(Script(who, kind, said, job.contexts[who]))


def _words(tried: Tried) -> dict[str, str]:
    return {who: " ".join(parts.text.split()) for who, parts in tried.parts.items()}


def _source(root: Path, name: str, language: str) -> Source:
    folder = mail_source.folder(root / "voice", name, language)
    return Source(name, language, str(folder), subject="", text=mail_source.words(folder / SAY), html="")


def _said(campaign: Campaign | None) -> tuple[Pairs, Pairs]:
    words = campaign.model_dump(mode="json") if campaign else {}
    said = tuple((key, str(words[key])) for key in ("name", "goal", "reason", "offer", "advertiser") if words)
    return said, tuple(sorted(words["sender"].items())) if words else ()


def _problems(job: Job, tried: Tried, heard: list[Finding], language: str) -> Iterator[Problem]:
    """One of each sort and place, however many people it meets."""
    seen = set()
    for error in tried.errors:
        yield problem(error.code, _file(error.file), error.line, error.field, language=language, **error.values)
    for near, code, values in [*heard, *_recorded(job.source, _words(tried))]:
        line = _line(job.source, near)
        if (code, line) not in seen:
            seen.add((code, line))
            severity = "warning" if code in UNWISE else "error"
            file = f"{job.source.folder}/{SAY}"
            yield problem(code, file, line, "", language=language, severity=severity, **values)


def _recorded(source: Source, words: Mapping[str, str]) -> Iterator[Finding]:
    """What a person recorded is the same for everybody."""
    file = recorded.beside(Path(source.folder))
    if file and len(set(words.values())) > 1:
        yield "{{", "recording_differs", {"recording": file.name}
    if file and file.stat().st_size > recorded.MOST_BYTES:
        yield "", "recording_large", {"recording": file.name, "most": recorded.MOST_BYTES // 1_000_000}


def _file(of_source: str) -> str:
    return of_source.removesuffix(TEXT) + SAY if of_source.endswith(f"/{TEXT}") else of_source


def _line(source: Source, near: str) -> int:
    lines = source.text.split("\n")
    return next((at for at, line in enumerate(lines, start=1) if near and near.lower() in line.lower()), 1)
