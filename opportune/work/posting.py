"""Which mails leave together, and through which account does each go?

Of each account no more than it has connections: so a kill leaves at most that many uncertain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from channels.accounts import Account
from channels.base import Answer, Mail
from opportune.store import models as m
from opportune.store.ledger import Claimed
from opportune.work import prepare, sending
from opportune.work.world import World

Going = Sequence[tuple[m.Touch, m.PreparedMessage]]
Answered = tuple[Going, Sequence[Answer]]  # who went, and what was said of each


def groups(world: World, claimed: Sequence[Claimed]) -> Iterator[Sequence[Claimed]]:
    """What leaves together: of each account no more than its connections."""
    turns = [list(_turns(mine, account.connections)) for account, mine in _by_account(world, claimed)]
    for together in zip_longest(*turns, fillvalue=()):
        yield [each for mine in together for each in mine]


def _turns(claimed: Sequence[Claimed], size: int) -> Iterator[Sequence[Claimed]]:
    for start in range(0, len(claimed), size):
        yield claimed[start : start + size]


def _by_account(world: World, claimed: Sequence[Claimed]) -> list[tuple[Account, list[Claimed]]]:
    """By what was prepared; words that are made only at the gate go with the first account."""
    if len(world.accounts) == 1:
        return [(world.accounts[0], list(claimed))]
    with world.db.read() as session:
        words = prepare.ready(session, [each.id for each in claimed])
    mine: dict[str, list[Claimed]] = {account.name: [] for account in world.accounts}
    for each in claimed:
        account = sending.way(world, words[each.id]).account if each.id in words else world.accounts[0]
        mine[account.name].append(each)
    return [(account, mine[account.name]) for account in world.accounts]


async def send(world: World, going: Going) -> list[Answer]:
    """Each through its own account, all accounts at once; the answers stand in the order of the mails."""
    first, *others = world.accounts
    accounts = [sending.way(world, words).account if others else first for _, words in going]
    answers: dict[int, Answer] = {}

    async def through(account: Account) -> None:
        mine = [place for place, each in enumerate(accounts) if each is account]
        mails = [_mail(*going[place]) for place in mine]
        answers.update(zip(mine, await world.mailer_of(account).send_all(mails), strict=True))

    await asyncio.gather(*(through(account) for account in {each.name: each for each in accounts}.values()))
    return [answers[place] for place in range(len(going))]


def _mail(touch: m.Touch, words: m.PreparedMessage) -> Mail:
    return Mail(words.sender or "", words.recipient or "", words.content, touch.message_id or "")
