"""Two processes race: one sends, the other hears "no". Does anything enter *sending* after the 2xx?

The visitor says no for whoever is just being claimed; right after the answer it looks where each attempt stands.
"""

from __future__ import annotations

import random

from faults.kills import audit, seen
from faults.kills.figures import Figures
from faults.kills.home import SEEN, Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import ended, fork, kill
from faults.kills.seen import Log
from faults.kills.web import Visitor, application
from faults.kills.workers import settle, warm, worker

PEOPLE = 50
ANSWERS = "answers.jsonl"
GONE = audit.LEFT | audit.MAYBE


def run(races: int, seed: int = 1) -> Figures:
    figures = Figures()
    with scratch() as folder, ports() as sockets:
        template = build(folder / "template", f"sqlite:///{folder}/template/test.db", sockets, PEOPLE)
        with outside(home := template.copy(folder / "round")):
            warm(home)
        for number in range(-(-races // PEOPLE)):
            _round(template.copy(folder / "round"), min(PEOPLE, races - figures.runs), seed * 1_000 + number, figures)
    return figures


def _round(home: Home, races: int, seed: int, figures: Figures) -> None:
    with outside(home, thinks=True):
        sender, web = fork(worker(home, seed)), fork(application(home))
        if ended(fork(lambda: _say_no(home, races, random.Random(seed)))):
            figures.wrong("the visitor failed")
        kill(sender)
        kill(web)
        if ended(fork(lambda: settle(home))):
            figures.wrong("the survivor failed")
    figures.runs += races
    figures.uncertain += audit.closed_in_time(home, figures)
    audit.compare(home, figures)
    _judge(home, figures)


def _say_no(home: Home, races: int, dice: random.Random) -> None:
    visitor, log = Visitor(home), Log(home.folder / ANSWERS)
    left = set(range(1, PEOPLE + 1))
    for _ in range(races):
        person = _next(home, left, dice)
        left.discard(person)
        [(token,)] = home.rows(f"SELECT token FROM touch WHERE contact_id = {person} AND channel = 'email'")
        status = visitor.ask(f"/u/{token}")
        rows = home.rows(f"SELECT token, channel, state FROM touch WHERE contact_id = {person}")
        log.add("no", token, status=status, stood=rows)


def _next(home: Home, left: set[int], dice: random.Random) -> int:
    """Whoever is in the sender's hands this moment."""
    held = home.rows("SELECT contact_id FROM touch WHERE state IN ('claimed', 'sending') ORDER BY due_at, contact_id")
    racing = [person for (person,) in held if person in left]
    return dice.choice(racing or sorted(left)[:12])


def _judge(home: Home, figures: Figures) -> None:
    """Where each attempt stood at the answer, and what became of it."""
    happened = audit.effects(home)
    went = {token for (token,) in home.rows(
        "SELECT t.token FROM touch t JOIN touch_event e ON e.touch_id = t.id WHERE e.now = 'sending'")}  # fmt: skip
    asked = {line["token"] for line in seen.read(home.folder / SEEN) if line["what"] == "asked"}
    told = figures.told or {"said no first": 0, "was sent first": 0}
    for line in seen.read(home.folder / ANSWERS):
        if line["status"] != 200:
            figures.wrong(f"the opt-out was answered {line['status']}")
        for token, channel, state in line["stood"]:
            if state not in GONE and (token in went or happened[token]):
                figures.wrong(f"attempt {token} was {state} at the answer, and left afterwards")
            if channel == "call" and happened[token] and token not in asked:
                figures.wrong(f"call {token} rings, and nobody asked the carrier to stop it")
            told["said no first" if state not in GONE else "was sent first"] += 1
    figures.told = told
