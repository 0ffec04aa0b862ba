"""What somebody allowed, told as a colleague would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from opportune.cli.show import out
from opportune.rules.facts import Instant

KIND = {
    "call": "calls by a colleague",
    "call_auto": "automated calls",
    "voicemail": "voicemail",
    "email": "mail",
    None: "everything",
}
NOW = {
    "yes": "yes, since {since}{until}{to} (consent {consent})",
    "no": "no, since {since}",
    "waits": "not yet: ticked on a form, the click in our mail is missing",
    "expired": "no longer: the yes ended on {since}",
    "nothing": "nothing was ever said; the law of the place decides",
}
WHAT = {
    "yes": "said yes to {kind}",
    "confirmed": "confirmed by mail their yes to {kind}, ticked on {asked_at}",
    "no": "said no to {kind}",
    "asked": "ticked {kind} on a form; {mail}",
    "stop": "is not to be contacted: {kind}",
    "allowed": "may be contacted again, somebody of us says: {kind}",
}
PROOF = {  # where it came from, in the order of telling
    "form": "form {}", "lead": "lead {}", "file": "file {}", "line": "line {}", "date": "the day is {}", "by": "by {}",
    "evidence": "“{}”", "confirmed_ip": "confirmed from {}", "confirmed_agent": "with {}",
}  # fmt: skip


def history(found: Mapping[str, Any]) -> None:
    out.print(f"{found['name']} (contact {found['contact']})", markup=False)
    out.print("In force now:")
    for each in found["in_force"]:
        out.print(f"  {KIND[each['channel']]}: {_now(each)}", markup=False, soft_wrap=True)
    out.print("What was said:" if found["history"] else "Nothing was ever said.")
    for each in found["history"]:
        out.print(f"  {_moment(each['at'])} {_event(each)}", markup=False, soft_wrap=True)
        for line in _lines(each):
            out.print(f"    {line}", markup=False, soft_wrap=True)


def expiring(found: Sequence[Mapping[str, Any]], days: int) -> None:
    if not found:
        out.print(f"Nobody's yes ends within {days} days.")
    for each in found:
        who = f"{each['name']} (contact {each['contact']})"
        out.print(f"{_day(each['until'])} {KIND[each['channel']]}: {who}", markup=False, soft_wrap=True)


def _now(each: Mapping[str, Any]) -> str:
    if each["do_not_contact"]:
        return f"no: not to be contacted at all ({each['do_not_contact']})"
    until = f" until {_day(each['until'])}" if each["until"] else ""
    to = f", to {each['advertiser']}" if each["advertiser"] else ""
    return NOW[each["state"]].format(since=_day(each["since"]), until=until, to=to, consent=each["consent"])


def _event(each: Mapping[str, Any]) -> str:
    kind = KIND[each["channel"]] + ("" if each.get("purpose", "marketing") == "marketing" else f" ({each['purpose']})")
    asked = "asked again by mail" if each.get("mailed") else "not asked: that address was asked often enough just then"
    state = asked if each.get("open") else f"{asked}; no longer open"
    return WHAT[each["what"]].format(kind=kind, mail=state, asked_at=_day(each.get("asked_at")))


def _lines(each: Mapping[str, Any]) -> Iterator[str]:
    """The proof: words, where from, who answers for it."""
    if each.get("wording"):
        form = f", form {each['form_version'][:12]}" if each["form_version"] else ""
        to = f" To {each['advertiser']}." if each["advertiser"] else ""
        yield f"“{' '.join(each['wording'].split())}” (words {each['wording_version'][:12]}{form}).{to}"
    if each.get("reason"):
        yield f"{each['reason']}: {each.get('evidence') or ''}".rstrip(": ")
    where = [words.format(each[name]) for name, words in _VISIT.items() if each.get(name)]
    proof = each.get("proof") or {}
    where += [words.format(proof[name]) for name, words in PROOF.items() if proof.get(name)]
    if where:
        yield "; ".join(where)
    yield from _list(each.get("source"))


_VISIT = {"page": "page {}", "ip": "from {}", "agent": "with {}"}


def _list(source: Mapping[str, Any] | None) -> Iterator[str]:
    """Of a list: the basis that was declared, by whom, and the document."""
    if source is None or source["kind"] not in ("import", "bought"):
        return
    who = f", declared by {source['basis_by']}" if source["basis_by"] else ", nobody answers for it by name"
    yield f"list {source['key']}: {source['basis'] or 'no basis declared'}{who}"
    if source["document"]:
        yield f"document {source['document']}, SHA-256 {source['document_hash']}"


def _moment(at: Instant) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %b %Y %H:%M UTC")


def _day(at: Instant | None) -> str:
    return datetime.fromtimestamp(at or 0, UTC).strftime("%d %b %Y")
