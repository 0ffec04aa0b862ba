"""Was any promise broken? Judged from what the stand-ins saw and from plain SQL; nothing of the engine is imported.

Each check answers with sentences; no sentence means that the promise held. The table of moves, the hours and the caps
are written down here a second time, on purpose.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from faults.worlds import manners
from faults.worlds.evidence import Evidence

HOUR, DAY = 3600, 86400
LEASE, SLACK = 60, 60
LATE = {"call": SLACK, "email": SLACK + 2 * 300}  # mails are looked at every five minutes, by one who may die
CANCEL = 2  # seconds in which the carrier is asked to stop a call
WAITING = ("sent", "ringing", "cancel_requested")
DEADLINE = {"call": HOUR, "email": DAY}
CONNECTIONS = 8
NOT_TWICE = ("approach", "follow_up", "callback", "nurture")
_AFTER_SENT = {"delivered", "ringing", "answered", "completed", "no_answer", "busy", "voicemail_left", "bounced",
               "complained", "failed", "cancel_requested", "cancelled"}  # fmt: skip
MOVES: dict[str | None, set[str]] = {
    None: {"planned"},
    "planned": {"planned", "claimed", "cancelled", "expired"},
    "claimed": {"planned", "sending", "cancelled", "expired"},
    "sending": {"sent", "failed", "not_sent", "uncertain"},
    "uncertain": {"sent", "not_sent", "assumed_sent"},
    "sent": _AFTER_SENT,
    "delivered": {"bounced", "complained"},
    "ringing": _AFTER_SENT - {"delivered", "ringing"},
    "answered": {"completed", "voicemail_left", "failed", "no_answer", "busy", "cancelled", "cancel_requested"},
    "cancel_requested": {"cancelled", "completed", "no_answer", "busy", "failed", "answered", "ringing",
                         "voicemail_left"},
}  # fmt: skip
OPEN_CALL = ("sent", "ringing", "answered", "cancel_requested")


Check = Callable[[Evidence], Iterator[str]]


def audit(evidence: Evidence, besides: tuple[Check, ...] = ()) -> list[str]:
    """Every broken promise, in words; `besides`: without these checks."""
    checks = [check for check in CHECKS if check not in besides]
    return [f"{check.__name__.replace('_', ' ')}: {words}" for check in checks for words in check(evidence)]


def nothing_fails_unexpectedly(e: Evidence) -> Iterator[str]:
    yield from e.failures[:3]


def at_most_one_effect_per_attempt(e: Evidence) -> Iterator[str]:
    for what in ("mail", "placed"):
        seen = [t for _, t in e.all(what) if t["kind"] in NOT_TWICE]
        yield from _more_than(1, (t["key"] for t in seen), what)
        steps = [(t["campaign"], t["contact_id"], t["step"]) for t in seen]
        yield from _more_than(1, steps, f"{what}, over all attempts of a step")
    heard = {(t["key"], s.detail) for s, t in e.all("hears")}
    yield from _more_than(1, (key for key, _ in heard), "words on two calls")
    spoken = [s.token for s in e.seen if s.what in ("mail", "placed") and s.token not in e.touches]
    yield from (f"{token} left and is no attempt of ours" for token in spoken)


def what_was_asked_for_goes_twice_at_most_under_one_id(e: Evidence) -> Iterator[str]:
    ids: dict[str, set[str]] = defaultdict(set)
    asked = [(s, t) for s, t in e.all("mail") if t["kind"] == "requested"]
    for seen, touch in asked:
        ids[touch["key"].rpartition(":")[0]].add(seen.detail)
    yield from (f"{key} has Message-IDs {sorted(found)}" for key, found in ids.items() if len(found) > 1)
    yield from _more_than(2, (t["key"].rpartition(":")[0] for _, t in asked), "transmissions")


def nothing_leaves_before_the_point_of_no_return(e: Evidence) -> Iterator[str]:
    for seen, touch in e.all("mail", "placed"):
        if not any(mark["id"] <= seen.mark for mark in e.sending.get(touch["id"], ())):
            yield f"{seen.what} of {touch['key']} left before it was marked"


def nothing_enters_sending_after_a_no(e: Evidence) -> Iterator[str]:
    for ack in e.acks:
        for id, marks in e.sending.items():
            if e.by_id[id]["contact_id"] == ack.contact and any(mark["id"] > ack.mark for mark in marks):
                yield f"{e.by_id[id]['key']} after {ack.way} at {ack.at}"
        for seen, touch in e.all("hears"):
            late = (seen.at, seen.mark) > (ack.at, ack.mark) and not e.on_their_way(seen, touch["id"], ack.mark)
            if touch["contact_id"] == ack.contact and late:
                yield f"{touch['key']} spoke at {seen.at} after {ack.way} at {ack.at}"


def nothing_enters_sending_while_it_is_stopped(e: Evidence) -> Iterator[str]:
    for stop in e.stops:
        for id, marks in e.sending.items():
            touch = e.by_id[id]
            theirs = stop.campaign is None or (touch["campaign"] == stop.campaign and touch["kind"] in NOT_TWICE)
            if theirs and any(stop.since < mark["id"] <= (stop.until or mark["id"]) for mark in marks):
                yield f"{touch['key']} although {stop.campaign or 'everything'} was paused"


def a_no_ends_a_waiting_call_in_seconds(e: Evidence) -> Iterator[str]:
    heard = {s.detail: s.at for s, _ in e.all("hears", "ends")}
    asked = {s.detail: s.at for s, _ in reversed(e.all("asked to end"))}
    dark = [s.at for s in e.seen if s.what == "unreachable"]
    for ack in e.acks:
        for seen, touch in e.all("placed"):
            known = [event["now"] for event in e.events[touch["id"]] if event["id"] <= ack.mark]
            if touch["contact_id"] != ack.contact or seen.token == ack.token or not known or known[-1] not in WAITING:
                continue
            late = ack.at + CANCEL
            excused = e.down(ack.at, late) or any(ack.at <= at <= late for at in dark)
            if heard.get(seen.detail, late + 1) > late and asked.get(seen.detail, late + 1) > late and not excused:
                yield f"{touch['key']} still waits {CANCEL} s after {ack.way} at {ack.at}"


def every_move_is_in_the_table(e: Evidence) -> Iterator[str]:
    for id, events in e.events.items():
        was: str | None = None
        fence = 0
        for event in events:
            noted = event["was"] == event["now"] != "planned" or (event["was"] == event["now"] == was)
            if event["was"] != was:
                yield f"{id}: {event['was']} to {event['now']}, but it was {was}"
            elif not noted and event["now"] not in MOVES.get(was, set()):
                yield f"{id}: from {was} to {event['now']}"
            if event["fence"] < fence or (event["now"] == "claimed" != was and event["fence"] == fence):
                yield f"{id}: fence {event['fence']} after {fence}"
            was, fence = event["now"], event["fence"]
        if was != e.by_id[id]["state"]:
            yield f"{id}: the events say {was}, the row {e.by_id[id]['state']}"
        if sum(event["now"] == "sending" and event["was"] != "sending" for event in events) > 1:
            yield f"{id}: marked as sending twice"


def leases_and_doubts_end_in_time(e: Evidence) -> Iterator[str]:
    for id, events in e.events.items():
        moves = [event for event in events if event["was"] != event["now"]]
        ends = [e.committed[event["id"]] for event in moves[1:]] + [e.end]
        for event, end in zip(moves, ends, strict=True):
            since = e.committed[event["id"]]
            lasted = end - since
            awake = lasted - e.down(since, end)
            if event["now"] == "claimed" and awake > LEASE + SLACK:
                yield f"{id} was claimed for {lasted} s"
            if event["now"] == "uncertain":
                touch = e.by_id[id]
                age = end - (touch["sending_at"] or end)
                unasked = (SLACK + 1) * sum(
                    s.what == "unreachable" and s.at >= (touch["sending_at"] or 0) + HOUR for s in e.seen
                )
                if age - e.down(end - age, end) - unasked > DEADLINE[touch["channel"]] + LATE[touch["channel"]]:
                    yield f"{id} was not sure for {age} s"


def only_what_is_abandoned_is_taken_back(e: Evidence) -> Iterator[str]:
    for id, events in e.events.items():
        for before, event in pairwise(events):
            age = e.committed[event["id"]] - before["at"]
            if event["why"] == "lease over" and age < LEASE - 5:
                yield f"{id} was taken from a living owner after {age} s"
            if (
                (before["now"], event["now"]) == ("sending", "uncertain")
                and event["who"] not in ("dispatcher", "operator-first")  # who asked says so themselves
                and age < LEASE - 5
            ):
                yield f"{id} was given up after {age} s"


def answers_are_read_rightly(e: Evidence) -> Iterator[str]:
    left = {t["id"] for _, t in e.all("mail", "rings")}
    sent = {s.detail for s in e.seen if s.what == "mail"}
    for touch in e.touches.values():
        definite = touch["state"] == "not_sent" and touch["kind"] != "requested"
        refused = touch["state"] == "failed" and touch["channel"] == "email"
        if (definite or refused) and touch["id"] in left:
            yield f"{touch['key']} is {touch['state']}, but it left"
        if touch["channel"] == "email" and touch["provider_id"] and touch["message_id"] not in sent:
            yield f"{touch['key']} is {touch['state']}, but nobody saw it"


def every_mark_says_what_it_rests_on(e: Evidence) -> Iterator[str]:
    for id, marks in e.sending.items():
        touch = e.by_id[id]
        wanted = ["words_hash"] + (["message_id"] if touch["channel"] == "email" else [])
        wanted += [] if touch["kind"] == "requested" else ["consent_id", "rules_version", "decision_id"]
        missing = [name for name in wanted if marks and not touch[name]]
        if missing:
            yield f"{touch['key']} has no {', '.join(missing)}"


def everything_counts_once(e: Evidence) -> Iterator[str]:
    costs = e.database.execute("SELECT touch_id, kind FROM touch_cost").fetchall()
    yield from _more_than(1, map(tuple, costs), "costs")
    keys = [id for id, events in e.events.items() for event in events if str(event["why"]).startswith("pressed")]
    yield from _more_than(1, keys, "a key that was pressed")
    met = e.database.execute("SELECT contact_id, touch_id FROM outcome WHERE kind = 'opt_out'").fetchall()
    yield from _more_than(1, (row["contact_id"] for row in met), "a no")


def what_was_acknowledged_is_there(e: Evidence) -> Iterator[str]:
    stored = [row["idempotency_key"] for row in e.database.execute("SELECT idempotency_key FROM lead")]
    for seen in e.seen:
        if seen.what == "lead" and sum(f":{seen.token}:" in key for key in stored) != 1:
            yield f"{seen.token} was acknowledged"
    no = {row["contact_id"] for row in e.database.execute("SELECT contact_id FROM suppression WHERE undone_at IS NULL")}
    yield from (f"the no of {ack.contact} by {ack.way}" for ack in e.acks if ack.contact not in no)


def a_death_leaves_few_doubts(e: Evidence) -> Iterator[str]:
    yield from (f"{count} attempts were under way" for count in e.left_by_dead if count > CONNECTIONS)


def nobody_is_unaccounted_for(e: Evidence) -> Iterator[str]:
    forgotten = e.database.execute(
        "SELECT e.id FROM enrolment e WHERE e.state = 'active' AND e.decide_at IS NULL AND NOT EXISTS (SELECT 1 FROM"
        " touch t WHERE t.enrolment_id = e.id AND (t.state IN ('planned', 'claimed', 'sending', 'uncertain') OR"
        " (t.channel = 'call' AND t.state IN ('sent', 'ringing', 'answered', 'cancel_requested'))))"
        " AND (SELECT d.verdict FROM decision d WHERE d.enrolment_id = e.id"
        " ORDER BY d.id DESC LIMIT 1) <> 'held'"
    ).fetchall()
    for row in forgotten:
        mine = (t for t in e.touches.values() if t["enrolment_id"] == row["id"])
        last = max((t["settled_at"] or t["sent_at"] or 0 for t in mine), default=0)
        if last < e.end - 4 * DAY - e.down(e.end - 4 * DAY, e.end):  # the night finds the others
            yield f"enrolment {row['id']} waits for nothing since {last}"
    for touch in e.touches.values() if e.settled else ():
        late = {"planned": touch["due_at"] + 2 * DAY, "claimed": 0, "sending": 0, "uncertain": 0}.get(touch["state"])
        if touch["channel"] == "call" and touch["state"] in OPEN_CALL:
            late = touch["sent_at"] + HOUR
        if late is not None and late < e.end:
            yield f"{touch['key']} is still {touch['state']}"


CHECKS: tuple[Check, ...] = (
    nothing_fails_unexpectedly, at_most_one_effect_per_attempt, what_was_asked_for_goes_twice_at_most_under_one_id,
    nothing_leaves_before_the_point_of_no_return, nothing_enters_sending_after_a_no,
    nothing_enters_sending_while_it_is_stopped, a_no_ends_a_waiting_call_in_seconds, *manners.CHECKS,
    every_move_is_in_the_table, leases_and_doubts_end_in_time,
    only_what_is_abandoned_is_taken_back, answers_are_read_rightly, every_mark_says_what_it_rests_on,
    everything_counts_once, what_was_acknowledged_is_there, a_death_leaves_few_doubts, nobody_is_unaccounted_for,
)  # fmt: skip


def _more_than(most: int, things: Iterable[Any], what: str) -> Iterator[str]:
    yield from (f"{thing}: {count} times ({what})" for thing, count in Counter(things).items() if count > most)
