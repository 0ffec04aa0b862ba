"""Who of a list can be reached, who waits, who said no, and why?"""

from __future__ import annotations

from collections import Counter

from opportune.store.bulk import Bulk
from opportune.store.contacts import NEEDS_ZONE
from opportune.work.world import World

REACHABLE, WAITING, NO = "reachable", "waiting", "said no"
Standing = dict[str, dict[str, int]]  # reachable | waiting | said no -> reason -> people

_SAID = """(SELECT k.granted FROM consent k WHERE k.contact_id = c.id AND k.channel = '{}'
  ORDER BY k.at DESC, k.id DESC LIMIT 1)"""
_PEOPLE = f"""
SELECT c.held, c.email IS NOT NULL, c.phone IS NOT NULL, {_SAID.format("email")},
  CASE WHEN EXISTS
      (SELECT 1 FROM suppression s WHERE s.contact_id = c.id AND s.channel = 'call' AND s.undone_at IS NULL)
    THEN FALSE ELSE {_SAID.format("call")} END,
  EXISTS (SELECT 1 FROM suppression s WHERE s.contact_id = c.id AND s.channel IS NULL AND s.undone_at IS NULL), COUNT(*)
FROM contact c WHERE c.merged_into IS NULL AND c.id IN (SELECT contact_id FROM import_row WHERE run_id = ?)
GROUP BY 1, 2, 3, 4, 5, 6
"""


def of_run(world: World, run: int) -> tuple[Standing, int, int]:
    """(standing, how many are held for want of a zone, how many are on the do-not-contact list)."""
    with world.db.read() as session:
        found = Bulk(session).rows(_PEOPLE, run)
    counts: dict[tuple[str, str], int] = Counter()
    for held, mail, phone, mail_said, call_said, suppressed, number in found:
        counts[stands(held, mail, phone, mail_said, call_said, suppressed)] += number
    held_ones = sum(row[-1] for row in found if row[0] == NEEDS_ZONE)
    return grouped(counts), held_ones, sum(row[-1] for row in found if row[-2])


def grouped(counts: dict[tuple[str, str], int]) -> Standing:
    found: Standing = {REACHABLE: {}, WAITING: {}, NO: {}}
    for (where, why), number in sorted(counts.items(), key=lambda each: -each[1]):
        found[where][why] = number
    return found


def stands(
    held: str | None, mail: bool, phone: bool, mail_said: bool | None, call_said: bool | None, suppressed: bool
) -> tuple[str, str]:
    """`…_said`: the last word on the channel; None: none."""
    refused = [name for name, said in (("mail", mail_said), ("calls", call_said)) if said is not None and not said]
    if suppressed:
        return NO, "on the do-not-contact list"
    ways = [name for name, there in (("calls", phone), ("mail", mail)) if there and name not in refused]
    if not ways:
        return (NO, f"said no to {' and '.join(refused)}") if refused else (WAITING, "needs an address")
    if held:
        return WAITING, held
    but = f", said no to {' and '.join(refused)}" if refused else ""
    return REACHABLE, f"by {' and '.join(ways)}{but}"
