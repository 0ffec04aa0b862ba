"""How does a link in our mail lead through us, and only to where it led before?

The address holds the touch, the link's number and its target, under our signature: only what stood in that very mail
is ever redirected to. Nothing is stored when the mail is made.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urlsplit

from opportune.work.material import Matter, link
from opportune.work.world import World

HREF = re.compile(r'(<a\b[^>]*?\shref=")(https?://[^"<>\s]+)(")', re.I)
BARE = re.compile(r"https?://[^\s<>\"'()]*[^\s<>\"'().,;:!?]")
TOKEN = re.compile(r"([0-9a-f]{32})\.(\d{1,4})\.([A-Za-z0-9_-]{0,2800})\.([0-9a-f]{32})", re.ASCII)
UNSEEN = 0  # number of the link that no person sees
MOST = 2_000  # characters of a target; what is longer stays as it was


@dataclass(frozen=True, slots=True)
class Link:
    """What a signed address says."""

    touch: str
    number: int
    target: str


def through_us(world: World, matter: Matter, text: str, html: str) -> tuple[str, str]:
    """Text and HTML of one mail with its links signed; as they are, unless its campaign asks for it."""
    if not matter.campaign or not matter.campaign.mails.track_clicks or matter.row.kind == "requested":
        return text, html
    signed = _numbered(world, matter.row.token)
    text = BARE.sub(lambda found: signed(found[0]), text)
    html = HREF.sub(lambda found: found[1] + escape(signed(unescape(found[2]))) + found[3], html)
    unseen = link(world, f"l/{token(world, Link(matter.row.token, UNSEEN, ''))}")
    hidden = f'<a href="{unseen}" style="display:none" aria-hidden="true" tabindex="-1"></a></body>'
    return text, html.replace("</body>", hidden, 1)


def _numbered(world: World, touch: str) -> Callable[[str], str]:
    """The same target has the same number in both parts. "Unsubscribe" and what they allow
    stay what they are: they must always work."""
    numbers: dict[str, int] = {}

    def signed(target: str) -> str:
        if target.startswith((link(world, "u/"), link(world, "my/"))) or not _leads_somewhere(target):
            return target
        number = numbers.setdefault(target, len(numbers) + 1)
        return link(world, f"l/{token(world, Link(touch, number, target))}")

    return signed


def _leads_somewhere(target: str) -> bool:
    """Only what every program reads alike: a name, no user before it, no backslash or control character."""
    try:
        parts = urlsplit(target)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        return known and len(target) <= MOST and not re.search(r"[\x00-\x20\\\x7f]", target)
    except ValueError:
        return False


def token(world: World, link: Link) -> str:
    target = urlsafe_b64encode(link.target.encode()).decode().rstrip("=")
    return f"{link.touch}.{link.number}.{target}.{_signature(world, link)}"


def _signature(world: World, link: Link) -> str:
    return world.signer.keyed("link", f"{link.touch}|{link.number}|{link.target}")


def read(world: World, given: str) -> Link | None:
    """None: we never signed this."""
    if not (found := TOKEN.fullmatch(given)):
        return None
    try:
        target = urlsafe_b64decode(found[3] + "=" * (-len(found[3]) % 4)).decode()
    except ValueError:
        return None
    link = Link(found[1], int(found[2]), target)
    # As a whole, as we would write it: base64 has several spellings of the same bytes.
    return link if hmac.compare_digest(token(world, link), given) else None
