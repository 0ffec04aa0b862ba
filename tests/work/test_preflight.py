"""Does a preflight see what providers would refuse, and say what to publish? Asked of a real name server."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support_dns import BROKEN, SILENT, name_server

from channels.dns import Dns
from channels.greeting import Unreached, Untrusted
from opportune.work.preflight import Sender, examine, passed
from opportune.work.preflight_checks import CHECKS


@cache
def key(bits: int) -> str:
    der = generate_private_key(65537, bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def good() -> dict:
    """A domain of which nothing is wrong: it sends from mail.firm.example, 198.51.100.7."""
    return {
        "firm.example": {"TXT": ["v=spf1 ip4:198.51.100.0/28 ~all", "site=1"], "MX": ["10 mail.firm.example."]},
        "mail.firm.example": {"A": ["198.51.100.7"]},
        "7.100.51.198.in-addr.arpa": {"PTR": ["mail.firm.example."]},
        "_dmarc.firm.example": {"TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@firm.example"]},
        "s1._domainkey.firm.example": {"TXT": [f"v=DKIM1; k=rsa; p={key(2048)}"]},
    }


SENDER = Sender(
    domain="firm.example",
    envelope="firm.example",
    reply_domain="firm.example",
    smtp_host="mail.firm.example",
    selector="s1",
    greet=lambda *_: "TLSv1.3",
)
ZONE: dict = {}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with name_server(ZONE) as address:
        yield address


def look(server: str, changes: dict, **sender: object) -> dict:
    """Findings that are not simply good, by what they are about, with the worst first."""
    ZONE.clear()
    ZONE.update(good() | changes)
    found = examine(replace(SENDER, dns=Dns(server, patience=0.3), **sender), CHECKS)
    look.passed, look.all = passed(found), found
    return {finding.what: finding for finding in reversed(found) if finding.state != "good"}


def spf(*terms: str) -> dict:
    return {"TXT": [" ".join(("v=spf1", *terms))], "MX": ["10 mail.firm.example."]}


def test_a_domain_with_everything_in_place_passes(server):
    assert look(server, {}) == {}
    assert look.passed
    assert {each.what for each in look.all} == {"domain", "SPF", "DKIM", "DMARC", "alignment", "PTR", "MX", "TLS"}


CIRCLE = {"a.example": spf("include:b.example", "~all"), "b.example": spf("include:a.example", "~all")}
MANY = {f"i{n}.example": spf("ip4:198.51.100.7", "~all") for n in range(11)}
DMARC, DKIM, PTR = "_dmarc.firm.example", "s1._domainkey.firm.example", "7.100.51.198.in-addr.arpa"
ED25519 = base64.b64encode(
    Ed25519PrivateKey.from_private_bytes(b"x" * 32).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
).decode()

#: 768 bits: cryptography makes no such key any more.
SHORT = (
    "MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhANw3nG14fHQjvdTGtkzjqxIb6etiAdIGGyesE382zp8FdJgr2Tu+7O9SPNN21AQswSA8"
    "gSj23yifIY3jHAnmQspSQpEEHQG9xvIRF8xK3mdjzw+CDfklBve3TaT3nlumdwIDAQAB"
)

#: (why, what the zone says instead, what is found, in which state, words of it)
MISSING = [
    ("no SPF", {"firm.example": {"TXT": ["site=1"], "MX": ["10 mail.firm.example."]}}, "SPF", "no SPF record"),
    ("SPF of a newer kind only", {"firm.example": spf() | {"TXT": ["v=spf10 ~all"]}}, "SPF", "no SPF record"),
    ("two SPF records", {"firm.example": spf() | {"TXT": ["v=spf1 mx -all", "v=spf1 a ~all"]}}, "SPF", "2 SPF records"),
    ("everybody may send", {"firm.example": spf("ip4:198.51.100.7", "+all")}, "SPF", "everybody"),
    ("everybody, unsaid", {"firm.example": spf("all")}, "SPF", "everybody"),
    ("everybody, elsewhere", {"firm.example": spf("redirect=o.example"), "o.example": spf("+all")}, "SPF", "everybody"),
    ("eleven lookups", {"firm.example": spf(*(f"include:{n}" for n in MANY), "~all"), **MANY}, "SPF", "11 lookups"),
    ("a circle of includes", {"firm.example": spf("include:a.example", "~all"), **CIRCLE}, "SPF", "circle"),
    ("includes itself", {"firm.example": spf("include:firm.example", "~all")}, "SPF", "circle"),
    ("includes nobody", {"firm.example": spf("include:gone.example", "~all")}, "SPF", "gone.example"),
    ("a mistyped term", {"firm.example": spf("ipv4:198.51.100.7", "~all")}, "SPF", "'ipv4:198.51.100.7'"),
    ("no network", {"firm.example": spf("ip4:198.51.100.700", "~all")}, "SPF", "198.51.100.700"),
    ("no DMARC", {DMARC: {}}, "DMARC", "no DMARC record"),
    ("no DMARC name", {DMARC: {"TXT": ["hello"]}}, "DMARC", "no DMARC record"),
    ("two DMARC records", {DMARC: {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}}, "DMARC", "2 DMARC records"),
    ("DMARC without policy", {DMARC: {"TXT": ["v=DMARC1; rua=mailto:a@firm.example"]}}, "DMARC", "p=(nothing)"),
    ("no key", {DKIM: {}}, "DKIM", "no key"),
    ("key withdrawn", {DKIM: {"TXT": ["v=DKIM1; p="]}}, "DKIM", "withdrawn"),
    ("key cut off", {DKIM: {"TXT": [f"v=DKIM1; p={key(1024)[:40]}"]}}, "DKIM", "cannot be read"),
    ("key of 768 bits", {DKIM: {"TXT": [f"v=DKIM1; k=rsa; p={SHORT}"]}}, "DKIM", "768 bits"),
    ("key is no key", {DKIM: {"TXT": ["v=DKIM1; p=hello!"]}}, "DKIM", "cannot be read"),
    ("wrong kind", {DKIM: {"TXT": [f"v=DKIM1; k=ed25519; p={key(2048)}"]}}, "DKIM", "32 bytes"),
    ("two keys", {DKIM: {"TXT": [f"p={key(2048)}", f"p={ED25519}; k=ed25519"]}}, "DKIM", "2 records"),
    ("no PTR", {PTR: {}}, "PTR", "has no name"),
    ("PTR leads elsewhere", {PTR: {"PTR": ["host7.cheap.example."]}}, "PTR", "does not lead back"),
    ("takes no mail", {"firm.example": spf("ip4:198.51.100.7", "~all") | {"MX": ["0 ."]}}, "MX", "takes no mail"),
    ("MX to nowhere", {"firm.example": spf("ip4:198.51.100.7", "~all") | {"MX": ["10 g.example."]}}, "MX", "g.example"),
]


@pytest.mark.parametrize(("why", "zone", "what", "words"), MISSING, ids=[row[0] for row in MISSING])
def test_what_providers_refuse_is_missing(server, why, zone, what, words):
    found = look(server, zone)
    assert not look.passed
    assert (found[what].state, words in found[what].says) == ("missing", True), found[what]
    assert found[what].remedy


FINE = [
    # it passes, with a word of warning or without
    ("DMARC only watches", {DMARC: {"TXT": ["v=DMARC1; p=none; rua=mailto:a@firm.example"]}}, {}),
    ("nobody is told", {DMARC: {"TXT": ["v=DMARC1; p=none"]}}, {"DMARC": "nobody reports"}),
    ("SPF says ?all", {"firm.example": spf("ip4:198.51.100.7", "?all")}, {"SPF": "other senders"}),
    ("ten lookups", {"firm.example": spf(*(f"include:i{n}.example" for n in range(10)), "~all"), **MANY}, {}),
    ("SPF by redirect", {"firm.example": spf("redirect=o.example"), "o.example": spf("a:mail.firm.example -all")}, {}),
    ("SPF by mx", {"firm.example": spf("mx", "-all")}, {}),
    ("SPF with a macro", {"firm.example": spf("ip4:198.51.100.7", "exists:%{i}.x.example", "-all")}, {}),
    ("SPF does not name us", {"firm.example": spf("ip4:203.0.113.1", "-all")}, {"SPF": "mail.firm.example"}),
    ("1024 bits", {DKIM: {"TXT": [f"v=DKIM1; p={key(1024)}"]}}, {"DKIM": "1024 bits"}),
    ("ed25519", {DKIM: {"TXT": [f"v=DKIM1; k=ed25519; p={ED25519}"]}}, {"DKIM": "Gmail"}),
    ("testing", {DKIM: {"TXT": [f"v=DKIM1; t=y; p={key(2048)}"]}}, {"DKIM": "t=y"}),
    ("two PTR", {PTR: {"PTR": ["old.cheap.example.", "mail.firm.example."]}}, {}),
    (
        "no MX, an address",
        {"firm.example": {"TXT": ["v=spf1 ip4:198.51.100.7 ~all"], "A": ["198.51.100.7"]}},
        {"MX": "no MX record"},
    ),
]


@pytest.mark.parametrize(("why", "zone", "warned"), FINE, ids=[row[0] for row in FINE])
def test_what_providers_take_passes(server, why, zone, warned):
    found = look(server, zone)
    assert look.passed, found
    assert set(found) == set(warned)
    assert all(words in found[what].says for what, words in warned.items())


ALIGNED = [
    # SPF speaks for the bounce domain, DKIM for the signing one: one of them must be the From address's own
    ({"envelope": "bounces.firm.example"}, "r", True),  # relaxed: below the same record
    ({"envelope": "bounces.firm.example"}, "s", True),  # strict, but DKIM is exactly ours
    ({"envelope": "bounces.firm.example", "dkim_domain": "other.example"}, "s", False),
    ({"envelope": "bounces.firm.example", "dkim_domain": "other.example"}, "r", True),
    ({"envelope": "other.example", "dkim_domain": "other.example"}, "r", False),  # a sender's own domain for both
    ({"envelope": "other.example"}, "r", True),
]


@pytest.mark.parametrize(("sender", "how", "aligned"), ALIGNED)
def test_spf_or_dkim_must_speak_for_the_domain_that_readers_see(server, sender, how, aligned):
    record = f"v=DMARC1; p=none; rua=mailto:a@firm.example; aspf={how}; adkim={how}"
    other = spf("ip4:198.51.100.7", "~all")
    zone = {
        DMARC: {"TXT": [record]},
        "bounces.firm.example": other,
        "other.example": other,
        "s1._domainkey.other.example": {"TXT": [f"p={key(2048)}"]},
    }
    found = look(server, zone, **sender)
    assert ("alignment" not in found) == look.passed == aligned, found


def test_a_subdomain_takes_the_policy_of_its_parent(server):
    zone = {"news.firm.example": spf("ip4:198.51.100.7", "~all")}
    found = look(server, zone | {DMARC: {"TXT": ["v=DMARC1; p=none; sp=quarantine; rua=mailto:a@firm.example"]}},
                 domain="news.firm.example", envelope="news.firm.example", dkim_domain="firm.example")  # fmt: skip
    assert (found, look.passed) == ({}, True)
    assert "p=quarantine at _dmarc.firm.example" in [each.says for each in look.all]


@pytest.mark.parametrize("trouble", [SILENT, BROKEN])
@pytest.mark.parametrize("name", ["firm.example", DMARC, DKIM, PTR, "mail.firm.example"])
def test_no_answer_proves_nothing_and_breaks_nothing(server, name, trouble):
    found = look(server, {name: trouble})
    assert not look.passed
    assert {finding.state for finding in found.values()} == {"unasked"}
    assert all("could not ask" in finding.says for finding in found.values())


def test_a_name_server_that_is_not_there_is_no_answer(server):
    look(server, {})
    found = examine(replace(SENDER, dns=Dns("127.0.0.1:9", patience=0.3)), CHECKS)
    assert (passed(found), {finding.state for finding in found}) == (False, {"good", "unasked"})
    assert {finding.what for finding in found if finding.state == "good"} == {"TLS"}


def test_a_domain_that_does_not_exist_has_nothing_else_to_look_at(server):
    found = look(server, {}, domain="frm.example")
    assert [each.what for each in look.all] == ["domain"]
    assert "frm.example does not exist" in found["domain"].says


PUBLISH = [
    # what may be pasted into the zone
    ({"firm.example": {"MX": ["10 mail.firm.example."]}}, {}, "SPF",
     'firm.example. IN TXT "v=spf1 a:mail.firm.example ~all"'),
    ({"firm.example": {"MX": ["10 mail.firm.example."]}}, {"smtp_host": "smtp.gmail.com"}, "SPF",
     'firm.example. IN TXT "v=spf1 include:_spf.google.com ~all"'),
    ({}, {"smtp_host": "smtp.eu.mailgun.org"}, "SPF",
     'firm.example. IN TXT "v=spf1 include:mailgun.org ip4:198.51.100.0/28 ~all"'),
    ({}, {"sends_from": ("198.51.100.99", "2001:db8::5")}, "SPF",
     'firm.example. IN TXT "v=spf1 ip4:198.51.100.99 ip6:2001:db8::5 ip4:198.51.100.0/28 ~all"'),
    ({"firm.example": spf() | {"TXT": ["v=spf1 mx a -all", "v=spf1 a ip4:203.0.113.1 ~all"]}}, {}, "SPF",
     'firm.example. IN TXT "v=spf1 a ip4:203.0.113.1 mx ~all"'),
    ({"firm.example": spf("mx", "+all")}, {}, "SPF", 'firm.example. IN TXT "v=spf1 mx ~all"'),
    ({DMARC: {}}, {}, "DMARC", '_dmarc.firm.example. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@firm.example"'),
    ({DMARC: {"TXT": ["v=DMARC1; p=reject;"]}}, {}, "DMARC",
     '_dmarc.firm.example. IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@firm.example"'),
    ({PTR: {}}, {}, "PTR", "7.100.51.198.in-addr.arpa. IN PTR mail.firm.example."),
    ({DKIM: {}}, {"dkim_record": "v=DKIM1; k=rsa; p=" + "A" * 300}, "DKIM",
     f's1._domainkey.firm.example. IN TXT "v=DKIM1; k=rsa; p={"A" * 237}" "{"A" * 63}"'),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "sender", "what", "line"), PUBLISH)
def test_it_says_what_to_publish_ready_to_paste(server, zone, sender, what, line):
    assert str(look(server, zone, **sender)[what].publish) == line


def test_what_it_says_to_publish_then_passes(server):
    """SPF, DMARC and DKIM are missing; once published as told, nothing is."""
    bare = {"firm.example": {"MX": ["10 mail.firm.example."]}, DMARC: {}, DKIM: {}}
    ours = {"dkim_record": f"v=DKIM1; k=rsa; p={key(2048)}"}
    found = look(server, bare, **ours)
    told = {each.publish.name: each.publish.value for each in found.values() if each.publish}
    mended = {name: bare.get(name, {}) | {"TXT": [value]} for name, value in told.items()}
    assert (look(server, bare | mended, **ours), look.passed) == ({}, True)


def test_a_key_that_is_not_the_one_we_sign_with_is_missing(server):
    found = look(server, {}, dkim_record=f"v=DKIM1; k=rsa; p={'A' * 392}")
    assert "not the one we sign with" in found["DKIM"].says


def test_without_a_selector_the_key_cannot_be_seen(server):
    assert "--selector" in look(server, {}, selector="")["DKIM"].remedy


def test_the_senders_of_a_known_provider_are_included_not_guessed(server):
    google = spf("include:_spf.google.com", "~all")
    zone = {"firm.example": google, "_spf.google.com": spf("ip4:192.0.2.0/24", "~all")}
    assert (look(server, zone, smtp_host="smtp-relay.gmail.com"), look.passed) == ({}, True)


HOME = [
    # a relay in the house: the address that the world sees must be named
    ({}, {"SPF", "PTR"}, True),
    ({"sends_from": ("198.51.100.7",)}, set(), True),
    ({"sends_from": ("203.0.113.9",)}, {"SPF", "PTR"}, False),
]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.1.2.3"])
@pytest.mark.parametrize(("sender", "what", "passes"), HOME)
def test_a_relay_in_the_house_tells_nothing_of_the_address_outside(server, host, sender, what, passes):
    found = look(server, {}, smtp_host=host, **sender)
    assert (set(found), look.passed) == (what, passes)


def raises(error: Exception):
    def greet(*_: object) -> str:
        raise error

    return greet


TLS = [
    ({"greet": raises(Untrusted("certificate has expired"))}, "missing", "certificate has expired"),
    ({"greet": raises(Unreached("timed out"))}, "unasked", "could not ask"),
    ({"security": "none"}, "missing", "not encrypted"),  # A15
    ({"smtp_host": ""}, "missing", "no mail server"),
]


@pytest.mark.parametrize(("sender", "state", "words"), TLS)
def test_the_way_to_our_mail_server_is_encrypted(server, sender, state, words):
    found = look(server, {}, **sender)["TLS"]
    assert (found.state, words in found.says, look.passed) == (state, True, False)
