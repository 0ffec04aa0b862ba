"""What is wrong with the templates of the mail, before anybody gets one? Tried out as three people, in every language.

The words run in `safe_render`, never here: nobody approved them yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from opportune.rules.campaign import Campaign
from opportune.rules.letter_checks import Finding, Letter, as_received, as_written
from opportune.rules.mail_fields import contexts
from opportune.rules.mail_problems import WordsError, problem
from opportune.rules.problems import Problem
from opportune.settings import settings
from opportune.work import enclosed, mail_source, safe_render
from opportune.work.filling import Context
from opportune.work.mail_source import HTML, SUBJECT, TEXT, Source
from opportune.work.safe_render import Job, Tried

PARTS = {"subject": SUBJECT, "text": TEXT, "html": HTML}
UNWISE = frozenset({"hole"})
#: What may come before a follow-up: each way through it is tried.
CAUSES = ("talked", "email_please", "secretary", "voicemail_left", "no_answer")
Pairs = tuple[tuple[str, str], ...]


def lint(root: Path, names: Iterable[str], *, language: str = "en", campaign: Campaign | None = None) -> list[Problem]:
    """The problems of these templates in all their languages, told in `language`. `campaign`: with its own words."""
    words = campaign.model_dump(mode="json") if campaign else {}
    said = tuple((key, str(words[key])) for key in ("name", "goal", "reason", "offer", "advertiser") if words)
    sender = tuple(sorted(words["sender"].items())) if words else ()
    sources, unreadable = _sources(root, sorted(set(names)), language)
    found = [*unreadable, *_all(tuple(sources), said, sender, language)]
    return list(dict.fromkeys(found))  # the frame is the same for all


def _sources(root: Path, names: Sequence[str], language: str) -> tuple[list[Source], list[Problem]]:
    sources, problems = [], []
    for name in names:
        for tongue in mail_source.languages(root, name) or [mail_source.DEFAULT]:
            try:
                source = mail_source.load(root, name, tongue)
                enclosed.files(source, settings().mail_attachments_mb)
                sources.append(source)
            except WordsError as error:
                problems.append(error.problem(language))
    return sources, problems


@lru_cache(maxsize=64)
def _all(sources: tuple[Source, ...], campaign: Pairs, sender: Pairs, language: str) -> tuple[Problem, ...]:
    """Whoever checks the same words again has the answer at once."""
    found: list[Problem] = []
    jobs = [Job(each, _contexts(each.language, campaign, sender)) for each in sources]
    for job, tried in zip(jobs, safe_render.tried(jobs), strict=True):
        found += _problems(job, tried, language)
    return tuple(found)


def _contexts(language: str, campaign: Pairs, sender: Pairs) -> dict[str, Context]:
    found = contexts(language, dict(campaign) or None, dict(sender) or None)
    known = next(iter(found.values()))
    return found | {f"{known['person']['name']}, {cause}": known | {"cause": cause} for cause in CAUSES}


def _problems(job: Job, tried: Tried, language: str) -> list[Problem]:
    """One of each sort and place, however many people it meets."""
    found = {(error.code, error.file, error.line): error.problem(language) for error in tried.errors}
    if tried.errors:
        return list(found.values())
    for part, near, code, values in _findings(job, tried):
        file, line = _place(job.source, PARTS[part], near)
        severity = "warning" if code in UNWISE else "error"
        told = problem(code, file, line, part, language=language, severity=severity, **values)
        found.setdefault((code, file, line), told)
    return list(found.values())


def _findings(job: Job, tried: Tried) -> Iterator[Finding]:
    """Of each different letter: most templates say the same whatever the call came to."""
    source = job.source
    yield from as_written(source.subject, source.framed(HTML))
    different = {parts: who for who, parts in reversed(tried.parts.items())}
    for parts, who in different.items():
        letter = Letter(who, *parts, job.contexts[who])
        yield from as_received(letter, marketing=source.purpose == "marketing", answers=source.answers)


def _place(source: Source, part: str, near: str) -> tuple[str, int]:
    """File and line of these words as they were written: the last ones, since a question stands at the end."""
    lines = source.framed(part).split("\n")
    hits = [number for number, line in enumerate(lines, start=1) if near and near.lower() in line.lower()]
    return source.at(part, hits[-1]) if hits else (f"{source.folder}/{part}", 1)
