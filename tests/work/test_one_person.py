"""E7: one person, once. What is the one's becomes the other's, a no of either is a no of both, all can be undone."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select, update
from support_mailbox import running_mailbox
from support_world import add_person, at, make_world, move_clock, only, plan_everything, publish, touches

from opportune.rules.facts import DAY
from opportune.store import contacts, ledger
from opportune.store import models as m
from opportune.store.violations import count
from opportune.work import belongings, dispatch, gate, noes, one_person, optout, undo_merge


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path)


def merged(world, keep, gone, why="they told us"):
    return one_person.by_hand(world, str(keep), str(gone), by="Ana", why=why)


def undone(world, row):
    return undo_merge.by_hand(world, row.id, by="Ana", why="brothers")


def person(world, id):
    with world.db.read() as session:
        return session.get_one(m.Contact, id)


def has(world, contact, *addresses):
    with world.db.write() as session:
        rows = [(("email" if "@" in each else "phone"), each) for each in addresses]
        session.add_all(m.Address(contact_id=contact, kind=kind, value=value) for kind, value in rows)


def says_no(world, contact, channel=None):
    no = {"reason": "unsubscribed", "evidence": "link", "now": world.clock.now(), "touch_id": None}
    with world.db.write() as session:
        optout.opt_out(world, session, contact, channel=channel, **no)


def refused(world, *ids, channel=None):
    with world.db.read() as session:
        people = [session.get_one(m.Contact, id) for id in ids]
        return noes.to(world, session, people, channel)


# --- which rows


def test_every_table_that_names_a_person_is_moved_or_said_to_stay():
    """A new table with a `contact_id` that nobody thought of would leave half a person behind."""
    every = {str(column) for table in m.Base.metadata.tables.values() for column in table.columns}
    named = {name for name in every if name.endswith(".contact_id")}
    meant = {str(column) for column in belongings.columns()}
    assert not named - meant - belongings.STAYS, (
        "a contact_id without a foreign key is not found: use base.to('contact')"
    )
    assert len(meant) > 12
    assert all("id" in column.table.primary_key.columns for column in belongings.columns())


def test_what_is_the_ones_becomes_the_others(world):
    publish(world)
    keep, gone = add_person(world, 1), add_person(world, 2)
    has(world, keep, "person1@firm.example")
    has(world, gone, "person2@firm.example", "person1@firm.example")
    plan_everything(world)
    row = merged(world, keep, gone)
    with world.db.read() as session:
        assert session.scalars(select(m.Consent.contact_id)).unique().all() == [keep]
        mine = session.scalars(select(m.Address.value).where(m.Address.contact_id == keep)).all()
        assert sorted(mine) == ["person1@firm.example", "person2@firm.example"]
        assert contacts.find_all(session, "person2@firm.example") == [session.get_one(m.Contact, keep)]
        assert contacts.find_all(session, f"#{gone}") == [session.get_one(m.Contact, keep)]
    assert (row.by, row.why, row.kept_id, row.gone_id) == ("Ana", "they told us", keep, gone)
    assert len(touches(world, state="planned")) == 1  # and not one for each record


def test_a_step_number_is_never_used_twice(world):
    """Both were called in one campaign: the history of both counts, and the next step is a new one."""
    publish(world)
    keep, gone = add_person(world, 1), add_person(world, 2)
    plan_everything(world)
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch)).all():
            touch.state, touch.sending_at, touch.settled_at = "no_answer", touch.due_at, touch.due_at
        session.execute(update(m.Enrolment).values(decide_at=world.clock.now()))
    move_clock(world, max(touch.due_at for touch in touches(world)) + 5 * DAY)
    row = merged(world, keep, gone)
    plan_everything(world)
    mine = touches(world, contact_id=keep)
    assert len({(touch.step, touch.attempt) for touch in mine}) == len(mine) == 3
    with world.db.read() as session:
        here = session.scalars(select(m.Enrolment).order_by(m.Enrolment.id)).all()
    assert [(each.contact_id, each.stopped_why) for each in here] == [(keep, None), (gone, "merged")]
    undone(world, row)
    plan_everything(world)
    assert sorted(touch.step for touch in touches(world, contact_id=gone)) == [1, 2]


#: how far the other record is: state, why, its steps; who of them says no; how many calls follow
PROMISED = [
    ("stopped", "replied", 1, None, 1),  # who answered is furthest
    ("done", "cadence_over", 9, None, 1),
    ("stopped", "replied", 1, 1, 0),
    ("stopped", "opted_out", 1, None, 0),  # whatever became of the entry
]


@pytest.mark.parametrize(("state", "why", "steps", "no", "called"), PROMISED)
@pytest.mark.parametrize("promised", [0, 1])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_either_was_promised_is_kept_however_far_the_other_is(world, promised, state, why, steps, no, called):
    """C4, and a no before it."""
    publish(world)
    pair = add_person(world, 1), add_person(world, 2)
    plan_everything(world)
    with world.db.write() as session:
        ours, other = (m.Enrolment.contact_id == pair[each] for each in (promised, 1 - promised))
        session.execute(update(m.Enrolment).where(ours).values(promised_at=world.clock.now() + 600))
        session.execute(update(m.Enrolment).where(other).values(state=state, stopped_why=why, decide_at=None))
        theirs = session.scalars(select(m.Touch).where(m.Touch.contact_id == pair[1 - promised])).one()
        theirs.state, theirs.step, theirs.sending_at = "delivered", steps, world.clock.now() - DAY
        theirs.channel, theirs.settled_at = "email", world.clock.now() - DAY
    if no is not None:
        says_no(world, pair[no])
    row = merged(world, *pair)
    plan_everything(world)
    planned = touches(world, state="planned")
    assert [(t.contact_id, t.kind) for t in planned if t.kind == "callback"] == [(pair[0], "callback")] * called
    assert len(planned) <= 1
    undone(world, row)


def test_what_was_written_for_the_record_that_went_moves_on(world):
    """Somebody had read it just before the merge. It goes back with the rest."""
    keep, gone = add_person(world, 1), add_person(world, 2)
    row = merged(world, keep, gone)
    with world.db.write() as session:
        session.add(m.Outcome(contact_id=gone, kind="reply", at=6))
    assert one_person.follow(world, world.clock.now()) == 1
    assert one_person.follow(world, world.clock.now()) == 0

    def whose():
        with world.db.read() as session:
            return session.scalars(select(m.Outcome.contact_id)).one()

    assert whose() == keep
    undone(world, row)
    assert whose() == gone


# --- whose words


FIELDS = [
    # (column, the kept one's, the other's, what stands after)
    ("name", "A Popescu", "Ana Maria Popescu", "Ana Maria Popescu"),  # the fuller one
    ("name", "Ana Popescu", "Anna Popescu", "Ana Popescu"),  # equally full: ours
    ("title", None, "CEO", "CEO"),  # gaps are filled
    ("title", "CEO", "Clerk", "CEO"),
    ("status", "unknown", "manager", "manager"),
    ("email", "info@firm.example", "ana@firm.example", "ana@firm.example"),  # one's own before a shared box
    ("email", "ana@firm.example", "ana@home.example", "ana@firm.example"),
    ("business", True, False, False),  # the stricter law
    ("bought", True, False, False),  # A14: known from elsewhere too
    ("refused_at", 5, 9, 9),  # the later refusal holds longer
    ("disqualified_at", None, 7, 7),
    ("created_at", 9, 5, 5),  # known that long
    ("notes", "likes tea", "has a dog", "likes tea\nhas a dog"),
    ("prefers", None, "email", "email"),  # A9
]


@pytest.mark.parametrize(("column", "ours", "theirs", "after"), FIELDS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_fuller_words_stay_and_the_stricter_no(world, column, ours, theirs, after):
    keep, gone = add_person(world, 1, **{column: ours}), add_person(world, 2, **{column: theirs})
    row = merged(world, keep, gone)
    assert getattr(person(world, keep), column) == after
    undone(world, row)
    assert getattr(person(world, keep), column) == ours
    assert getattr(person(world, gone), column) == theirs


def test_a_stated_zone_is_better_than_one_read_from_a_number(world):
    guessed = add_person(world, 1, zones=["Europe/Berlin"], zone_evidence="number")
    stated = add_person(world, 2, zones=["Europe/Lisbon"], zone_evidence="stated")
    merged(world, guessed, stated)
    assert person(world, guessed).zones == ["Europe/Lisbon"]


def test_an_address_that_is_wrong_for_one_is_wrong_for_both(world):
    """E7"""
    keep, gone = add_person(world, 1, email=None), add_person(world, 2, email="old@firm.example")
    has(world, keep, "old@firm.example")
    has(world, gone, "old@firm.example")
    with world.db.write() as session:
        bad = session.scalars(select(m.Address).where(m.Address.contact_id == keep)).one()
        bad.invalid_at, bad.invalid_why = 5, "550 no such user"
    merged(world, keep, gone)
    assert person(world, keep).email is None


# --- noes


@pytest.mark.parametrize("who", [0, 1])
def test_a_no_of_either_is_a_no_of_both_and_of_whom_merges_in_later(world, who):
    """Promise 3: now, under an address that comes in later, and after the merge is undone."""
    pair = add_person(world, 1), add_person(world, 2)
    third = add_person(world, 3)
    says_no(world, pair[who])
    first = merged(world, *pair)
    second = merged(world, third, pair[0])
    assert set(refused(world, *pair, third)) == {*pair, third}
    undone(world, second)
    undone(world, first)
    assert set(refused(world, *pair, third)) == {*pair, third}
    newcomer = add_person(world, 9, email="person3@firm.example")  # the same address in a later list
    assert refused(world, newcomer)


def test_a_no_to_one_channel_closes_only_that_channel_for_both(world):
    keep, gone = add_person(world, 1), add_person(world, 2)
    says_no(world, gone, "email")
    row = merged(world, keep, gone)
    assert (list(refused(world, keep, channel="email")), refused(world, keep, channel="call")) == ([keep], {})
    undone(world, row)
    assert set(refused(world, keep, gone, channel="email")) == {keep, gone}


def test_a_no_that_was_said_while_they_were_one_holds_for_both(world):
    keep, gone = add_person(world, 1), add_person(world, 2)
    row = merged(world, keep, gone)
    says_no(world, keep)
    undone(world, row)
    assert set(refused(world, keep, gone)) == {keep, gone}


@pytest.mark.parametrize("who", [0, 1])
def test_whoever_was_called_before_the_other_record_said_no_is_no_violation(world, who):
    """The night's counters judge what left by what was known of its own record."""
    publish(world)
    pair = keep, gone = add_person(world, 1), add_person(world, 2)
    says_no(world, pair[who])
    plan_everything(world)
    move_clock(world, only(world).due_at)
    with world.db.write() as session:
        gate.pass_through(
            world, session, ledger.claim(session, "call", world.clock.now(), "t", limit=2), world.clock.now()
        )
    merged(world, keep, gone)
    assert not any(count(world.db, world.law.all()).values())


def test_a_suppressed_person_under_a_new_address_gets_nothing_when_a_campaign_goes_live(db, tmp_path):
    """E1: through plan, gate and dispatch, against the practice mailbox. Others are written to, so mail does leave."""
    with running_mailbox() as box:
        world = make_world(db, tmp_path, smtp_port=box.smtp)
        gone, new, other = (f"{each}@firm.example" for each in ("gone", "new", "other"))
        for address in (gone, new, other):
            add_person(world, 1, name=address, status="staff", interest="warm", phone=None, email=address)
        says_no(world, 1)
        merged(world, "#2", "#1")
        publish(world, "clarifications")
        plan_everything(world)
        move_clock(world, max(touch.due_at for touch in touches(world)))
        dispatch.mails(world, until=world.clock.now())
        assert len(box.taken_for(other)) == 1
        assert box.taken_for(new) == box.taken_for(gone) == []
        assert {touch.contact_id for touch in touches(world)} == {3}
        world.close()


# --- races


@pytest.mark.parametrize("merge_first", [True, False])
def test_a_merge_beside_the_gate_leaves_no_second_touch(world, merge_first):
    """Both records are due in the same minute; the gate holds the contact that a merge holds too."""
    publish(world)
    keep, gone = add_person(world, 1), add_person(world, 2)
    plan_everything(world)
    now = move_clock(world, max(touch.due_at for touch in touches(world)))
    with world.db.write() as session:
        claimed = ledger.claim(session, "call", now, "test", limit=2)

    def leaves(group):
        with world.db.write() as session:
            return gate.pass_through(world, session, group, now)

    if merge_first:
        merged(world, keep, gone)
        assert leaves(claimed) == []
    else:
        [(touch, _)] = leaves([each for each in claimed if each.contact_id == gone])
        merged(world, keep, gone)
        assert leaves([each for each in claimed if each.contact_id == keep]) == []
        assert only(world, state="sending").contact_id == keep == touch.contact_id or touch.contact_id == gone
    again = [each for each in touches(world, state="planned") if each.due_at < now + 3600]
    assert len(again) == merge_first


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_they_asked_for_is_kept_and_claimed_anew(world):
    """Whoever claimed it holds the record that went, which no longer keeps an opt-out waiting."""
    publish(world)
    keep, gone = add_person(world, 1, zones=[]), add_person(world, 2)
    plan_everything(world)
    move_clock(world, only(world).due_at)
    with world.db.write() as session:
        [claimed] = ledger.claim(session, "call", world.clock.now(), "test", limit=2)
        session.get_one(m.Touch, claimed.id).kind = "requested"
    merged(world, keep, gone)
    with world.db.write() as session:
        assert gate.pass_through(world, session, [claimed], world.clock.now()) == []
    assert only(world, kind="requested", state="planned").contact_id == keep


# --- mistakes


def test_errors_say_what_to_do(world):
    one, two, three = add_person(world, 1), add_person(world, 2), add_person(world, 3)
    with pytest.raises(one_person.CannotMerge, match="one record already"):
        merged(world, one, one)
    with pytest.raises(one_person.CannotMerge, match="--by, --why"):
        merged(world, one, two, why=" ")
    first = merged(world, one, two)
    second = merged(world, one, three)
    with pytest.raises(one_person.CannotMerge, match=f"merge {second.id} came later"):
        undone(world, first)
    undone(world, second)
    undone(world, first)
    with pytest.raises(one_person.CannotMerge, match="undone already, by Ana"):
        undone(world, first)
    with pytest.raises(one_person.CannotMerge, match="there is none"):
        undo_merge.by_hand(world, 99, by="Ana", why="so")


def test_a_record_that_went_into_another_cannot_go_into_a_third(world):
    one, two, three = (add_person(world, number) for number in (1, 2, 3))
    merged(world, one, two)
    with world.db.write() as session, pytest.raises(one_person.CannotMerge, match=f"one with {one} already"):
        one_person.merge(world, session, three, two, by="Ana", why="so", now=at("2026-03-03 14:00"))


# --- undo


#: What may be more afterwards, or other: see `docs/one-person.md`.
MORE = {"merge", "maybe_same", "touch_event", "decision", "touch", "suppression", "audit"}
OTHER = {
    "contact": {"version"},
    "enrolment": {"decide_at"},
    "touch": {"state", "settled_at", "lease_owner", "lease_until"},
}


def everything(world):
    with world.db.read() as session:
        return {
            table.name: {row.id: dict(row._mapping) for row in session.execute(select(table))}
            for table in m.Base.metadata.sorted_tables
            if "id" in table.c and not table.name.startswith("board_")  # what the board has still to count
        }


def history(world, rng, number):
    """Somebody with a past: addresses, some of them another's too, words, campaigns, touches that left."""
    zone, evidence = rng.choice([(["Europe/Berlin"], "stated"), (["Europe/Paris"], "number"), ([], None)])
    given = {"title": rng.choice([None, "CEO", "Clerk"]), "status": rng.choice(["unknown", "executive", "staff"])}
    given |= {"email": rng.choice([None, f"p{number}@a.example"]), "business": rng.random() < 0.5, "zones": zone}
    given |= {"refused_at": rng.choice([None, 5, 9]), "notes": rng.choice([None, "tea"]), "zone_evidence": evidence}
    id = add_person(world, number, consents=rng.sample(("call", "call_auto", "voicemail", "email"), 2), **given)
    with world.db.write() as session:
        for value in rng.sample(["a@x.example", "b@x.example", "c@x.example"], 2):
            row = m.Address(contact_id=id, kind="email", value=value, invalid_at=rng.choice([None, None, 7]))
            session.add(row)
        words = {"at": 5, "source": "form", "words": "mornings", "kind": "prefers"}
        session.add(m.Remark(contact_id=id, **words))
        for kind in rng.sample(["asked", "visited", "referral"], 2):
            session.add(m.Signal(contact_id=id, kind=kind, at=rng.choice([5, 6]), evidence="list"))
        session.add(m.Outcome(contact_id=id, kind="reply", at=6))
    if rng.random() < 0.3:
        says_no(world, id, rng.choice([None, "email"]))
    return id


def touched(world, rng, ids):
    """The planner's turn, and something leaves."""
    plan_everything(world)
    with world.db.write() as session:
        for touch in session.scalars(
            select(m.Touch).where(m.Touch.contact_id.in_(ids), m.Touch.state == "planned")
        ).all():
            if rng.random() < 0.5:
                touch.state, touch.sending_at, touch.settled_at = "no_answer", touch.due_at, touch.due_at
        for each in session.scalars(select(m.Enrolment).where(m.Enrolment.contact_id.in_(ids))).all():
            if rng.random() < 0.3:
                each.state, each.stopped_why, each.stopped_at, each.decide_at = "stopped", "replied", 7, None


def test_merged_and_undone_everything_is_as_it_was(world):
    publish(world)
    publish(world, "clarifications")
    rng = random.Random(7)
    for turn in range(4):
        ids = [history(world, rng, 10 * turn + each) for each in range(3)]
        touched(world, rng, ids)
        before = everything(world)
        rows = [merged(world, ids[0], ids[1])]
        rows += [merged(world, ids[2], ids[0])] if rng.random() < 0.5 else []
        for row in reversed(rows):
            undone(world, row)
        after = everything(world)
        for table, there in before.items():
            assert set(there) <= set(after[table]), table
            assert table in MORE or set(there) == set(after[table]), table
            for id, row in there.items():
                changed = {name for name, value in row.items() if after[table][id][name] != value}
                if not (table == "touch" and row["state"] not in ledger.OPEN):
                    changed -= OTHER.get(table, set())
                assert not changed - ({"state", "stopped_why", "stopped_at"} if _no(world, table, row) else set()), (
                    table, id, {name: (row[name], after[table][id][name]) for name in changed}
                )  # fmt: skip


def _no(world, table, row):
    """Whose enrolment ended because the other one's no holds for them now."""
    return table == "enrolment" and bool(refused(world, row["contact_id"]))


def test_what_was_planned_while_they_were_one_stays_with_the_one_who_was_kept(world):
    publish(world)
    keep, gone = add_person(world, 1, zones=[]), add_person(world, 2)
    plan_everything(world)
    with world.db.write() as session:  # only the other one is in the campaign
        mine = session.scalars(select(m.Enrolment).where(m.Enrolment.contact_id == keep)).one_or_none()
        if mine is not None:
            for row in session.scalars(select(m.Decision).where(m.Decision.enrolment_id == mine.id)).all():
                session.delete(row)
            session.flush()
            session.delete(mine)
    row = merged(world, keep, gone)
    since = only(world, state="planned")
    assert since.contact_id == keep
    undone(world, row)
    plan_everything(world)
    with world.db.read() as session:
        keys = session.scalars(select(m.Touch.key)).all()
        per = session.execute(select(m.Enrolment.contact_id, func.count()).group_by(m.Enrolment.contact_id)).all()
    assert len(keys) == len(set(keys))
    assert dict(per) == {keep: 1, gone: 1}
    assert {touch.contact_id for touch in touches(world, state="planned")} == {gone} or len(
        touches(world, state="planned")
    ) == 2
