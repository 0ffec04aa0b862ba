"""A thousand calls through a carrier that goes wrong in twenty ways: is anybody rung twice, is any doubt left open?

Calls are asked for by the production dispatcher; the carrier's reports come to the real web application, signed.
"""

from __future__ import annotations

import random
import time
from urllib.request import ProxyHandler, build_opener

from faults.kills import audit, seen
from faults.kills.carrier import NOTHING, REFUSALS, TROUBLES
from faults.kills.figures import Figures
from faults.kills.home import SEEN, Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import ended, fork, kill
from faults.kills.web import application
from faults.kills.workers import look_after, warm

from channels.voice import Twilio
from opportune.work import dispatch, number_book, reconcile

PATIENCE = 0.6  # seconds that our client waits here, less than the carrier's late answers take
MINUTES = (
    1,
    2,
    3,
    10,
    11,
    16,
    20,
    32,
    45,
    60,
    61,
    70,
    80,
    92,
    108,
)  # an hour from the last attempt, which may be a third
AGAIN = ("429", "queue_full", "bad_caller")  # no phone rang, and another attempt may follow
#: What becomes of a first attempt that rings nobody; every other one rings, and ends as a call does.
STATE = dict.fromkeys((*NOTHING, *AGAIN, "error_500", "error_503"), "not_sent") | {"bad_number": "failed"}
RANG = ("completed", "no_answer")
LOCAL = build_opener(ProxyHandler({}))


def run(calls: int, seed: int = 1) -> Figures:
    figures = Figures()
    each = max(1, calls // len(TROUBLES))
    with scratch() as folder, ports() as sockets:
        figures.runs = each * len(TROUBLES)
        template = build(folder / "template", f"sqlite:///{folder}/template/test.db", sockets, figures.runs, ("call",))
        with outside(home := template.copy(folder / "round")):
            warm(home)
        home = template.copy(folder / "round")
        _pool(home, each)
        people = _by_person(home, each, random.Random(seed))
        troubles = dict(people.values())
        with outside(home, calls=lambda number: troubles.get(number, ""), reports=True):
            web = fork(application(home))
            for work in (_place, _an_hour):
                if ended(fork(lambda work=work: work(home))):
                    figures.wrong(f"the {work.__name__.strip('_')} process failed")
            kill(web)
        figures.uncertain = audit.closed_in_time(home, figures)
        lines = seen.read(home.folder / SEEN)
        _judge(home, people, {line["token"] for line in lines if line["what"] == "ring"}, figures)
        _rings(lines, troubles, figures)
    return figures


def _pool(home: Home, each: int) -> None:
    """A number of ours that the carrier does not know rests for good: another one for each of those calls."""
    world = home.open("somebody")
    for number in range(each + 1):
        number_book.add(world, f"+44207946{number:04}", "one of many", "somebody")
    world.close()


def _by_person(home: Home, each: int, dice: random.Random) -> dict[int, tuple[str, str]]:
    """Person -> number, and what goes wrong with its first call; neighbours meet the same."""
    order = dice.sample(TROUBLES, len(TROUBLES))
    people = home.rows("SELECT id, phone FROM contact ORDER BY id")
    return {id: (phone, order[place // each]) for place, (id, phone) in enumerate(people)}


def _place(home: Home) -> None:
    """Everything that is due, at our own pace."""
    world = home.open("sender")
    s = world.settings
    world.__dict__["carrier"] = Twilio(s.twilio_account, s.twilio_token.get_secret_value(), s.twilio_url, PATIENCE)
    while home.rows(f"SELECT 1 FROM touch WHERE state = 'planned' AND due_at <= {world.clock.now()} LIMIT 1"):
        dispatch.calls(world)
        home.clock.move_to(world.clock.now() + 1)


def _an_hour(home: Home) -> None:
    """The carrier finishes what it tells; then virtual time passes, and what is missing is asked for."""
    _told(home)
    world = home.open("survivor")
    start = world.clock.now()
    for minutes in MINUTES:
        home.clock.move_to(start + 60 * minutes)
        while dispatch.calls(world).sent:
            home.clock.move_to(world.clock.now() + 1)
        _told(home)
        while look_after(world) + reconcile.missing(world):
            pass


def _told(home: Home) -> None:
    while LOCAL.open(f"{home.settings.twilio_url}/living.json", timeout=30).read() != b"0":
        time.sleep(0.02)


def _judge(home: Home, people: dict[int, tuple[str, str]], rung: set[str], figures: Figures) -> None:
    """Each answer is read for what it is, and a number that is none is cleaned out (E7)."""
    touches = home.rows(
        "SELECT t.token, t.attempt, t.state, c.id, c.phone FROM touch t JOIN contact c ON c.id = t.contact_id"
    )
    for token, attempt, state, person, phone in touches:
        _, trouble = people[person]
        due = (STATE[trouble],) if attempt == 1 and trouble in STATE else RANG
        if state not in due:
            figures.lost += state in audit.HANGING
            figures.wrong(f"{trouble}: attempt {attempt} is {state}, not {' or '.join(due)}")
        if (token in rung) != (due is RANG):
            figures.wrong(f"{trouble}: attempt {attempt} {'rang' if token in rung else 'never rang'}")
        if (phone is None) != (trouble == "bad_number"):
            figures.wrong(f"{trouble}: the number is {phone or 'cleaned out'}")


def _rings(lines: list[dict], troubles: dict[str, str], figures: Figures) -> None:
    """Each phone as often as its trouble allows; a second call of the carrier's own making is hung up on."""
    rings = dict.fromkeys(troubles, 0)
    for line in lines:
        if line["what"] == "ring":
            rings[line["form"]["To"]] += 1
    heard: dict[str, int] = {}
    for line in lines:
        heard[line["token"]] = heard.get(line["token"], 0) + (line["what"] == "heard")
    if any(times > 1 for times in heard.values()):
        figures.wrong(f"{sum(times > 1 for times in heard.values())} people heard us twice")
    figures.told = {"rings": sum(rings.values()), "heard": sum(heard.values())}
    for phone, times in rings.items():
        trouble = troubles[phone]
        silent = trouble in NOTHING or (trouble in REFUSALS and trouble not in AGAIN)
        due = 2 if trouble == "two_sids" else 0 if silent else 1
        if times != due:
            figures.wrong(f"{trouble}: {phone} rang {times} times")
