"""Links in mails lead through us only to where they led before; scanners are kept apart from people (F4)."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from support_mailed import mailed
from support_web import browsing
from support_world import make_world, move_clock, only

from opportune.app import build
from opportune.store import models as m
from opportune.work import clicks, signals
from opportune.work.mail_links import Link, _numbered, read, token

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"}
SITE = "https://brightdesk.example/price?a=1&b=2#top"


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """One engine is enough for what the web does; both are asked in tests/work."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


def got_mail(db, home, *, tracked=True):
    """A clerk got our mail ten seconds ago; its bytes beside the world."""
    world = make_world(db, home)
    content = mailed(world, "cold", mails={"track_clicks": tracked}, offer=f"See {SITE}.")
    move_clock(world, world.clock.now() + 10)
    return world, email.message_from_bytes(content, policy=email.policy.default)


def parts(mail):
    return [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]


@pytest.fixture
def sent(db, tmp_path):
    return got_mail(db, tmp_path)


@pytest.fixture
def visit(sent):
    with browsing(build(sent[0], with_board=False)) as client:
        yield lambda address, how="GET", **headers: client.request(
            how, address.removeprefix("http://ours.example"), headers={**BROWSER, "Host": "ours.example", **headers}
        )


def signed(mail):
    """The addresses in the text part that lead through us."""
    return re.findall(r"http://ours\.example/l/\S*\w", parts(mail)[0])


def unseen(mail):
    return re.search(r'<a href="(http://ours\.example/l/[^"]+)" style="display:none', parts(mail)[1])[1]


def kept(world):
    with world.db.read() as session:
        return [click.machine for click in session.scalars(select(m.MailClick).order_by(m.MailClick.id))]


def test_by_default_links_stay_as_they_are(db, tmp_path):
    text, html = parts(got_mail(db, tmp_path, tracked=False)[1])
    assert SITE in text
    assert "/l/" not in text + html


@pytest.mark.parametrize("tracked", [True, False])
def test_opens_are_not_measured(db, tmp_path, tracked):
    """No picture is fetched from us, nor anything else that a mail program asks for by itself."""
    _, mail = got_mail(db, tmp_path, tracked=tracked)
    html = parts(mail)[1]
    assert not re.search(r"<img|<iframe|<video|<audio|background=|<object|<embed|@import", html, re.I)
    assert not [url for url in re.findall(r"url\(([^)]*)\)", html) if "ours.example" in url]
    assert not re.search(r'(?:src|srcset)="', html)


def test_a_link_leads_through_us_to_where_it_led_before(sent, visit):
    world, mail = sent
    text, html = parts(mail)
    assert SITE not in text + html
    [address] = [each for each in signed(mail) if read(world, each.rpartition("/")[2]).target == SITE]
    answer = visit(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, SITE)
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert kept(world) == [None]
    assert clicks.counted(world, "clarifications") == [(SITE, 1, 0)]


def test_unsubscribe_and_the_telephone_are_no_tracked_links(sent):
    world, mail = sent
    text, html = parts(mail)
    stop = f"http://ours.example/u/{only(world).token}"
    assert stop in text
    assert f'href="{stop}"' in html
    assert f"<{stop}>" in mail["List-Unsubscribe"]
    assert 'href="tel:' in html
    assert 'href="mailto:' in html


def test_the_unseen_link_stands_once_in_the_html_and_nowhere_in_the_text(sent):
    text, html = parts(sent[1])
    address = unseen(sent[1])
    assert (html.count(address), address in text) == (1, False)
    assert "<a " in html.split(address)[0][-20:]
    assert f'{address}" style="display:none" aria-hidden="true" tabindex="-1"></a>' in html


MACHINES = [
    # what asks, and how
    ({"how": "HEAD"}, "head"),
    ({"User-Agent": ""}, "agent"),
    ({"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, "agent"),
    ({"User-Agent": "Mozilla/5.0 (compatible; Barracuda Sentinel)"}, "agent"),
    ({"User-Agent": "Microsoft Office/16.0; ms-office; MSOffice 16"}, "agent"),  # looks before the browser does
    ({"User-Agent": "python-requests/2.32"}, "agent"),
    ({"User-Agent": "curl/8.5.0"}, "agent"),
    ({"User-Agent": "Slackbot-LinkExpanding 1.0"}, "agent"),
    ({"User-Agent": "Mozilla/5.0 HeadlessChrome/120"}, "agent"),
    ({"Sec-Purpose": "prefetch;prerender"}, "agent"),
    ({"Purpose": "prefetch"}, "agent"),
]


@pytest.mark.parametrize(("asks", "why"), MACHINES)
def test_a_machine_gets_there_too_and_is_counted_apart(sent, visit, asks, why):
    world, mail = sent
    answer = visit(signed(mail)[0], **asks)
    assert answer.status_code == 302
    assert kept(world) == [why]
    assert [(people, machines) for _, people, machines in clicks.counted(world, "clarifications")] == [(0, 1)]


def test_nobody_reads_a_mail_in_the_second_after_it_left(sent, visit):
    world, mail = sent
    with world.db.write() as session:
        touch = session.get_one(m.Touch, only(world).id)
        touch.sent_at = world.clock.now() - 1
    visit(signed(mail)[0])
    move_clock(world, world.clock.now() + 1)
    visit(signed(mail)[0])
    assert kept(world) == ["early", None]


def test_whoever_follows_the_unseen_link_followed_the_others_as_a_machine(sent, visit):
    world, mail = sent
    visit(signed(mail)[0])  # looks like a person
    assert interest_signals(world) == ["clicked"]
    assert visit(unseen(mail)).status_code == 404
    visit(signed(mail)[0])
    assert (kept(world), interest_signals(world)) == (["hidden"] * 3, [])
    move_clock(world, world.clock.now() + 61)
    visit(signed(mail)[0])  # the reader, a minute later
    assert (kept(world)[-1], interest_signals(world)) == (None, ["clicked"])


def interest_signals(world):
    with world.db.read() as session:
        found = signals.of(session, [only(world).contact_id])[only(world).contact_id]
    return [signal.kind for signal in found if signal.kind != "mailed"]


def test_a_click_warms_and_is_neither_a_conversion_nor_an_opened_mail(sent, visit):
    world, mail = sent
    before = only(world)
    for _ in range(3):
        visit(signed(mail)[0])
    after = only(world)
    assert interest_signals(world) == ["clicked"]  # once for a mail, however often
    with world.db.read() as session:
        contact = session.get_one(m.Contact, after.contact_id)
        assert contact.familiarity == "warm"  # B11, C2
        assert not session.scalars(select(m.Outcome)).all()
        assert not session.scalars(select(m.Signal)).all()
    assert (after.state, after.result, after.rank) == (before.state, before.result, before.rank)


def test_one_mail_keeps_a_hundred_clicks_and_no_more(sent):
    world, mail = sent
    link = read(world, signed(mail)[0].rpartition("/")[2])
    for _ in range(clicks.MOST_KEPT + 5):
        clicks.record(world, link, "head", world.clock.now())
    assert len(kept(world)) == clicks.MOST_KEPT


def test_nothing_is_kept_of_who_asked(sent, visit):
    world, mail = sent
    visit(signed(mail)[0], Referer="https://webmail.example/ana", Cookie="me=ana")
    assert set(m.MailClick.__table__.columns.keys()) == {"id", "touch_id", "link_id", "at", "machine"}
    with world.db.read() as session:
        assert session.scalars(select(m.MailLink.target)).all() == [
            read(world, signed(mail)[0].rpartition("/")[2]).target.replace(only(world).token, "{touch}")
        ]


def test_a_link_works_when_its_mail_is_no_longer_known(sent, visit):
    world, _ = sent
    address = token(world, Link("0" * 32, 1, SITE))
    assert visit(f"/l/{address}").headers["Location"] == SITE
    assert kept(world) == []


EVIL = ["https://evil.example", "//evil.example", "https://brightdesk.example@evil.example", "javascript:alert(1)",
        "data:text/html,hi", "/\\evil.example", "https:evil.example", "http://evil.example%00.brightdesk.example",
        "https://brightdesk.example.evil.example", "https://xn--brghtdesk-q5a.example", " https://evil.example",
        "https://evil.example\r\nSet-Cookie: a=b"]  # fmt: skip


def b64(text):
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def abuses(good):
    """120 ways to bend a link of ours into one to elsewhere; `good` is a real token."""
    touch, number, target, mac = good.split(".")
    for evil in EVIL:
        yield f"{touch}.{number}.{b64(evil)}.{mac}"  # another target under the old signature
        yield f"{touch}.{number}.{target}{b64(evil)}.{mac}"  # put behind it
        yield f"{touch}.{number}.{b64(evil)}{target}.{mac}"
        yield f"{touch}.{number}.{quote(evil, safe='')}.{mac}"  # plain
        yield f"{good}?url={quote(evil, safe='')}"
        yield f"{good}/{quote(evil, safe='')}"
        yield quote(evil, safe="")
    yield from (f"{touch}.{n}.{target}.{mac}" for n in (0, 2, 99, "01", "-1", "1e0", ""))
    yield from (
        f"{touch}.{number}.{target}.{m}" for m in (mac[:-1], mac + "0", mac.upper() + "x", "0" * 32, "", mac[::-1])
    )
    yield from (f"{t}.{number}.{target}.{mac}" for t in (touch[:-1], "0" * 32, touch[::-1], touch + "0", "", "é" * 32))
    yield from (
        good + tail for tail in ("=", "%00", "%0d%0aLocation:%20https://evil.example", ".", "#", "%2e%2e", "%2f..")
    )
    yield from (f"{touch}.{number}.{target}{pad}.{mac}" for pad in ("=", "==", "%3D", "+", "%2F", "A", "_"))
    yield from (f"{head}{good}" for head in ("%2F", "%5C", "..%2F", "%20", "x"))


def test_a_hundred_and_twenty_ways_to_bend_a_link_lead_nowhere_else(sent, visit):
    world, mail = sent
    good = signed(mail)[0].rpartition("/")[2]
    target = read(world, good).target
    tried = list(abuses(good))
    assert len(set(tried)) >= 120
    for bent in tried:
        answer = visit(f"/l/{bent}")
        # A query or fragment behind a good token is not ours to read: the target stays the signed one.
        assert (answer.status_code, answer.headers.get("Location")) in ((404, None), (302, target)), bent
        assert answer.status_code == 404 or bent.partition("?")[0].partition("#")[0] == good
        assert "evil" not in answer.text
        assert "Set-Cookie" not in answer.headers


ODD = [
    # never rewritten, so never redirected to
    "https://user:word@brightdesk.example/",
    "https://brightdesk.example/\\evil.example",
    "https:///nowhere",
    "http://[::1/",
    "https://brightdesk.example/" + "a" * 2_000,
]


@pytest.mark.parametrize("target", ODD)
def test_a_link_that_programs_read_differently_stays_as_it_was(db, tmp_path, target):
    world = make_world(db, tmp_path)
    assert _numbered(world, "0" * 32)(target) == target


def test_another_houses_signature_is_none(sent, db, tmp_path):
    other = make_world(db, tmp_path, secret=SecretStr("another secret, long enough to sign with"))
    assert read(sent[0], token(other, Link("0" * 32, 1, SITE))) is None


def test_posting_to_a_link_is_not_following_it(sent, visit):
    assert visit(signed(sent[1])[0], how="POST").status_code == 405
    assert kept(sent[0]) == []


def test_a_click_that_cannot_be_kept_still_leads_there(sent, visit, monkeypatch):
    def full(*_):
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(clicks, "record", full)
    assert visit(signed(sent[1])[0]).status_code == 302
