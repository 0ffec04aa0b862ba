"""What can happen to the rows the board counts, and what follows from them? By lot, and counted in plain loops."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, HOUR
from opportune.store import models as m
from opportune.store.db import Database

START = 20_600 * DAY  # a Thursday
NOW = START + 40 * DAY
WINDOWS = {1: 14 * DAY, 2: 7 * DAY}
TALKED = ("talked", "interested", "meeting_booked", "not_interested")
RESULTS = (None, "no_answer", "talked", "secretary", "interested", "do_not_call", "busy")


class Hand:
    """Does something to the rows, drawn by lot; never the same key twice."""

    def __init__(self, session: Session, dice: random.Random, step: int) -> None:
        self.session, self.dice, self.step = session, dice, step
        self.at = START + dice.randrange(20 * DAY)

    def some(self, table: type[m.Base]) -> Any:
        rows = self.session.query(table).order_by(table.id).all()  # type: ignore[attr-defined]
        return self.dice.choice(rows) if rows else None

    def decide(self) -> None:
        """Also again for the same enrolment, and refusals."""
        whose, channel = self.some(m.Enrolment), self.dice.choice(("call", "email", None))
        chance = self.dice.choice((None, 0.25, 0.7))
        both = {"call": chance, "email": 1 - chance} if chance else {"call": 1.0}
        self.session.add(m.Decision(
            enrolment_id=whose.id, campaign_id=whose.campaign_id, contact_id=whose.contact_id, at=self.at,
            version_id=whose.version_id, rules_version="1", step=1, first=channel is not None,
            verdict="act" if channel else "wait", channel=channel, kind="approach",
            mode=self.dice.choice(("policy", "explore")), propensity=chance, propensities=both, context={},
            ruled_out={}, reasons=[], changes=[], moment=self.at + HOUR, status=self.dice.choice(("staff", None)),
            template=self.dice.choice(("short", "long")), ahead=self.dice.choice((None, 3600, -18_000)),
        ))  # fmt: skip

    def touch(self) -> None:
        whose, left = self.some(m.Enrolment), self.dice.choice((True, True, False))
        at = self.at if left else None
        self.session.add(m.Touch(
            key=f"k{self.step}", token=f"t{self.step}", campaign_id=whose.campaign_id, contact_id=whose.contact_id,
            enrolment_id=whose.id if self.dice.random() < 0.9 else None, step=self.step, attempt=1,
            channel=self.dice.choice(("call", "email")), kind="approach", template=self.dice.choice(("short", "long")),
            automated=False, voicemail=False, state="sent" if left else "planned", due_at=self.at, not_after=self.at,
            ahead=self.dice.choice((None, 7200, -18_000)), fence=0, sending_at=at, sent_at=at, rules_version="1",
            result=self.dice.choice(RESULTS), rank=0,
        ))  # fmt: skip

    def leave(self) -> None:
        touch = self.some(m.Touch)
        if touch is not None:
            touch.sending_at, touch.state = self.at, self.dice.choice(("sending", "sent", "uncertain", "not_sent"))
            touch.sent_at = self.at if touch.state == "sent" else None

    def result(self) -> None:
        if (touch := self.some(m.Touch)) is not None:
            touch.result = self.dice.choice(RESULTS)

    def outcome(self) -> None:
        touch, whose = self.some(m.Touch), self.some(m.Enrolment)
        kind = self.dice.choice(("reply", "goal_met", "goal_met", "meeting_kept", "opt_out", "lost"))
        self.session.add(m.Outcome(
            enrolment_id=None if kind == "opt_out" else whose.id, contact_id=whose.contact_id, at=self.at, kind=kind,
            touch_id=touch.id if touch is not None and self.dice.random() < 0.7 else None,
        ))  # fmt: skip

    def outcome_changes(self) -> None:
        if (row := self.some(m.Outcome)) is not None:
            row.kind, row.at = self.dice.choice(("reply", "goal_met", "lost")), self.at

    def cost(self) -> None:
        if (touch := self.some(m.Touch)) is not None:
            amount = self.dice.choice((0.002, 0.014, 0.028))
            self.session.add(m.TouchCost(touch_id=touch.id, kind="mail", amount=amount, currency="EUR"))

    def click(self) -> None:
        if (touch := self.some(m.Touch)) is not None:
            machine = self.dice.choice((None, None, "head"))
            self.session.add(m.MailClick(touch_id=touch.id, at=self.at, machine=machine))

    def source(self) -> None:
        self.some(m.Contact).source_id = self.dice.choice((None, 1, 2))

    def hand_over(self) -> None:
        """As merging does, and its undoing."""
        row, to = self.some(self.dice.choice((m.Touch, m.Decision))), self.some(m.Enrolment)
        if row is not None:
            row.contact_id, row.enrolment_id = to.contact_id, self.dice.choice((row.enrolment_id, to.id))

    def erase(self) -> None:
        row = self.some(self.dice.choice((m.Outcome, m.TouchCost, m.MailClick, m.Decision)))
        if row is not None:
            self.session.delete(row)

    def erase_touch(self) -> None:
        if (touch := self.some(m.Touch)) is not None:
            for table in (m.TouchCost, m.MailClick, m.Outcome):
                self.session.query(table).filter_by(touch_id=touch.id).delete()  # type: ignore[attr-defined]
            self.session.delete(touch)


ACTS: tuple[Callable[[Hand], None], ...] = (
    Hand.decide, Hand.decide, Hand.touch, Hand.touch, Hand.touch, Hand.leave, Hand.leave, Hand.result, Hand.outcome,
    Hand.outcome, Hand.outcome_changes, Hand.cost, Hand.click, Hand.source, Hand.hand_over, Hand.erase,
    Hand.erase_touch,
)  # fmt: skip


class Plain:
    """The plain rows, and what follows from them."""

    def __init__(self, db: Database) -> None:
        with db.read() as session:
            rows = {t: session.query(t).order_by(t.id).all() for t in  # type: ignore[attr-defined]
                    (m.Decision, m.Touch, m.Outcome, m.TouchCost, m.MailClick, m.Contact, m.Campaign)}  # fmt: skip
        self.decisions, self.touches, self.outcomes = rows[m.Decision], rows[m.Touch], rows[m.Outcome]
        self.clicks = [k for k in rows[m.MailClick] if k.machine is None]
        self.costs = Counter[int]()
        for row in rows[m.TouchCost]:
            self.costs[row.touch_id] += round(row.amount * 1e6)
        self.sources = {c.id: {None: None, 1: "fair", 2: "register"}[c.source_id] for c in rows[m.Contact]}
        self.campaigns = {c.id: c for c in rows[m.Campaign]}
        self.firsts: dict[int, m.Decision] = {}
        for decision in self.decisions:
            if decision.first:
                self.firsts.setdefault(decision.enrolment_id, decision)

    def left(self, enrolment: int) -> list[m.Touch]:
        mine = [t for t in self.touches if t.enrolment_id == enrolment and (t.sent_at or t.state == "uncertain")]
        return sorted(mine, key=lambda t: (t.sending_at, t.id))

    def answered(self, touch: m.Touch, until: int = 2**60) -> bool:
        if touch.channel == "call":
            return touch.result in (*TALKED, "secretary", "do_not_call")
        return any(k.touch_id == touch.id and k.at < until for k in self.clicks)

    def people(self) -> Iterator[tuple[dict[str, Any], bool, tuple[int, ...]]]:
        for enrolment, d in self.firsts.items():
            end = d.at + WINDOWS[d.version_id]
            mine = [t for t in self.left(enrolment) if t.sending_at < end]
            came = {o.kind for o in self.outcomes if o.enrolment_id == enrolment and d.at <= o.at < end}
            kept = any(o.kind == "meeting_kept" and o.enrolment_id == enrolment and o.at >= d.at for o in self.outcomes)
            no = any(o.kind == "opt_out" and o.contact_id == d.contact_id and d.at <= o.at < end for o in self.outcomes)
            talked = any(t.channel == "call" and t.result in TALKED for t in mine) or "reply" in came
            reached = talked or any(self.answered(t, end) for t in mine)
            spent = sum(self.costs[t.id] for t in mine)
            met = "goal_met" in came
            day, both = d.at - d.at % DAY, "email" in d.propensities
            known = {
                "channel": d.channel, "mode": d.mode, "propensity": d.propensities["call"] if both else None,
                "campaign": self.campaigns[d.campaign_id].key, "goal": self.campaigns[d.campaign_id].goal,
                "status": d.status or "unknown", "source": self.sources[d.contact_id], "script": d.template,
                "hour": None if d.ahead is None else (d.moment + d.ahead) % DAY // 1800, "day": day,
                "week": day - (day // DAY + 3) % 7 * DAY,
            }  # fmt: skip
            flags = (True, bool(mine), reached, talked, met, met and kept, no)
            yield known, day + DAY + WINDOWS[d.version_id] <= NOW, (*map(int, flags), spent)

    def tries(self) -> Iterator[tuple[dict[str, Any], tuple[int, ...]]]:
        for enrolment, d in self.firsts.items():
            fresh = True
            for nth, t in enumerate(self.left(enrolment), 1):
                caused = {o.kind for o in self.outcomes if o.touch_id == t.id}
                local = t.sending_at + (t.ahead or 0)
                replied = t.channel == "email" and "reply" in caused
                answered = self.answered(t) or replied
                day = local - local % DAY
                known = {
                    "channel": t.channel, "weekday": None if t.ahead is None else (local // DAY + 3) % 7,
                    "slot": None if t.ahead is None else local % DAY // 1800, "attempt": nth, "fresh": fresh,
                    "campaign": self.campaigns[d.campaign_id].key, "status": d.status or "unknown",
                    "script": t.template, "week": day - (day // DAY + 3) % 7 * DAY,
                }  # fmt: skip
                talked = replied or (t.channel == "call" and t.result in TALKED)
                yield known, (1, int(answered), int(talked), int("goal_met" in caused), self.costs[t.id])
                fresh = fresh and not answered
