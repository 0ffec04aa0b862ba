"""The commands about mail and its templates: check them, look at one as a person, send oneself a test."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from channels.base import Accepted
from opportune.cli import show, told
from opportune.cli.common import By, Json, app, chosen_settings, world
from opportune.rules.mail_problems import WordsError
from opportune.work import mail_source, template_lint, template_preview
from opportune.work.template_preview import Preview
from opportune.work.versions import NotAllowed
from opportune.work.whom import NotFound

mail = typer.Typer(no_args_is_help=True, help="Check, preview and try out the mail.")
app.add_typer(mail, name="mail")

Name = Annotated[str, typer.Argument(help="Name of the template: a folder of templates/mail.")]
Contact = Annotated[str | None, typer.Option(help="As this person: email address, phone number or id.")]
Campaign = Annotated[str | None, typer.Option(help="With the words of this campaign, by its key.")]
After = Annotated[str | None, typer.Option(help="After a call that came to this: talked, voicemail_left, …")]


@mail.command("lint")
def lint(
    names: Annotated[list[str] | None, typer.Argument(help="Names of templates; default: all.")] = None,
    json: Json = False,
) -> None:
    """Check mail templates, in every language. Exit 1 when one has an error."""
    here = chosen_settings()
    problems = template_lint.lint(here.templates, names or mail_source.names(here.templates), language=here.language)
    files = [here.templates / "mail" / name for name in names or ()]
    if json:
        show.as_json({"problems": list(map(asdict, problems))})
    else:
        told.problems([] if problems else files or [here.templates / "mail"], problems)
    raise typer.Exit(1 if any(problem.severity == "error" for problem in problems) else 0)


@contextmanager
def _answering(json: bool) -> Iterator[None]:
    """What cannot be shown is one sentence, or for a program one object; exit 1."""
    try:
        yield
    except (WordsError, NotFound, NotAllowed) as error:
        if json:
            show.as_json({"refused": str(error)})
            raise typer.Exit(1) from None
        show.fail(str(error))


@mail.command("preview")
def preview(
    name: Name,
    contact: Contact = None,
    campaign: Campaign = None,
    after: After = None,
    out: Annotated[Path | None, typer.Option(help="Write the page here; default: into the home folder.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    json: Json = False,
) -> None:
    """One page: the mail on a desktop and a phone, its text, its headers, what is wrong with it."""
    here = world()
    with _answering(json):
        shown = template_preview.preview(here, name, contact=contact, campaign=campaign, cause=after)
    file = out or here.settings.home / f"preview-{name}.html"
    file.write_text(template_preview.page(shown), "utf-8")
    if open_:
        webbrowser.open(file.resolve().as_uri())
    _shown(shown, file, json)


def _shown(shown: Preview, file: Path, json: bool) -> None:
    if json:
        problems = list(map(asdict, shown.problems))
        show.as_json({"file": str(file), "subject": shown.letter.subject, "problems": problems})
        return
    show.out.print(f"To {shown.letter.recipient}: {shown.letter.subject}", markup=False, soft_wrap=True)
    told.problems([], shown.problems)
    show.out.print(f"See {file}", markup=False, soft_wrap=True)


@mail.command("test")
def send_test(
    name: Name,
    to: Annotated[str, typer.Option(help="One of OPPORTUNE_TEST_ADDRESSES.")],
    contact: Contact = None,
    campaign: Campaign = None,
    after: After = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Send it, marked as a test, to one of our own people."""
    here = world()
    with _answering(json):
        shown = template_preview.preview(here, name, contact=contact, campaign=campaign, cause=after)
        answer = template_preview.send_test(here, shown, to, by=by)
    here.close()
    if not isinstance(answer, Accepted):
        show.fail(f"The mail server did not take it: {answer.detail}")
    show.as_json({"sent": to}) if json else show.out.print(f"Sent to {to}.")
