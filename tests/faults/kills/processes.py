"""How does a warm process make others and lose them? Everything is imported once; a fork costs a few milliseconds.

A child ends with its parent, never returns from its work, and says aloud why when it ends otherwise.
"""

from __future__ import annotations

import ctypes
import os
import signal
import traceback
from collections.abc import Callable

PARENT_DIES = 1  # prctl(PR_SET_PDEATHSIG)


def fork(work: Callable[[], None]) -> int:
    """A child that does this work; its number."""
    parent, child = os.getpid(), os.fork()
    if child:
        return child
    code = 1
    try:
        ctypes.CDLL(None).prctl(PARENT_DIES, signal.SIGKILL)
        if os.getppid() == parent:
            work()
            code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def kill(child: int) -> int:
    """Kill -9; what the child ended with: minus nine, unless it had ended by itself before."""
    os.kill(child, signal.SIGKILL)
    return ended(child)


def ended(child: int) -> int:
    """Wait for its end: its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die() -> None:
    """As a process dies in the middle of whatever it does: nothing is closed, nothing is said."""
    os.kill(os.getpid(), signal.SIGKILL)
