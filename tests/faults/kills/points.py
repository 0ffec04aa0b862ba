"""Killed exactly there: what does each named point leave behind, and what becomes of it?

For each point a process is started that does its part of the work and dies at the n-th passing; then somebody else goes
on. The cases of `docs/when-things-break.md` (A1 to A15) say what must be true at the death and in the end.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faults.kills import audit, seen
from faults.kills.cases import CASES, Case
from faults.kills.figures import Figures
from faults.kills.home import SEEN, SLOT, Home, build, ports, scratch
from faults.kills.outside import outside
from faults.kills.processes import die, ended, fork, kill
from faults.kills.roles import DRIVEN, ROLES, letters, requests, survive
from faults.kills.web import Visitor, application
from faults.kills.workers import warm

from opportune.faults import POINTS

PEOPLE, PAIR = 24, 2  # twelve passings of whatever is done for two at a time


TABLES = ("decision", "provider_event", "lead")
STATES = ("planned", "claimed", "sending", "sent", "uncertain", "assumed_sent", "not_sent", "no_answer",
          "cancel_requested")  # fmt: skip


@dataclass
class Story:
    """One death: at which passing of which point, and what was to be seen then."""

    home: Home
    point: str
    passing: int
    died: bool = False
    acknowledged: int = 0
    at_death: dict[str, int] = field(default_factory=dict)

    def look(self) -> dict[str, int]:
        """Rows of some tables, attempts in each state, and what the outside saw."""
        rows = {name: self._count(name) for name in TABLES}
        states = {state: self._count(f"touch WHERE state = '{state}'") for state in STATES}
        journal = sum(len(path.read_text().splitlines()) for path in self.home.folder.glob("opt-outs*.jsonl"))
        asked = {line["token"] for line in seen.read(self.home.folder / SEEN) if line["what"] == "asked"}
        outside = {"effects": sum(audit.effects(self.home).values()), "asked": len(asked)}
        no = {"no": self._count("suppression WHERE kind = 'person'"), "journal": journal}
        return rows | states | outside | no | {"acknowledged": self.acknowledged}

    def _count(self, rows: str) -> int:
        return int(self.home.rows(f"SELECT count(*) FROM {rows}")[0][0])


def run(each: int, seed: int = 1, only: Sequence[str] = POINTS) -> Figures:
    """Every point so often, at different passings."""
    figures = Figures()
    with scratch() as folder, ports() as sockets:
        templates = _templates(folder, sockets)
        for at, point in enumerate(only):  # a short run begins with mails at one point, with calls at the next
            case = CASES[point]
            for number in range(each):
                passing, begins = 1 + number % 10, case.begins[(number + seed + at) % len(case.begins)]
                home = templates[begins].copy(folder / "round")
                _one(Story(home, point, passing), case, figures)
    return figures


def _templates(folder: Path, sockets: dict) -> dict[str, Home]:
    """Where the stories begin: people without a plan, mails due, calls due, calls ringing, calls in doubt."""
    made = {}
    for name, channels in (("mails", ("email",)), ("calls", ("email", "call"))):
        made[name] = build(folder / name, f"sqlite:///{folder}/{name}/test.db", sockets, PEOPLE, channels,
                           smtp_connections=PAIR, imap_host="127.0.0.1", imap_user="practice", imap_security="none",
                           imap_password="practice")  # fmt: skip
        if name == "calls":  # the mails wait for another day; their links say no already now
            made[name].run(f"UPDATE touch SET due_at = {SLOT} + 200000 WHERE channel = 'email'")
        warmed = made[name].copy(folder / "round")
        with outside(warmed):
            warm(warmed)
    made["people"] = _later(made["mails"], folder / "people", "unplan", "")
    made["mailed"] = _later(made["mails"], folder / "mailed", "send", "")
    made["ringing"] = _later(made["calls"], folder / "ringing", "send", "")
    made["doubts"] = _later(made["calls"], folder / "doubts", "send", "error_500_placed")
    made["claimed"] = _later(made["mails"], folder / "claimed", "claim", "")
    return made


def _later(home: Home, folder: Path, role: str, trouble: str) -> Home:
    """The same people some work later."""
    home = home.copy(folder)
    with outside(home, calls=lambda _: trouble):
        assert ended(fork(lambda: ROLES[role](home, None))) == 0
    return home


def _one(story: Story, case: Case, figures: Figures) -> None:
    home = story.home
    before = case.opts_out and (lambda number: _says_no(home, number))
    with outside(home, letters=letters(home) if case.role == "read" else (), before_answer=before or (lambda _: None)):
        if case.role in DRIVEN:
            _visit(story, case, figures)
        elif case.opts_out:
            web = fork(application(home))
            _work(story, case, figures)
            kill(web)
        else:
            _work(story, case, figures)
        survivor = fork(lambda: survive(home, case.role, sends=case.role in ("send", "reap") and not case.opts_out))
        if ended(survivor):
            figures.wrong(f"{story.point}: the survivor failed")
    _judge(story, case, figures)


def _work(story: Story, case: Case, figures: Figures) -> None:
    victim = fork(lambda: ROLES[case.role](story.home, deadly(story.point, story.passing)))
    _died(story, ended(victim), figures)


def _visit(story: Story, case: Case, figures: Figures) -> None:
    """Visitors and providers ask the application until each of them got an answer; it dies once."""
    home, visitor = story.home, Visitor(story.home)
    living = fork(application(home, deadly(story.point, story.passing)))
    for request in requests(home, case.role):
        while (status := visitor.ask(*request)) is None:
            _died(story, ended(living), figures)
            living = fork(application(home))
        if not 200 <= status < 400:
            figures.wrong(f"{story.point}: {request[0]} was answered {status}")
        story.acknowledged += not story.died
    visitor.close()
    kill(living)


def _died(story: Story, how: int, figures: Figures) -> None:
    if how != -signal.SIGKILL:
        figures.wrong(f"{story.point}: the process ended with {how} at passing {story.passing}")
        return
    if story.died:
        figures.wrong(f"{story.point}: died twice")
    story.died, story.at_death = True, story.look()


def _says_no(home: Home, number: str) -> tuple[str, bytes] | None:
    [(token,)] = home.rows(
        "SELECT t.token FROM touch t JOIN contact c ON c.id = t.contact_id"
        f" WHERE t.channel = 'email' AND c.phone = '{number}'"
    )
    return f"{home.settings.public_url}/u/{token}", b""


def deadly(point: str, passing: int) -> Callable[[str], None]:
    """Dies when that point is passed for the so-manieth time."""
    left = passing

    def armed(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                die()

    return armed


def _judge(story: Story, case: Case, figures: Figures) -> None:
    figures.runs += 1
    figures.uncertain += audit.closed_in_time(story.home, figures)
    audit.compare(story.home, figures)
    if not story.died:
        return figures.wrong(f"{story.point}: passing {story.passing} never came")
    now = story.look()
    if not case.at_death(story.at_death, story.passing):
        figures.wrong(f"{case.number} {story.point} at its death, passing {story.passing}: {story.at_death}")
    if not case.in_the_end(now, story.passing):
        figures.wrong(f"{case.number} {story.point} in the end, passing {story.passing}: {now}")
