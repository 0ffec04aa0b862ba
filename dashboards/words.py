"""How is a decision said on screen? Its reasons as sentences, its moments in the person's own time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboards.kit.format import there
from dashboards.kit.language import language
from dashboards.kit.said import known, t, word
from opportune.rules.facts import Instant, Reason
from opportune.rules.reasons import phrase, sentence, when

#: Reasons that only tell the moment of what was chosen already, and what its talk is for.
TIMING = frozenset(
    {"mail_slot", "cold_hour", "call_hour", "executive_hour", "other_part", "voicemail"}
    | {"aim_interest", "aim_meeting", "aim_terms"}
)


def plain(word: str | None) -> str:
    """A word we have no better one for."""
    return (word or "").replace("_", " ")


def because(stored: dict[str, Any]) -> str:
    """The sentence of a stored reason; one of older rules, whose sentence is gone, is named by its code."""
    try:
        return sentence(Reason(stored["code"], stored["rule"], stored["values"]), language())
    except KeyError:
        return f"{plain(stored['code'])}."


def main_reason(verdict: str, reasons: list[dict[str, Any]]) -> str:
    """The one sentence that a row has room for: of a contact the choice of channel, of a refusal its last word."""
    chosen = [reason for reason in reasons if reason["code"] not in TIMING] if verdict == "act" else []
    last = (chosen or reasons)[-1:]
    return because(last[0]) if last else ""


def changed(change: dict[str, Any]) -> str:
    """What would have had to be otherwise."""
    fact, value = change["fact"], str(change["value"])
    if fact.startswith("consent_"):
        return t("decisions.had.consent", value=word("single", fact.removeprefix("consent_")))
    said = word({"preference": "single"}.get(fact, fact), value)
    said = said if fact == "preference" else said.lower()
    if known(f"decisions.had.{fact}"):
        return t(f"decisions.had.{fact}", value=said)
    return t("decisions.had.other", fact=plain(fact), value=said)


def held_words(held: str) -> str:
    """What is missing: "needs a time zone"; a note of older rules stays as it was written."""
    try:
        return phrase(held, language())
    except KeyError:
        return held


def decided(verdict: str, channel: str | None, held: str | None) -> str:
    """One short phrase for what was decided."""
    if verdict == "act":
        return word("channel", channel)
    return t("common.held.by", held=held_words(held)) if verdict == "held" and held else word("verdict", verdict)


def short(at: Instant, zone: str = "UTC") -> str:
    """Wed 18 Nov, 15:31: as the clock there shows it."""
    return when(there(at, zone), language())


def local(at: Instant, zones: Iterable[str]) -> str:
    """The person's own time: "Wed 18 Nov, 03:46 or 02:46" while their zone is not certain."""
    days: dict[str, dict[str, None]] = {}
    for zone in zones:
        date, time = short(at, zone).rsplit(", ", 1)
        days.setdefault(date, {})[time] = None
    said = [f"{date}, {t('common.or').join(times)}" for date, times in days.items()]
    return t("common.or").join(said) or t("common.utc_for_want", at=short(at))


def place(zones: list[str]) -> str:
    """'Europe/Chisinau', or how many zones are possible."""
    if not zones:
        return t("common.unknown_zone")
    return zones[0].replace("_", " ") if len(zones) == 1 else t("common.zones", n=len(zones))
