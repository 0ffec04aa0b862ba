"""`opportune mail preflight DOMAIN`: may this domain send, and what is to be published?"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

import typer
from rich.markup import escape

from opportune.cli import show
from opportune.cli.common import By, Json, world
from opportune.cli.mail import mail
from opportune.work import preflight, preflights
from opportune.work.preflight import Finding

MARKS = {"good": "[green]✓[/]", "unwise": "[yellow]![/]", "missing": "[bold red]✗[/]", "unasked": "[yellow]?[/]"}


@mail.command("preflight")
def preflight_(
    domain: Annotated[str, typer.Argument(help="Domain of the From address, or the address.")],
    selector: Annotated[str, typer.Option(help="DKIM selector of your mail provider, when it signs.")] = "",
    sends_from: Annotated[list[str] | None, typer.Option(help="IP address that the mail leaves from.")] = None,
    server: Annotated[str, typer.Option(help="Ask this name server, like 192.0.2.1 or 192.0.2.1:5353.")] = "",
    by: By = "",
    json: Json = False,
) -> None:
    """May this domain send? SPF, DKIM, DMARC, PTR, MX, TLS. Exit 1 when providers would refuse its mail."""
    here, who = world(), domain.strip().lower().rstrip(".")
    who_sends = preflights.sender(here, who, selector=selector, sends_from=_numbers(sends_from), server=server)
    findings, name = preflights.run(here, who_sends, by), who_sends.domain
    good = preflight.passed(findings)
    if json:
        listed = [{**_plain(finding), "publish": str(finding.publish or "")} for finding in findings]
        show.as_json({"domain": name, "passed": good, "findings": listed})
    else:
        _tell(name, findings)
    raise typer.Exit(0 if good else 1)


def _numbers(given: list[str] | None) -> tuple[str, ...]:
    try:
        return tuple(str(ip_address(each)) for each in given or ())
    except ValueError as error:
        show.fail(f"--sends-from: {error}; give an IP address, like 192.0.2.1")


def _plain(finding: Finding) -> dict[str, str]:
    return {"what": finding.what, "state": finding.state, "says": finding.says, "remedy": finding.remedy}


def _tell(domain: str, findings: list[Finding]) -> None:
    for finding in findings:
        remedy = f"; {finding.remedy}" if finding.remedy and finding.state != "good" else ""
        show.out.print(f"{MARKS[finding.state]} {finding.what:<10} {escape(finding.says + remedy)}", soft_wrap=True)
        if finding.publish:
            show.out.print(f"  [cyan]{escape(str(finding.publish))}[/]", soft_wrap=True)
    said = "may send." if preflight.passed(findings) else "is not ready: mend what is marked, then run this again."
    show.out.print(f"\n{domain} {said}")
