"""How do many mails leave without waiting for the books?

The connections are halved: while the mails of one half are on their way, those of the other half are written down and
the next marked, in one transaction. Still no more in `sending` than there are connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from channels.base import Answer
from opportune.work import posting
from opportune.work.posting import Going
from opportune.work.world import World

LANES = 2
#: What has left, with its answers, is written down; returned is what may leave next, nothing at the end.
Turn = Callable[[Going, Sequence[Answer]], Going]


def run(world: World, turn: Turn) -> None:
    """Until `turn` has nothing more. An error ends one lane; the other's mails are still written down."""
    with ThreadPoolExecutor(1, "books") as books:  # one at a time: what is remembered is shared
        results = world.run(_all(world, turn, books))
    for error in results:
        if error is not None:
            raise error


async def _all(world: World, turn: Turn, books: ThreadPoolExecutor) -> list[BaseException | None]:
    return await asyncio.gather(*(_lane(world, turn, books) for _ in range(LANES)), return_exceptions=True)


async def _lane(world: World, turn: Turn, books: ThreadPoolExecutor) -> None:
    loop = asyncio.get_running_loop()
    going: Going = []
    answers: list[Answer] = []
    while going := await loop.run_in_executor(books, turn, going, answers):
        answers = await posting.send(world, going)
