"""What does a reader see at an address that is no page? (Dash finds this page by its module's name.)"""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Dash, html

from dashboards.context import board
from dashboards.kit import frame
from dashboards.kit.said import t

PATH = "/not-found"
NAME = "common.not_found"


def layout(**_address: str) -> dmc.Paper:
    return frame.nothing(t(NAME), html.A(t("common.to_overview"), href=board().prefix))


def register(_app: Dash) -> None:
    """Nothing on it moves."""
