"""What is looked at before a domain sends, one function each; the sentences say what to do about it."""

from __future__ import annotations

import ipaddress
import re

from channels import dkim_record, dmarc, spf
from channels.dns import NoSuchName
from channels.greeting import Unreached, Untrusted
from opportune.work.preflight import Check, Finding, Record, Sender, at_home

EVERYBODY = re.compile(r"(?<!\S)\+?all(?!\S)", re.I)


def check_spf(sender: Sender) -> list[Finding]:
    domain = sender.envelope
    try:
        policy = spf.read(sender.dns, domain)
    except spf.Broken as wrong:
        return [Finding("SPF", "missing", str(wrong), "receivers ignore the record: mend it", _merged(sender))]
    if policy is None:
        first = _record(domain, f"v=spf1 {_term(sender)} ~all")
        return [Finding("SPF", "missing", f"{domain} has no SPF record", "publish this one", first)]
    if policy.rest == "+":
        tight = _record(domain, EVERYBODY.sub("~all", policy.record))  # unchanged where another domain's record says it
        new = tight if tight.value != policy.record else None
        return [Finding("SPF", "missing", "+all lets everybody send for you", "end it with ~all or -all", new)]
    return [_senders(sender, policy), *_soft(policy)]


def _senders(sender: Sender, policy: spf.Policy) -> Finding:
    """Does it name those who send for us, as far as can be known?"""
    wider = _record(sender.envelope, policy.record.replace("v=spf1", f"v=spf1 {_term(sender)}", 1))
    if sender.provider and not sender.sends_from:
        if sender.provider in policy.included:
            return Finding("SPF", "good", f"names the senders of {sender.smtp_host}, {policy.lookups} lookups")
        says = f"does not include {sender.provider}, the senders of {sender.smtp_host}"
        return Finding("SPF", "missing", says, "add them", wider)
    addresses = sender.addresses()
    left_out = [each for each in addresses if not policy.covers(each)]
    if not addresses:
        says = f"{sender.smtp_host or 'the mail server'} hands the mail on, from which address cannot be seen here"
        return Finding("SPF", "unwise", says, "name the address with --sends-from")
    if sender.sends_from and left_out:
        return Finding("SPF", "missing", f"does not name {', '.join(left_out)}", "add the addresses", wider)
    if left_out:
        says = f"does not name {sender.smtp_host} ({', '.join(left_out)})"
        remedy = "ask your provider what to include, or name the addresses mail leaves from with --sends-from"
        return Finding("SPF", "unwise", says, remedy, wider)
    return Finding("SPF", "good", f"names {', '.join(addresses)}, {policy.lookups} lookups")


def _soft(policy: spf.Policy) -> list[Finding]:
    if policy.rest in ("-", "~"):
        return []
    says = "does not say what to think of other senders"
    return [Finding("SPF", "unwise", says, "end it with ~all or -all")]


def _term(sender: Sender) -> str:
    if sender.provider and not sender.sends_from:
        return f"include:{sender.provider}"
    if sender.sends_from:
        return " ".join(f"ip{ipaddress.ip_address(each).version}:{each}" for each in sender.sends_from)
    return f"a:{sender.smtp_host}" if sender.smtp_host else "mx"


def _merged(sender: Sender) -> Record | None:
    """Several records put into one. One record that is broken in itself must be mended by whoever wrote it."""
    found = sorted(spf.records(sender.dns, sender.envelope))
    if len(found) < 2:
        return None
    terms = list(dict.fromkeys(term for record in found for term in record.split()[1:]))
    own = [term for term in terms if not term.lower().endswith("all")]
    return _record(sender.envelope, " ".join(["v=spf1", *own, "~all"]))


def check_dkim(sender: Sender) -> list[Finding]:
    domain = sender.dkim_domain or sender.domain
    if not sender.selector:
        remedy = (
            "name its selector with --selector (your mail provider shows it), or sign here: OPPORTUNE_DKIM_SELECTOR"
        )
        return [Finding("DKIM", "missing", "which key signs cannot be seen from here", remedy)]
    at = f"{sender.selector}._domainkey.{domain}"
    ours = _record(at, sender.dkim_record) if sender.dkim_record else None
    remedy = "publish this one" if ours else f"copy the record of {at} from your mail provider"
    try:
        key = dkim_record.read(sender.dns, sender.selector, domain)
    except dkim_record.Broken as wrong:
        return [Finding("DKIM", "missing", f"{at}: {wrong}", remedy, ours)]
    if key is None:
        return [Finding("DKIM", "missing", f"there is no key at {at}", remedy, ours)]
    if ours and dmarc.tags(ours.value)["p"] != key.text:
        return [Finding("DKIM", "missing", f"the key at {at} is not the one we sign with", remedy, ours)]
    return [_strength(at, key)]


def _strength(at: str, key: dkim_record.PublicKey) -> Finding:
    if key.testing:
        return Finding("DKIM", "unwise", f"{at} says t=y: receivers may treat the mail as unsigned", "drop t=y")
    if key.algorithm == "ed25519":
        says = f"the key at {at} is ed25519, which Gmail cannot read"
        return Finding("DKIM", "unwise", says, "make one with rsa: opportune mail dkim-key")
    if key.bits < dkim_record.GOOD:
        says = f"the key at {at} has {key.bits} bits"
        return Finding("DKIM", "unwise", says, f"make one of {dkim_record.GOOD}: opportune mail dkim-key")
    return Finding("DKIM", "good", f"{at}: {key.algorithm}, {key.bits} bits")


def check_dmarc(sender: Sender) -> list[Finding]:
    new = _record(f"_dmarc.{sender.domain}", f"v=DMARC1; p=none; rua=mailto:dmarc@{sender.domain}")
    try:
        policy = dmarc.read(sender.dns, sender.domain)
    except dmarc.Broken as wrong:
        return [Finding("DMARC", "missing", str(wrong), "mend it", new)]
    if policy is None:
        return [Finding("DMARC", "missing", f"{sender.domain} has no DMARC record", "publish this one", new)]
    reports = [] if policy.reports else [_no_reports(sender, policy)]
    return [Finding("DMARC", "good", f"p={policy.policy} at _dmarc.{policy.at}"), *reports, _alignment(sender, policy)]


def _no_reports(sender: Sender, policy: dmarc.Policy) -> Finding:
    fuller = _record(f"_dmarc.{policy.at}", f"{policy.record.rstrip('; ')}; rua=mailto:dmarc@{sender.domain}")
    return Finding("DMARC", "unwise", "nobody reports to you who sends in your name", "add rua=", fuller)


def _alignment(sender: Sender, policy: dmarc.Policy) -> Finding:
    """Gmail and Microsoft ask that SPF or DKIM speaks for the very domain that readers see."""
    dns, from_ = sender.dns, sender.domain
    signs = sender.dkim_domain or from_
    usable = [finding.state in ("good", "unwise") for finding in check_dkim(sender)]
    by_dkim = all(usable) and dmarc.one_house(dns, signs, from_, strict=policy.strict_dkim)
    by_spf = dmarc.one_house(dns, sender.envelope, from_, strict=policy.strict_spf)
    named = all(finding.state in ("good", "unwise") for finding in check_spf(sender))
    if by_dkim or (by_spf and named):
        by = " and ".join(name for name, there in (("SPF", by_spf and named), ("DKIM", by_dkim)) if there)
        return Finding("alignment", "good", f"{by} speaks for {from_}")
    says = f"neither SPF (for {sender.envelope}) nor DKIM (by {signs}) speaks for {from_}"
    remedy = f"sign with a key of {from_}, or let bounces come back to it: OPPORTUNE_MAIL_DOMAIN={from_}"
    return Finding("alignment", "missing", says, remedy)


def check_ptr(sender: Sender) -> list[Finding]:
    if sender.provider and not sender.sends_from:
        return [Finding("PTR", "good", f"the addresses of {sender.smtp_host} are its own business")]
    addresses = sender.addresses()
    if not addresses:
        says = "from which address the mail leaves cannot be seen here"
        return [Finding("PTR", "unwise", says, "name the address with --sends-from")]
    return [_named(sender, each) for each in addresses]


def _named(sender: Sender, address: str) -> Finding:
    """The name must lead back to the address, else anybody could claim any name."""
    names = sender.dns.names_of(address)
    for name in names:
        try:
            if address in sender.dns.addresses(name):
                return Finding("PTR", "good", f"{address} is {name}")
        except NoSuchName:
            continue
    says = f"{address} says it is {names[0]}, which does not lead back to it" if names else f"{address} has no name"
    host = sender.smtp_host if not _is_number(sender.smtp_host) else f"mail.{sender.domain}"
    new = Record(ipaddress.ip_address(address).reverse_pointer, "PTR", f"{host}.")
    return Finding(
        "PTR", "missing", says, "ask whoever rents you the address for this, and let the name lead back", new
    )


def check_mx(sender: Sender) -> list[Finding]:
    """Replies, bounces and "unsubscribe" by mail must come back to us."""
    return [_takes_mail(sender, domain) for domain in dict.fromkeys((sender.reply_domain, sender.envelope))]


def _takes_mail(sender: Sender, domain: str) -> Finding:
    try:
        hosts = sender.dns.mail_servers(domain)
        reached = [host for host in hosts if host != "." and sender.dns.addresses(host)]
    except NoSuchName as name:
        return Finding("MX", "missing", f"{name} does not exist in the DNS", f"mend the MX record of {domain}")
    if reached:
        return Finding("MX", "good", f"what comes back to {domain} goes to {reached[0]}")
    if not hosts and sender.dns.addresses(domain):
        says = f"{domain} has no MX record, only an address; not every server tries that"
        return Finding("MX", "unwise", says, "publish one", Record(domain, "MX", f"10 {domain}."))
    says = f"{domain} takes no mail: replies and bounces would be lost"
    return Finding("MX", "missing", says, "publish the record that your mail host shows you", None)


def check_tls(sender: Sender) -> list[Finding]:
    """A15."""
    host = f"{sender.smtp_host}:{sender.smtp_port}"
    if not sender.smtp_host:
        return [Finding("TLS", "missing", "no mail server is set", "set OPPORTUNE_SMTP_HOST")]
    if sender.security == "none":
        near = sender.smtp_host == "localhost" or (_is_number(sender.smtp_host) and at_home(sender.smtp_host))
        says = f"the way to {host} is not encrypted{', it stays in the house' if near else ''}"
        return [Finding("TLS", "good" if near else "missing", says, "set OPPORTUNE_SMTP_SECURITY=starttls")]
    try:
        protocol = sender.greet(sender.smtp_host, sender.smtp_port, sender.security)
        return [Finding("TLS", "good", f"{host} answers under {protocol}")]
    except Untrusted as wrong:
        return [
            Finding("TLS", "missing", f"{host} cannot be trusted: {wrong}", "ask its operator for a valid certificate")
        ]
    except Unreached as silent:
        return [Finding("TLS", "unasked", f"could not ask {host}: {silent}", "check OPPORTUNE_SMTP_HOST and _PORT")]


def _record(name: str, text: str) -> Record:
    return Record(name, "TXT", text)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


CHECKS: tuple[tuple[str, Check], ...] = (
    ("SPF", check_spf),
    ("DKIM", check_dkim),
    ("DMARC", check_dmarc),
    ("PTR", check_ptr),
    ("MX", check_mx),
    ("TLS", check_tls),
)
