"""What becomes of words that nobody approved yet? They are tried out in a process of their own, which may be killed.

The sandbox keeps a template from reaching out; this keeps it from never ending: two seconds of CPU, a bounded memory, a
bounded answer, no file, none of our secrets. One child takes one job a line (JSON) and answers with one line.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Timer
from types import FrameType
from typing import Any, NamedTuple

from opportune.rules.mail_problems import WordsError
from opportune.work import filling, sandbox, undeclared
from opportune.work.filling import Context, Parts
from opportune.work.mail_source import HTML, SUBJECT, TEXT, Source

CPU_SECONDS = 2
WALL_SECONDS = 30  # on a machine that is busy with other things
MOST_ANSWER = 16_000_000  # bytes
KEPT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")  # of the environment: our secrets stay with us


class Job(NamedTuple):
    """One template, filled for several people."""

    source: Source
    contexts: Mapping[str, Context]


class Tried(NamedTuple):
    """What each person would get, and what is wrong."""

    parts: dict[str, Parts]
    errors: list[WordsError]


class OutOfTime(BaseException):
    """Not an Exception: nothing on the way may take it for an error of the template."""


def tried(jobs: Sequence[Job]) -> list[Tried]:
    """Each job in turn; one that kills the process costs only itself."""
    child: subprocess.Popen[bytes] | None = None
    found = []
    try:
        for job in jobs:
            child = child if child and child.poll() is None else _start()
            found.append(_ask(child, job))
            if any(error.code in ("renderer_died", "too_big", "too_slow") for error in found[-1].errors):
                _stop(child)
    finally:
        if child:
            _stop(child)
    return found


def _start() -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    command = [sys.executable, "-P", "-m", "opportune.work.safe_render"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=kept, cwd="/"
    )


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


def _ask(child: subprocess.Popen[bytes], job: Job) -> Tried:
    """The child's answer, or that there was none."""
    assert child.stdin
    assert child.stdout
    watch = Timer(WALL_SECONDS, child.kill)
    watch.start()
    try:
        child.stdin.write(
            json.dumps({"source": asdict(job.source), "contexts": job.contexts, "seconds": CPU_SECONDS}).encode()
            + b"\n"
        )
        child.stdin.flush()
        answer = child.stdout.readline(MOST_ANSWER)
        said = json.loads(answer) if answer.endswith(b"\n") else None
    except (BrokenPipeError, ValueError):
        said = None
    finally:
        watch.cancel()
    if said is None:
        return Tried({}, [WordsError("renderer_died", f"{job.source.folder}/{HTML}")])
    errors = [WordsError(each["code"], each["file"], each["line"], each["field"], **each["values"])
              for each in said["errors"]]  # fmt: skip
    return Tried({who: Parts(*parts) for who, parts in said["parts"].items()}, errors)


# ---- in the child


def main() -> None:
    """One answer for each line, as long as somebody asks."""
    _bound()
    for line in sys.stdin.buffer:
        job = json.loads(line)
        answer = _answer(_source(job["source"]), job["contexts"], job["seconds"])
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _source(given: dict[str, Any]) -> Source:
    pairs = {name: tuple(map(tuple, given[name])) for name in ("frames", "phrases")}
    return Source(**{**given, **pairs, "attachments": tuple(given["attachments"])})


def _bound() -> None:
    here = Path("/proc/self/statm")
    pages = int(here.read_text().split()[0]) if here.exists() else 50_000
    most = pages * resource.getpagesize() + sandbox.MOST_MB * 1_000_000
    for what, limit in ((resource.RLIMIT_AS, most), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (limit, limit))


def _answer(source: Source, contexts: dict[str, Context], seconds: float) -> dict[str, Any]:
    parts: dict[str, Parts] = {}
    errors: list[WordsError] = []
    try:
        with _clock(seconds):
            filling.ready(source)
            errors += undeclared.unknown(source)
            for who, context in contexts.items():
                parts[who] = filling.filled(source, context)
    except WordsError as error:
        errors += [] if errors and error.code == "name_unknown" else [error]  # it was found by reading already
    except OutOfTime as error:
        errors.append(_too_slow(source, error, contexts, seconds))
    fields = ("code", "file", "line", "field", "values")
    plain = [{name: getattr(error, name) for name in fields} for error in errors]
    return {"parts": parts, "errors": json.loads(json.dumps(plain, default=str))}


@contextmanager
def _clock(seconds: float) -> Iterator[None]:
    """CPU, not the wall's clock: a busy machine is no fault of the template."""
    used = int(time_used()) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (used + 3 * int(seconds + 1), hard))  # should the signal not get through
    signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def time_used() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfTime


def _too_slow(source: Source, error: OutOfTime, contexts: dict[str, Context], seconds: float) -> WordsError:
    """In the line of the template that it was busy with."""
    for part in (SUBJECT, TEXT):
        line = sandbox.line_in(error.__traceback__, f"{source.folder}/{part}")
        if line:
            return _slow(*source.at(part, line), seconds)
    try:
        with _clock(seconds):  # once more, since MJML put everything into other lines
            for context in contexts.values():
                sandbox.fill(filling.written(source), filling.everything_said(source, context))
    except OutOfTime as again:
        return _slow(*source.at(HTML, sandbox.line_in(again.__traceback__, f"{source.folder}/{HTML}") or 1), seconds)
    except WordsError as other:
        return other
    return _slow(f"{source.folder}/{HTML}", 1, seconds)


def _slow(file: str, line: int, seconds: float) -> WordsError:
    return WordsError("too_slow", file, line, seconds=seconds)


if __name__ == "__main__":
    main()
