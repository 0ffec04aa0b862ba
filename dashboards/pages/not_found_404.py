"""What does a reader see at an address that is no page? (Dash finds this page by its module's name.)"""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Dash, html

from dashboards.context import board
from dashboards.parts import nothing

PATH = "/not-found"
TITLE = "Not found"


def layout(**_address: str) -> dmc.Paper:
    return nothing("There is no such page", html.A("Go to the overview", href=board().prefix))


def register(_app: Dash) -> None:
    """Nothing on it moves."""
