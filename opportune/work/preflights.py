"""Which domains were looked at before sending, and may a campaign that mails go live?"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import dkim
from channels.dns import Dns
from opportune.rules.campaign import Campaign
from opportune.rules.facts import DAY, Channel
from opportune.store import audit
from opportune.store import models as m
from opportune.work import preflight, senders
from opportune.work.preflight import Finding, Sender
from opportune.work.preflight_checks import CHECKS
from opportune.work.versions import NotAllowed
from opportune.work.world import World

FRESH = 30 * DAY  # records are changed by people who know nothing of our campaigns


def sender(world: World, who: str, *, selector: str = "", sends_from: tuple[str, ...] = (), server: str = "") -> Sender:
    """Who would send for this domain or address, by the settings. `selector`: of the key that the mail server signs
    with, where it does."""
    s, domain = world.settings, who.rpartition("@")[2]
    address = who if "@" in who else f"postmaster@{domain}"
    account, envelope = senders.account_of(world, address), senders.domain_of(world, address)
    found = Sender(
        domain=domain,
        envelope=envelope,
        reply_domain=(s.mail_reply_to or address).rpartition("@")[2],
        smtp_host=account.host,
        smtp_port=account.port,
        security=account.security,
        selector=selector,
        sends_from=sends_from,
        dns=Dns(server),
    )
    if not s.dkim_selector and s.dkim_key_file == Path():
        return found
    signs = dkim.signer(s.dkim_selector, s.dkim_domain or envelope, s.dkim_key_file)
    return replace(found, selector=signs.selector, dkim_domain=signs.domain, dkim_record=signs.record)


def run(world: World, who_sends: Sender, by: str) -> list[Finding]:
    """Look at everything now, and keep what was found."""
    findings = preflight.examine(who_sends, CHECKS)
    kept = [asdict(finding) | {"publish": str(finding.publish or "")} for finding in findings]
    row = {"at": world.clock.now(), "passed": preflight.passed(findings), "who": by, "findings": kept}
    with world.db.write() as session:
        session.add(m.Preflight(domain=who_sends.domain.lower(), **row))
    return findings


def must_have_passed(world: World, session: Session, version: m.CampaignVersion, why_not: str, by: str) -> None:
    """Before a campaign that mails goes live. Practice needs none: nothing leaves this machine.

    Raises:
        NotAllowed: the last preflight of the From domain is missing, too old or failed, and nobody said why it may.
    """
    campaign = Campaign.model_validate(version.document)
    domain = campaign.sender.email.rpartition("@")[2].lower()
    if world.settings.practice or Channel.EMAIL not in campaign.channels:
        return
    trouble = _trouble(world, session, domain)
    if trouble and not why_not.strip():
        raise NotAllowed(
            f"{trouble}: run opportune mail preflight {domain}, or go without: --without-preflight 'your reason'"
        )
    if trouble:
        data = {"domain": domain, "trouble": trouble}
        now, why = world.clock.now(), why_not.strip()[:500]
        audit.write(session, now, by, "without_preflight", campaign.key, why, data)


def _trouble(world: World, session: Session, domain: str) -> str:
    last = session.scalar(
        select(m.Preflight).where(m.Preflight.domain == domain).order_by(m.Preflight.at.desc(), m.Preflight.id.desc())
    )
    if last is None:
        return f"nobody has looked yet whether {domain} may send mail"
    if not last.passed:
        return f"the last preflight of {domain} found something missing"
    return f"the last preflight of {domain} is older than 30 days" if last.at < world.clock.now() - FRESH else ""
