"""The commands about webhooks: whom we tell, of what, and whether it has reached them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from opportune.cli import show
from opportune.cli.common import By, Json, app, must_sign, world
from opportune.work import hook_secrets, webhooks
from opportune.work.outgoing import EVENTS

webhook = typer.Typer(no_args_is_help=True, help="Tell other systems, signed, of leads, goals, results and every no.")
app.add_typer(webhook, name="webhook")

Id = Annotated[int, typer.Argument(help="Number of the webhook, as `opportune webhook list` shows it.")]


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except webhooks.NotKnown as error:
        show.fail(str(error))


@webhook.command("add")
def add(
    url: Annotated[str, typer.Argument(help="https address that is told.")],
    event: Annotated[
        list[str] | None, typer.Option("--event", help=f"May be repeated: {', '.join(EVENTS)}. Without: all.")
    ] = None,
    by: By = "",
    json: Json = False,
) -> None:
    """From now on this address hears of these; prints the secret that its signatures are checked with."""
    here = world()
    must_sign(here)
    with _answering():
        row = webhooks.add(here, url, event or list(EVENTS), by=by)
    secret = hook_secrets.of_webhook(here, row.id)
    if json:
        show.as_json({"id": row.id, "events": row.events, "secret": secret})
    else:
        words = f"Webhook {row.id} hears of {', '.join(row.events)}. Its secret: {secret}"
        show.out.print(words, markup=False, soft_wrap=True)


@webhook.command("list")
def list_(json: Json = False) -> None:
    """Whom we tell, and how many things have not reached them yet."""
    rows = webhooks.all_of(world())
    if json:
        show.as_json({"webhooks": rows})
        return
    for row in rows:
        state = "on" if row["active"] else f"off: {row['why_off']}"
        line = f"{row['id']:>3}  {row['url']}  {', '.join(row['events'])}  {row['waiting']} waiting  {state}"
        show.out.print(line, markup=False, soft_wrap=True)
    if not rows:
        show.out.print("Nobody is told of anything yet: opportune webhook add https://…")


@webhook.command("test")
def try_out(id: Id, json: Json = False) -> None:
    """Send one delivery that says nothing, now. Exit 1 when it did not arrive."""
    here = world()
    with _answering():
        answer = webhooks.try_out(here, id)
    show.as_json({"told": answer.told, "answer": answer.words}) if json else show.out.print(
        f"{'It arrived' if answer.told else 'It did not arrive'}: {answer.words}", markup=False, soft_wrap=True
    )
    raise typer.Exit(0 if answer.told else 1)


@webhook.command("deliveries")
def deliveries(
    id: Annotated[int, typer.Argument(help="Only of this webhook; 0: of all.")] = 0, json: Json = False
) -> None:
    """What was told last, and what waits with its reason."""
    rows = webhooks.deliveries(world(), id or None)
    if json:
        show.as_json({"deliveries": rows})
        return
    for row in rows:
        show.out.print(_line(row), markup=False, soft_wrap=True)


def _line(row: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(row["created_at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
    tried = f"{row['tries']} tries" if row["tries"] != 1 else "1 try"
    return (
        f"{at}  {row['webhook_id']}  {row['event']:<20} {row['state']:<10} {tried}  {row['why'] or row['answer'] or ''}"
    )


@webhook.command("on")
def on(id: Id, by: By = "") -> None:
    """Tell it again, after it was switched off for not answering; what waited leaves now."""
    with _answering():
        webhooks.switch_on(world(), id, by=by)
    show.out.print(f"Webhook {id} is on.")


@webhook.command("remove")
def remove(id: Id, by: By = "") -> None:
    """Tell it nothing more; what it has not heard yet is gone."""
    with _answering():
        webhooks.remove(world(), id, by=by)
    show.out.print(f"Webhook {id} is removed.")
