"""What stands around every page: name, practice badge, navigation, language, light and dark, and who is reading."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from dashboards.context import Board, board, may_open, reader
from dashboards.drawing import FONT
from dashboards.kit.language import LANGUAGES, language
from dashboards.kit.said import t
from opportune.store import notes

INDEX = """<!DOCTYPE html>
<html lang="LANGUAGE" data-mantine-color-scheme="light">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="PREFIXassets/favicon.svg">
<script>
var chosen = localStorage.getItem('mantine-color-scheme-value') || 'auto';
var dark = chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
document.cookie = 'narrow=' + (matchMedia('(max-width: 600px)').matches ? 1 : 0) + '; path=/; SameSite=Lax';
</script>
{%css%}
</head>
<body>
{%app_entry%}
<noscript>NO_SCRIPT</noscript>
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


class Shell(Dash):  # type: ignore[misc]
    """Dash, whose page says in which language it is written."""

    def interpolate_index(self, **parts: str) -> str:
        loading = f'<div id="react-entry-point"><p class="loading">{t("common.loading")}…</p></div>'
        page = str(super().interpolate_index(**{**parts, "app_entry": loading}))
        return page.replace("LANGUAGE", language(), 1).replace("NO_SCRIPT", t("common.no_script"), 1)


def index(prefix: str) -> str:
    return INDEX.replace("PREFIX", prefix)


def layout(pages: Sequence[ModuleType]) -> dmc.MantineProvider:
    here = board()
    links = [_link(here, page) for page in pages if _offered(page)]
    frame = dmc.AppShell(
        [
            dmc.AppShellHeader(_header(here), className="header"),
            dmc.AppShellNavbar(
                [html.Div(links, className="links"), _reader(here)], **{"aria-label": t("common.pages")}
            ),
            dmc.AppShellMain(html.Div(dash.page_container, id="content", tabIndex="-1")),
        ],
        id="shell",
        header={"height": 52},
        navbar={"width": 210, "breakpoint": "sm", "collapsed": {"mobile": True}},
        padding="md",
    )
    skip = html.A(t("common.skip"), href="#content", className="skip-link")
    theme = {"primaryColor": "indigo", "fontFamily": FONT, "defaultRadius": "md"}
    stores = [dcc.Store(id=name) for name in ("spoken", "anchor")]
    return dmc.MantineProvider([skip, *stores, frame], theme=theme, defaultColorScheme="auto")


def _offered(page: ModuleType) -> bool:
    """Only what the reader may open; one page says itself whether it has anything to show."""
    return may_open(page.PATH) and getattr(page, "offered", lambda: True)()


def _header(here: Board) -> html.Div:
    badge = [dmc.Badge(t("common.practice"), color="yellow", variant="light", id="practice", className="practice")]
    said = html.Span("Opportune", className="brand-name" if here.practice else "")
    name = html.A(
        [html.Span("◆", className="logo", **{"aria-hidden": "true"}), said], href=here.prefix, title="Opportune"
    )
    burger = dmc.Burger(id="burger", size="sm", hiddenFrom="sm", opened=False, **{"aria-label": t("common.show_pages")})
    shown = badge if here.practice else []
    left = html.Div([burger, html.Span(name, className="brand"), *shown, *_telephone(here)], className="row")
    return html.Div([left, html.Div([_languages(), _theme_switch()], className="row")], className="row spread fill")


def _telephone(here: Board) -> list[Any]:
    at = notes.get(here.db, "telephone") if here.practice else None
    hint = t("common.telephone_hint")
    return [html.A(t("common.telephone"), href=at, title=hint, className="telephone")] if at else []


def _languages() -> dmc.SegmentedControl:
    codes = [
        {"value": code, "label": html.Span(code.upper(), lang=code, title=name)} for code, name in LANGUAGES.items()
    ]
    return dmc.SegmentedControl(
        id="language", data=codes, value=language(), size="xs", **{"aria-label": t("common.language")}
    )


def _theme_switch() -> dmc.ColorSchemeToggle:
    look = {"variant": "default", "size": "md", "aria-label": t("common.theme")}
    return dmc.ColorSchemeToggle(id="theme", lightIcon=html.Span("☀"), darkIcon=html.Span("☾"), **look)


def _reader(here: Board) -> html.Div:
    """Who reads, and the way out; on practice data nobody had to come in."""
    who = reader()
    if not who.id:
        said = t("common.practice_reader") if here.practice else ""
        return html.Div(html.Span(said, className="faint"), className="reader")
    out = html.Form(
        html.Button(t("common.sign_out"), type="submit", className="quiet-link"), action="/logout", method="POST"
    )
    return html.Div([html.Span(who.name, className="reader-name"), out], className="reader")


def _link(here: Board, page: ModuleType) -> dmc.NavLink:
    return dmc.NavLink(label=t(page.NAME), href=here.link(page.PATH[1:]), active="exact", className="nav-link")


def register(app: Dash) -> None:
    def script(does: str, *wires: Any, **more: Any) -> None:
        app.clientside_callback(ClientsideFunction("board", does), *wires, **more)

    script("speak", Output("spoken", "data"), Input("language", "value"), prevent_initial_call=True)
    script("anchor", Output("anchor", "data"), Input("_pages_content", "children"))
    script(
        "menu",
        Output("shell", "navbar"),
        Output("burger", "opened"),
        Input("burger", "opened"),
        Input("_pages_location", "pathname"),
        State("shell", "navbar"),
    )
