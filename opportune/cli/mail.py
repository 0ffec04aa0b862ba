"""The commands about mail: its templates, and whether a domain may send."""

from __future__ import annotations

import typer

from opportune.cli.common import app

mail = typer.Typer(no_args_is_help=True, help="Check, preview and try out the mail.")
app.add_typer(mail, name="mail")
