"""A campaign's life: checked, approved, live, paused, continued, rolled back, ended; and who is moved."""

from __future__ import annotations

import pytest
import yaml
from sqlalchemy import delete, func, select
from support_world import (
    EXAMPLES,
    TUESDAY,
    add_person,
    looked_at,
    make_world,
    move_clock,
    only,
    plan_everything,
    publish,
    touches,
)

from channels.voice import VoiceEvent
from opportune.rules.campaign import Campaign
from opportune.store import ledger
from opportune.store import models as m
from opportune.work import (
    audience,
    brakes,
    campaign_life,
    campaign_story,
    campaigns,
    comparing,
    gate,
    moving,
    operators,
    plan,
    spending,
    talks,
    versions,
)
from opportune.work.campaigns import Refused
from opportune.work.versions import NotAllowed

DAY = 86_400


@pytest.fixture
def world(db, tmp_path):
    world = make_world(db, tmp_path)
    looked_at(world)
    return world


def write(world, example="meetings", /, **given):
    """The example campaign as a file, without an audience; `given` replaces parts of it."""
    document = yaml.safe_load((EXAMPLES / f"{example}.yaml").read_text())
    document["calls"] |= {"shape": "announce", "voicemail": True}
    document |= {"comparison_sample": 0, "hold_out": 0} | given
    document.pop("audience", None)
    path = world.settings.home / f"{len(list(world.settings.home.glob('*.yaml')))}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document))
    return path


def row(world, key="meetings"):
    with world.db.read() as session:
        return versions.named(session, key)


def acts(world):
    with world.db.read() as session:
        return list(session.scalars(select(m.Audit.act).order_by(m.Audit.id)))


def through(world, limit=10):
    """Whatever is due is claimed and put before the gate; the keys of what may leave."""
    now = world.clock.now()
    with world.db.write() as session:
        claimed = [touch for channel in ("call", "email")
                   for touch in ledger.claim(session, channel, now, "test", limit=limit)]  # fmt: skip
        return [touch.id for touch, _ in gate.pass_through(world, session, claimed, now)]


def due_now(world):
    """Everything planned is due this moment, in a window that holds (a Tuesday afternoon)."""
    with world.db.write() as session:
        for touch in session.scalars(select(m.Touch).where(m.Touch.state == "planned")):
            touch.due_at, touch.not_after = world.clock.now(), world.clock.now() + 3_600


# ---- what is checked, and who may approve


@pytest.mark.parametrize(
    ("given", "key", "remedy"),
    [
        ({"words": {"email": "meting"}}, "words.email", "Did you mean `meeting`?"),
        ({"words": {"voicemail": "nothing_alike_zz"}}, "words.voicemail", "Write one of: announce"),
        ({"steps": [{"channel": "email", "email": "reminde"}]}, "steps.0.email", "`reminder`?"),
        ({"steps": [{"channel": "call", "call": "anounce"}]}, "steps.0.call", "`announce`?"),
        ({"free_first": "clarificaton"}, "free_first", "`clarification`?"),
    ],
)
def test_a_template_that_does_not_exist_is_named_with_its_line(world, given, key, remedy):
    path = write(world, **given)
    found, problems = campaigns.check([path])
    [problem] = [each for each in problems if each.severity == "error"]
    assert found == []
    assert (problem.key, problem.code) == (key, "no_template")
    assert remedy in problem.remedy
    assert key.rpartition(".")[2] in path.read_text().splitlines()[problem.line - 1]


def test_words_of_a_channel_that_is_not_used_need_no_template(world):
    path = write(world, channels=["email"], words={"announce": "nowhere"})
    assert [each for each in campaigns.check([path])[1] if each.severity == "error"] == []


def test_the_bad_example_of_a_template_is_refused_at_its_line():
    path = EXAMPLES / "bad" / "no-such-template.yaml"
    [problem] = [each for each in campaigns.check([path])[1] if each.severity == "error"]
    assert (problem.line, problem.key, problem.remedy) == (34, "words.email", "Did you mean `meeting`?")


def test_what_is_unwise_is_told_with_its_line_and_does_not_refuse(world):
    path = write(world, channels=["email"])  # A6
    found, problems = campaigns.check([path])
    assert len(found) == 1
    assert {each.severity for each in problems} == {"warning"}
    assert all(each.file == str(path) and each.line >= 1 for each in problems)


def test_somebody_must_be_there_to_talk(db, tmp_path):
    world = make_world(db, tmp_path, operator_phone="")
    with pytest.raises(Refused) as refused:
        campaigns.store(world, write(world), author="ana")
    assert [problem.code for problem in refused.value.problems] == ["no_operator"]
    campaigns.store(world, write(world, calls={"operator_phone": "+442079460999"}), author="ana")
    with pytest.raises(Refused, match="no colleague"):
        campaigns.store(world, write(world, calls={"shape": "operator_first"}), author="ana")
    operators.add(world, "Ada", "+442079460998")
    campaigns.store(world, write(world, calls={"shape": "operator_first"}), author="ana")
    with pytest.raises(Refused, match="no colleague"):  # key 1 leads to one number
        campaigns.store(world, write(world), author="ana")
    campaigns.store(world, write(world, "clarifications", channels=["email"]), author="ana")


def test_a_campaign_goes_through_its_states(world):
    path = write(world)
    assert campaigns.store(world, path, author="ana").sha == campaigns.store(world, path, author="boris").sha
    assert row(world).state == "checked"
    assert campaigns.approve(world, "meetings", by="boris").author == "ana"
    assert row(world).state == "approved"
    campaigns.activate(world, path, author="ana", note="first")
    assert row(world).state == "live"
    campaign_life.pause(world, "meetings", why="look first", by="ana")
    assert (row(world).state, row(world).paused_why) == ("paused", "look first")
    campaign_life.resume(world, "meetings", by="ana")
    campaign_life.end(world, "meetings", by="ana")
    assert row(world).state == "ended"
    assert acts(world) == [f"campaign_{act}" for act in (
        "stored", "approved", "published", "paused", "resumed", "ended")]  # fmt: skip


def test_an_approval_needs_a_check_of_the_last_24_hours(world):
    path = write(world)
    campaigns.store(world, path, author="ana")
    move_clock(world, TUESDAY + DAY + 1)
    with pytest.raises(NotAllowed, match="24 hours"):
        campaigns.approve(world, "meetings", by="boris")
    campaigns.store(world, path, author="boris")
    move_clock(world, TUESDAY + 2 * DAY + 1)  # to the second
    assert campaigns.approve(world, "meetings", by="boris").approved_by == "boris"


def test_for_many_people_the_author_alone_does_not_decide(db, tmp_path):
    world = make_world(db, tmp_path, approval_above=2)
    looked_at(world)
    path = write(world)
    for number in range(3):
        add_person(world, number)
    with pytest.raises(NotAllowed, match="opportune campaign approve meetings"):
        campaigns.activate(world, path, author="José Ana")
    assert row(world).state == "checked", "it is stored and waits"
    for spelled in ("José ana ", "JOSÉ  ANA", "Jose\N{COMBINING ACUTE ACCENT}\tAna", "José\N{NO-BREAK SPACE}Ana"):
        with pytest.raises(NotAllowed, match="somebody other than José Ana"):
            campaigns.approve(world, path, by=spelled)
    with pytest.raises(NotAllowed, match="nobody is named"):
        campaigns.approve(world, path, by=" ")
    campaigns.approve(world, "meetings", by="José Ann")
    assert campaigns.activate(world, path, author="José Ana").approved_by == "José Ann"
    assert row(world).state == "live"


def test_for_few_people_publishing_approves_too(db, tmp_path):
    world = make_world(db, tmp_path, approval_above=1)
    looked_at(world)
    add_person(world)
    path = write(world)
    campaigns.store(world, path, author="ana")
    assert campaigns.approve(world, "meetings", by="ana").approved_by == "ana"
    assert campaigns.activate(world, write(world, name="Winter"), author="boris").approved_by == "boris"


def test_there_must_be_something_to_approve(world):
    with pytest.raises(NotAllowed, match="known: none yet"):
        campaigns.approve(world, "meetings", by="boris")
    publish(world)
    with pytest.raises(NotAllowed, match="check FILE --store"):
        campaigns.approve(world, "meetings", by="boris")


# ---- versions


def test_publishing_twice_changes_nothing_and_a_rollback_is_a_new_row(world):
    one = write(world)
    first = campaigns.activate(world, one, author="ana", note="first")
    assert campaigns.activate(world, one, author="ana").id == first.id
    second = campaigns.activate(world, write(world, name="Winter"), author="boris", note="second")
    back = campaigns.rollback(world, "meetings", first.sha[:8], by="carla")
    assert (back.sha, back.parent_id, back.author) == (first.sha, second.id, "carla")
    assert back.id not in (first.id, second.id)
    assert row(world).version_id == back.id
    story = campaign_story.story(world, "meetings")
    assert [(v["author"], v["note"], v["state"]) for v in story["versions"]] == [
        ("carla", f"back to {first.sha[:12]}", "live"), ("boris", "second", "replaced"), ("ana", "first", "replaced"),
    ]  # fmt: skip
    assert [v["parent"] for v in story["versions"]] == [second.sha, first.sha, None]


@pytest.mark.parametrize(
    ("sha", "why"),
    [
        ("live", "is the live version already"),
        ("draft", "was never live"),
        ("zzz", "is no version of meetings"),
        ("", "is the beginning of several"),
    ],
)
def test_only_what_was_live_can_come_back(world, sha, why):
    live = campaigns.activate(world, write(world), author="ana")
    draft = campaigns.store(world, write(world, name="Winter"), author="ana")
    with pytest.raises(NotAllowed, match=why):
        campaigns.rollback(world, "meetings", {"live": live.sha, "draft": draft.sha}.get(sha, sha), by="ana")


def test_people_inside_keep_their_version_and_newcomers_get_the_new_one(world):
    first = campaigns.activate(world, write(world), author="ana")
    add_person(world, 1)
    plan_everything(world)
    second = campaigns.activate(world, write(world, name="Winter"), author="ana")
    add_person(world, 2)
    plan_everything(world)
    with world.db.read() as session:
        assert moving.inside(session, first.campaign_id) == {first.id: 1, second.id: 1}
    assert moving.elsewhere(world, first.campaign_id, second.id) == 1


def test_whoever_is_moved_is_decided_about_anew_and_the_old_plan_falls(world):
    campaigns.activate(world, write(world), author="ana")
    for number in range(3):
        add_person(world, number)
    plan_everything(world)
    assert {touch.channel for touch in touches(world)} == {"call"}
    second = campaigns.activate(world, write(world, channels=["email"]), author="ana", move=True)
    assert {touch.channel for touch in touches(world, state="planned")} == {"email"}
    assert [touch.state for touch in touches(world, channel="call")] == ["cancelled"] * 3
    with world.db.read() as session:
        newest = select(m.Decision.version_id).order_by(m.Decision.id.desc()).limit(3)
        assert set(session.scalars(newest)) == {second.id}
        assert moving.inside(session, second.campaign_id) == {second.id: 3}
    assert moving.move(world, second.campaign_id, second.id, "ana") == 0


def test_a_move_goes_in_small_transactions(world, monkeypatch):
    monkeypatch.setattr(moving, "PART", 2)
    campaigns.activate(world, write(world), author="ana")
    for number in range(5):
        add_person(world, number)
    plan_everything(world)
    sizes, move = [], moving._move
    monkeypatch.setattr(moving, "_move", lambda w, s, part, v: sizes.append(len(part)) or move(w, s, part, v))
    campaigns.activate(world, write(world, name="Winter"), author="ana", move=True)
    assert sizes == [2, 2, 1]


def test_who_has_stopped_is_not_moved(world):
    first = campaigns.activate(world, write(world), author="ana")
    add_person(world)
    plan_everything(world)
    with world.db.write() as session:
        session.scalars(select(m.Enrolment)).one().state = "stopped"
    campaigns.activate(world, write(world, name="Winter"), author="ana", move=True)
    with world.db.read() as session:
        assert session.scalars(select(m.Enrolment.version_id)).one() == first.id


# ---- pause, resume, end


def test_a_pause_holds_at_the_gate_and_a_resume_lets_go(world):
    publish(world)
    add_person(world)
    plan_everything(world)
    move_clock(world, only(world).due_at)
    campaign_life.pause(world, "meetings", why="look", by="ana")
    assert through(world) == []
    assert campaign_life.resume(world, "meetings", by="ana") == 0, "its plan stands"
    due_now(world)
    assert len(through(world)) == 1


def test_a_plan_that_fell_during_a_pause_is_made_anew(world):
    """Facts change while it is paused: the touch is cancelled and nothing is planned until it goes on."""
    publish(world)
    who = add_person(world)
    plan_everything(world)
    campaign_life.pause(world, "meetings", why="look", by="ana")
    with world.db.write() as session:
        plan.facts_changed(world, session, [who], world.clock.now())
    plan_everything(world)
    assert touches(world, state="planned") == []
    assert campaign_life.resume(world, "meetings", by="ana") == 1
    plan_everything(world)
    assert [touch.contact_id for touch in touches(world, state="planned")] == [who]


def test_publishing_over_a_pause_wakes_people_too(world):
    publish(world)
    who = add_person(world)
    plan_everything(world)
    campaign_life.pause(world, "meetings", why="look", by="ana")
    with world.db.write() as session:
        plan.facts_changed(world, session, [who], world.clock.now())
    campaigns.activate(world, write(world, name="Winter"), author="ana")
    plan_everything(world)
    assert [touch.contact_id for touch in touches(world, state="planned")] == [who]


def test_an_end_leaves_nobody_open(world):
    publish(world)
    for number in range(3):
        add_person(world, number)
    plan_everything(world)
    assert campaign_life.end(world, "meetings", by="ana") == 3
    assert {touch.state for touch in touches(world)} == {"cancelled"}
    with world.db.read() as session:
        assert set(session.scalars(select(m.Enrolment.state))) == {"stopped"}
    plan_everything(world)
    assert touches(world, state="planned") == []


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda world: campaign_life.resume(world, "meetings", by="ana"), "live, not paused"),
        (lambda world: campaign_life.go_on(world, "meetings", by="ana"), "nothing holds it back"),
        (lambda world: campaign_life.pause(world, "meeting", why="", by="ana"), "known: meetings"),
    ],
)
def test_what_makes_no_sense_now_is_refused_in_words(world, act, why):
    publish(world)
    with pytest.raises(NotAllowed, match=why):
        act(world)


# ---- first so many, then ask (B17), and what a day may cost


def test_a_canary_lets_only_so_many_in_until_somebody_says_go_on(world):
    publish(world, canary=2)
    for number in range(5):
        add_person(world, number)
    plan_everything(world)
    assert len(touches(world)) == 2
    plan_everything(world)
    assert len(touches(world)) == 2
    campaign_life.go_on(world, "meetings", by="ana")
    plan_everything(world)
    assert len(touches(world)) == 5


def test_who_waits_for_data_takes_no_place_among_the_first(world):
    publish(world, canary=2)
    for number in range(3):
        add_person(world, number, zones=[], held="needs a time zone")
    for number in range(3, 6):
        add_person(world, number)
    for _ in range(3):
        plan_everything(world)
    assert len(touches(world)) == 2


def test_the_gate_counts_the_first_people_whatever_was_planned(world):
    """Three came in before the limit was set; the third waits, and the campaign says why."""
    publish(world)
    for number in range(3):
        add_person(world, number)
    plan_everything(world)
    campaigns.activate(world, write(world, canary=2), author="ana", move=True)
    due_now(world)
    assert len(through(world)) == 2
    assert len(touches(world, state="planned")) == 1
    assert row(world).state == "live"
    due_now(world)
    assert through(world) == []
    assert row(world).paused_why == "canary"
    campaign_life.go_on(world, "meetings", by="ana")
    assert row(world).paused_why is None
    due_now(world)
    assert len(through(world)) == 1


def test_the_mail_after_a_talk_still_follows_while_the_campaign_waits(world):
    """B4: what an approach led to is finished; no new one begins."""
    publish(world, canary=1)
    for number in range(2):
        add_person(world, number)
    plan_everything(world)
    due_now(world)
    assert len(through(world)) == 1
    with world.db.write() as session:
        [touch] = session.scalars(select(m.Touch))
        known = gate._cases(world, session, [touch], world.clock.now())
        touch.kind = "follow_up"
        assert brakes.held(world, session, [touch], known, world.clock.now()) == {}
        touch.kind = "approach"
        assert set(brakes.held(world, session, [touch], known, world.clock.now())) == {touch.id}


def spend(world, touch_id, amount, at):
    with world.db.write() as session:
        touch = session.get_one(m.Touch, touch_id)
        touch.sending_at = at
        session.add(m.TouchCost(touch_id=touch_id, kind="minutes", amount=amount, currency="EUR"))


def test_a_day_costs_no_more_than_it_may_and_goes_on_tomorrow(world):
    publish(world, caps={"per_day": 2, "per_week": 4, "daily_spend": 1.0})
    for number in range(3):
        add_person(world, number)
    plan_everything(world)
    due_now(world)
    first, *_ = [touch.id for touch in touches(world)]
    spend(world, first, 1.0, TUESDAY - DAY)  # yesterday's money
    assert len(through(world, limit=2)) == 2
    with world.db.write() as session:
        session.execute(delete(m.TouchCost))
    spend(world, first, 1.0, TUESDAY)  # exactly what a day may cost
    due_now(world)
    assert through(world) == []
    [waits] = touches(world, state="planned")
    assert waits.due_at == TUESDAY - TUESDAY % DAY + DAY, "midnight UTC"
    with world.db.read() as session:
        spent = spending.spent_today(session, waits.campaign_id, TUESDAY)
        assert spent == pytest.approx(1.0 + 2 * spending.EXPECTED), "and two calls are under way"
        assert spending.spent_today(session, waits.campaign_id, waits.due_at) == 0.0


def test_a_promised_callback_is_kept_whatever_the_day_has_cost(world):
    """C4 stands above our own caps."""
    publish(world, caps={"per_day": 2, "per_week": 4, "daily_spend": 0.5}, canary=1)
    add_person(world)
    plan_everything(world)
    spend(world, only(world).id, 1.0, TUESDAY)
    with world.db.write() as session:
        [touch] = session.scalars(select(m.Touch))
        known = gate._cases(world, session, [touch], TUESDAY)
        assert set(brakes.held(world, session, [touch], known, TUESDAY)) == {touch.id}
        touch.kind = "callback"
        assert brakes.held(world, session, [touch], known, TUESDAY) == {}


# ---- whom it is meant for, and what would differ


def test_the_audience_is_counted_as_it_is_now(world):
    add_person(world, 1)
    add_person(world, 2, phone=None, country="RO")
    add_person(world, 3, phone=None, email=None, held="needs an address")
    add_person(world, 4, status="staff", country=None)
    refused = add_person(world, 5)
    add_person(world, 6, merged_into=refused)
    with world.db.write() as session:
        session.add(m.Suppression(kind="person", contact_id=refused, reason="said no", at=TUESDAY))
    campaign = Campaign.model_validate(yaml.safe_load(write(world).read_text()))
    with world.db.read() as session:
        found = audience.count(session, campaign, TUESDAY)
        calls = audience.count(session, campaign.model_copy(update={"channels": ("call",)}), TUESDAY)
        managers = campaign.audience.model_copy(update={"statuses": ("manager",)})
        none = audience.count(session, campaign.model_copy(update={"audience": managers}), TUESDAY)
    assert (found.people, found.with_phone, found.with_email) == (5, 3, 4)
    assert (found.waiting, found.said_no, found.reachable) == (1, 1, 3)
    assert found.countries == {"DE": 3, "RO": 1, "unknown": 1}
    assert calls.reachable == 2
    assert (none.people, none.countries) == (0, {})


def test_a_difference_says_how_many_would_change_channel(world):
    publish(world)
    for number in range(3):
        add_person(world, number)
    add_person(world, 4, email=None)
    one, other = (comparing.document(world, what) for what in ("meetings", str(write(world, channels=["email"]))))
    found = comparing.effect(world, one, other)
    assert (found.people, found.to_email, found.to_nothing, found.changed) == (4, 3, 1, 4)
    assert comparing.effect(world, one, one).changed == 0
    assert comparing.effect(world, other, one).to_call == 3


def test_a_version_is_named_by_its_hash(world):
    first = campaigns.activate(world, write(world), author="ana")
    campaigns.activate(world, write(world, name="Winter"), author="ana")
    assert comparing.document(world, f"meetings@{first.sha[:9]}").name == "Autumn meetings"
    assert comparing.document(world, "meetings").name == "Winter"


def test_the_story_counts_who_is_inside(world):
    version = campaigns.activate(world, write(world, canary=5), author="ana", note="first")
    add_person(world)
    plan_everything(world)
    story = campaign_story.story(world, "meetings", version.sha[:6])
    assert story["versions"][0]["inside"] == 1
    assert (story["brakes"]["canary"], story["brakes"]["begun"]) == (5, 0)
    assert story["words"].startswith("Brightdesk asks everybody for a meeting, because they asked once")
    with world.db.read() as session:
        assert session.scalar(select(func.count()).select_from(m.Audit)) == 3


@pytest.mark.parametrize(
    ("given", "rings"),
    [
        ({}, "+442079460999"),  # the one of the house
        ({"operator_phone": "+49301112233"}, "+49301112233"),
    ],
)
def test_key_1_rings_the_colleague_whom_the_campaign_names(world, given, rings):
    publish(world, calls=given)
    add_person(world)
    plan_everything(world)
    report = VoiceEvent("CA1", "in-progress", "CA1:1", digits="1")
    assert rings in talks.keys(world, only(world).token, report, TUESDAY)
