"""A campaign that mails goes live when its domain was looked at in the last 30 days, or when somebody says why not."""

from __future__ import annotations

import json

import pytest
import yaml
from sqlalchemy import select
from support_dns import name_server
from support_world import EXAMPLES, TUESDAY, make_world, move_clock

from channels.dkim import new_key
from opportune.cli import common
from opportune.settings import settings
from opportune.store import models as m
from opportune.work import campaigns, preflights
from opportune.work.versions import NotAllowed

DAY = 86_400
DOMAIN = "brightdesk.example"  # of the example's sender


@pytest.fixture
def world(db, tmp_path):
    return make_world(db, tmp_path / "home")


def document(world, **given):
    world.settings.home.mkdir(parents=True, exist_ok=True)
    path = world.settings.home / "one.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load((EXAMPLES / "meetings.yaml").read_text()) | given))
    return path


def found(world, passed, *, domain=DOMAIN, ago=0):
    with world.db.write() as session:
        at = world.clock.now() - ago
        session.add(m.Preflight(domain=domain, at=at, passed=passed, who="ana", findings=[]))


def state(world):
    with world.db.read() as session:
        return session.scalar(select(m.Campaign.state))


def nothing(world):
    pass


def failed_since(world):
    found(world, True, ago=60)
    found(world, False)


REFUSED = [
    # what was looked at, and the words of the refusal
    (nothing, "nobody has looked yet"),
    (lambda world: found(world, True, domain="other.example"), "nobody has looked yet"),
    (lambda world: found(world, False), "something missing"),
    (failed_since, "something missing"),  # the last one counts
    (lambda world: found(world, True, ago=30 * DAY + 1), "older than 30 days"),
]


@pytest.mark.parametrize(("before", "words"), REFUSED)
def test_a_campaign_that_mails_waits_for_its_preflight(world, before, words):
    before(world)
    with pytest.raises(NotAllowed, match=words) as refused:
        campaigns.activate(world, document(world), author="ana")
    assert f"opportune mail preflight {DOMAIN}" in str(refused.value)
    assert state(world) == "approved"  # the version waits


def mended(world):
    found(world, False, ago=60)
    found(world, True)


@pytest.mark.parametrize("before", [lambda world: found(world, True, ago=30 * DAY), mended])
def test_what_passed_in_the_last_thirty_days_is_enough(world, before):
    before(world)
    campaigns.activate(world, document(world), author="ana")
    assert state(world) == "live"


def test_a_campaign_that_only_calls_needs_none(world):
    campaigns.activate(world, document(world, channels=["call"], steps=[], comparison_sample=0), author="ana")
    assert state(world) == "live"


def test_practice_needs_none(db, tmp_path):
    world = make_world(db, tmp_path, practice=True)
    campaigns.activate(world, document(world), author="ana")
    assert state(world) == "live"


def test_whoever_goes_without_says_why_and_it_is_kept(world):
    with pytest.raises(NotAllowed):
        campaigns.activate(world, document(world), author="ana", without_preflight="  ")
    campaigns.activate(world, document(world), author="ana", without_preflight="the DNS is being moved")
    with world.db.read() as session:
        row = session.scalars(select(m.Audit).where(m.Audit.act == "without_preflight")).one()
    assert (row.who, row.subject, row.why) == ("ana", "meetings", "the DNS is being moved")
    assert "nobody has looked yet" in row.data["trouble"]


def test_going_back_to_an_old_version_asks_too_and_leaves_nothing_half_done(world):
    found(world, True)
    first = campaigns.activate(world, document(world), author="ana")
    campaigns.activate(world, document(world, name="Winter"), author="ana")
    move_clock(world, TUESDAY + 31 * DAY)
    with pytest.raises(NotAllowed, match="older than 30 days"):
        campaigns.rollback(world, "meetings", first.sha, by="ana")
    with world.db.read() as session:
        assert len(session.scalars(select(m.CampaignVersion)).all()) == 2
    campaigns.rollback(world, "meetings", first.sha, by="ana", without_preflight="the mailer of old was better")


def test_the_account_and_the_key_are_those_that_would_send(db, tmp_path):
    """What is looked at is what `prepare` and the mailer use for this From address."""
    (tmp_path / "accounts.toml").write_text(
        '[[account]]\nname = "house"\nhost = "mail.house.example"\n'
        f'[[account]]\nname = "desk"\nhost = "smtp.desk.example"\nport = 465\nsecurity = "tls"\nfrom = ["{DOMAIN}"]\n'
    )
    (tmp_path / "key.pem").write_bytes(new_key("ed25519")[1])
    keys = {"dkim_selector": "s1", "dkim_key_file": tmp_path / "key.pem"}
    world = make_world(db, tmp_path, mail_accounts=str(tmp_path / "accounts.toml"), **keys)
    desk = preflights.sender(world, DOMAIN)
    assert (desk.smtp_host, desk.smtp_port, desk.security) == ("smtp.desk.example", 465, "tls")
    assert (desk.envelope, desk.dkim_domain, desk.reply_domain) == (DOMAIN, DOMAIN, "ours.example")
    assert desk.dkim_record.startswith("v=DKIM1; k=ed25519; p=")
    other = preflights.sender(world, "ana@other.example")
    assert (other.domain, other.smtp_host, other.envelope) == ("other.example", "mail.house.example", "ours.example")


def test_where_the_mail_server_signs_its_selector_is_told(db, tmp_path):
    looked = preflights.sender(make_world(db, tmp_path), DOMAIN, selector="google")
    assert (looked.selector, looked.dkim_record) == ("google", "")


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """`opportune mail preflight brightdesk.example`, in this process; exit code and what it printed."""
    from opportune.cli import app, register

    register(["mail"])
    given = {
        "HOME": str(tmp_path), "SECRET": "a secret of the tests, long enough to sign", "SMTP_HOST": "127.0.0.1",
        "SMTP_SECURITY": "none", "OPERATOR_PHONE": "+442079460999", "MAIL_REPLY_TO": f"reply@{DOMAIN}",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"OPPORTUNE_{name}", value)
    settings.cache_clear()
    monkeypatch.setitem(common.PLACE, "practice", False)

    def run(*words):
        with pytest.raises(SystemExit) as left:
            app(["mail", "preflight", DOMAIN, *words], prog_name="opportune")
        return left.value.code, " ".join(capsys.readouterr().out.split())

    return run


def test_the_command_says_record_by_record_what_to_publish(command):
    with name_server({DOMAIN: {"MX": [f"10 mail.{DOMAIN}."]}, f"mail.{DOMAIN}": {"A": ["198.51.100.7"]}}) as server:
        code, said = command("--server", server, "--sends-from", "198.51.100.7")
        assert code == 1
        assert f'{DOMAIN}. IN TXT "v=spf1 ip4:198.51.100.7 ~all"' in said
        assert f'_dmarc.{DOMAIN}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}"' in said
        assert "7.100.51.198.in-addr.arpa. IN PTR" in said
        assert f"{DOMAIN} is not ready" in said
        code, said = command("--server", server, "--json")
    answer = json.loads(said)
    assert (code, answer["passed"], answer["findings"][0]["what"]) == (1, False, "domain")


def test_what_the_command_found_lets_the_campaign_go_live(command, tmp_path, monkeypatch):
    monkeypatch.setattr(preflights, "CHECKS", ())  # the domain exists, and that is all we look at
    with name_server({DOMAIN: {}}) as server:
        code, said = command("--server", server)
    assert (code, f"{DOMAIN} may send" in said) == (0, True)
    world = common.world()
    campaigns.activate(world, document(make_world(world.db, tmp_path)), author="ana")
    assert state(world) == "live"
    world.close()
