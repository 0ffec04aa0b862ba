"""Do the templates that a campaign names exist?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from opportune.rules.campaign import Campaign
from opportune.rules.facts import Channel, Shape
from opportune.rules.problems import Loc, Problem, problem
from opportune.rules.wording import UNKNOWN, first_mail

AFTER = ("after_talk", "after_secretary", "after_voicemail", "after_missed_call")
FOLDERS = {Channel.EMAIL: "mail", Channel.CALL: "voice"}


def missing(campaign: Campaign, file: str, lines: Mapping[str, int], folder: Path, language: str) -> list[Problem]:
    """A problem for each name without a template, with the nearest one there is."""
    known = {channel: _names(folder / name) for channel, name in FOLDERS.items()}
    return [
        problem(
            "no_template",
            file,
            _line(lines, loc),
            loc,
            language=language,
            value=name,
            channel=channel.value,
            given=name,
            allowed=known[channel],
        )
        for loc, channel, name in named(campaign)
        if name not in known[channel]
    ]


def named(campaign: Campaign) -> Iterator[tuple[Loc, Channel, str]]:
    """Whatever `rules.wording` may choose, each with the key that says so."""
    words = campaign.words
    spoken = {"outline": words.outline}  # also of an announcing campaign: a colleague keeps what was promised
    if campaign.calls.shape is Shape.ANNOUNCE:
        spoken |= {"announce": words.announce, "voicemail": words.voicemail}
    for channel, names in ((Channel.EMAIL, _written(campaign)), (Channel.CALL, spoken)):
        if channel in campaign.channels:
            yield from ((("words", key), channel, name) for key, name in names.items())
    for index, step in enumerate(campaign.steps):
        for channel, name in ((Channel.EMAIL, step.email), (Channel.CALL, step.call)):
            if name:
                yield ("steps", index, channel.value), channel, name
    if campaign.free_first:
        yield ("free_first",), Channel.EMAIL, campaign.free_first


def _written(campaign: Campaign) -> dict[str, str]:
    """The mails. What follows a call matters only where somebody is called."""
    words = campaign.words
    names = {"email": first_mail(campaign), "reminder": words.reminder, "last_mail": words.last_mail}
    names |= {"nurture": words.nurture}
    if Channel.CALL not in campaign.channels:
        return names
    if words.follow_up:
        return names | {"follow_up": words.follow_up}
    return names | {"follow_up": UNKNOWN} | {key: getattr(words, key) for key in AFTER}


def mail_templates(folder: Path) -> list[str]:
    return _names(folder / FOLDERS[Channel.EMAIL])


def _names(folder: Path) -> list[str]:
    """Without the languages that a template is translated into (`meeting.de`)."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted({each.name.partition(".")[0] for each in found if each.is_dir()})


def _line(lines: Mapping[str, int], loc: Loc) -> int:
    """Of this key, or of the nearest one around it."""
    key = ".".join(map(str, loc))
    return lines[key] if key in lines else _line(lines, loc[:-1])
