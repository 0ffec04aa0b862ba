"""The commands about site forms: check a document, publish it, see it, embed it, redeem a coupon."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from channels.form_embed import address, embed
from channels.forms import FORMS, WORDS, Form, version_of
from opportune.cli import show, told
from opportune.cli.common import By, Json, app, chosen_settings, must_sign, world
from opportune.rules.form_document import schema
from opportune.rules.problems import Problem
from opportune.store.models import FormVersion
from opportune.web import form_page
from opportune.work import coupons, form_life, hook_secrets, leads
from opportune.work.versions import NotAllowed
from opportune.work.world import World

form = typer.Typer(no_args_is_help=True, help="Check, publish, see and embed the forms of the site.")
app.add_typer(form, name="form")

Key = Annotated[str, typer.Argument(help="Key of the form.")]
File = Annotated[Path, typer.Argument(help="Form document (YAML).")]
Language = Annotated[str, typer.Option(help="In which the visitor reads: en, ru or ro.")]


@contextmanager
def _answering(json: bool) -> Iterator[None]:
    """A refusal is one sentence, or for a program one object; exit 1."""
    try:
        yield
    except NotAllowed as error:
        if json:
            show.as_json({"refused": str(error)})
            raise typer.Exit(1) from None
        show.fail(str(error))


def _checked(file: Path) -> tuple[Form | None, str, list[Problem]]:
    here = chosen_settings()
    found, text, problems = form_life.check(
        file, templates=here.templates, warmth=here.warmth, language=here.language
    )  # fmt: skip
    return (Form(found, version_of(text)) if found else None), text, problems


@form.command("check")
def check(files: Annotated[list[Path], typer.Argument(help="Form documents (YAML).")], json: Json = False) -> None:
    """Check form documents; needs no database. Exit 1 when one has an error."""
    problems = [problem for file in files for problem in _checked(file)[2]]
    show.as_json({"problems": list(map(asdict, problems))}) if json else told.problems(files, problems)
    raise typer.Exit(1 if problems else 0)


@form.command("publish")
def publish(
    file: File,
    by: By = "",
    note: Annotated[str, typer.Option(help="What changed, for the history.")] = "",
    json: Json = False,
) -> None:
    """From now on visitors see this. An older document, published again, brings that version back."""
    found, text, problems = _checked(file)
    if found is None:
        show.as_json({"problems": list(map(asdict, problems))}) if json else told.problems([file], problems)
        raise typer.Exit(1)
    here = world()
    row = form_life.publish(here, found.document, text, author=by, note=note)
    where = address(found, here.settings.public_url)
    if json:
        show.as_json({"key": row.key, "version": row.sha, "page": where})
    else:
        show.out.print(f"Live: {row.key}, version {row.sha[:12]}. See {where}", markup=False, soft_wrap=True)


@form.command("list")
def list_(json: Json = False) -> None:
    """All forms that visitors can reach, with their kind and how many leads each brought."""
    here = world()
    with here.db.read() as session:
        keys, brought = form_life.keys(session), form_life.leads_of(session)
    rows = [_row(here, form_life.named(here, key), brought.get(key, 0)) for key in keys]
    if json:
        show.as_json({"forms": rows})
        return
    for row in rows:
        told_row = f"{row['key']:<14} {row['kind']:<13} {row['leads']:>6} leads  {row['version'][:12]}  {row['title']}"
        show.out.print(told_row, markup=False, soft_wrap=True)


def _row(here: World, found: Form, brought: int) -> dict[str, Any]:
    built_in = found.key in FORMS and FORMS[found.key].version == found.version
    return {"key": found.key, "kind": found.kind, "title": found.title, "version": found.version, "leads": brought,
            "built_in": built_in, "page": address(found, here.settings.public_url)}  # fmt: skip


@form.command("show")
def show_(key: Key, json: Json = False) -> None:
    """A form in words, and all its versions."""
    here = world()
    with _answering(json):
        found = form_life.named(here, key)
    with here.db.read() as session:
        versions = list(map(_version, form_life.history(session, key)))
        brought = form_life.leads_of(session).get(key, 0)
    row = _row(here, found, brought)
    if json:
        show.as_json(row | {"document": found.document.model_dump(mode="json"), "versions": versions})
        return
    show.out.print(f"{found.title} ({found.kind}), {brought} leads, {row['page']}", markup=False, soft_wrap=True)
    asked = ", ".join(each.label + ("" if each.required else " (optional)") for each in found.fields)
    show.out.print(f"Asks: {asked}", markup=False, soft_wrap=True)
    for each in versions or [{"version": found.version, "at": "built in", "by": "", "note": "", "live": True}]:
        line = f"{'live' if each['live'] else '':<5} {each['version'][:12]}  {each['at']}  {each['by']}  {each['note']}"
        show.out.print(line.rstrip(), markup=False, soft_wrap=True)


def _version(row: FormVersion) -> dict[str, Any]:
    at = datetime.fromtimestamp(row.published_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {"version": row.sha, "at": at, "by": row.author or "", "note": row.note or "", "live": row.live}


@form.command("embed")
def embed_(
    key: Key,
    plain: Annotated[bool, typer.Option("--plain", help="As HTML that needs no script.")] = False,
    language: Language = "en",
) -> None:
    """The code to copy into a page of the site."""
    here = world()
    with _answering(False):
        found = form_life.named(here, key).in_language(_known(language))
    named = found.document.advertiser or leads.advertiser(here)
    public = here.settings.public_url
    print(form_page.plain(found, named, public) if plain else embed(found, public), end="")


@form.command("secret")
def secret(
    key: Key,
    new: Annotated[
        bool, typer.Option("--new", help="Another one from now on; the one before holds for a day.")
    ] = False,
    by: By = "",
    json: Json = False,
) -> None:
    """With which the site's own form signs what it sends to /hooks/KEY."""
    here = world()
    must_sign(here)
    with _answering(json):
        form_life.named(here, key)
    found = hook_secrets.renew(here, key, by) if new else hook_secrets.of_form(here, key)[0]
    where = f"{here.settings.public_url.rstrip('/')}/hooks/{key}"
    if json:
        show.as_json({"form": key, "secret": found, "address": where})
    else:
        show.out.print(f"{found}\nPOST to {where}", markup=False, soft_wrap=True)


@form.command("preview")
def preview(
    file: File,
    language: Language = "en",
    out: Annotated[Path | None, typer.Option(help="Write the page here; default: beside the document.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """The page of a document that nobody published yet."""
    found, _, problems = _checked(file)
    if found is None:
        told.problems([file], problems)
        raise typer.Exit(1)
    found = found.in_language(_known(language))
    shown = form_page.Shown(found.document.advertiser or "The advertiser", chosen_settings().public_url)
    page = out or file.with_suffix(".html")
    page.write_bytes(bytes(form_page.form_page(found, shown, {}, {}).body))
    if open_:
        webbrowser.open(page.resolve().as_uri())
    show.out.print(f"See {page}", markup=False, soft_wrap=True)


def _known(language: str) -> str:
    if language not in WORDS:
        show.fail(f"--language: {language!r} is none of {', '.join(WORDS)}")
    return language


@form.command("schema")
def schema_() -> None:
    """The JSON Schema of the document, for editors."""
    show.as_json(schema())


@form.command("redeem")
def redeem(
    code: Annotated[str, typer.Argument(help="The code, as it stands in the mail.")],
    by: By = "",
    json: Json = False,
) -> None:
    """Use a coupon: each code is good once."""
    here = world()
    with _answering(json):
        row = coupons.redeem(here, code, by)
    show.as_json({"code": row.code, "form": row.form}) if json else show.out.print(f"Good. {row.code} is used now.")
