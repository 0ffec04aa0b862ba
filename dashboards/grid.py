"""How does an endless list look? Rows come from the server block by block; nothing else reaches the browser."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash import html

from dashboards.drawing import FONT
from dashboards.kit.said import t

#: The colours are those of the page, so light and dark need no second theme.
THEME = f"""themeQuartz.withParams({{
    backgroundColor: 'var(--board-card)', foregroundColor: 'var(--mantine-color-text)', accentColor: '#4c6ef5',
    borderColor: 'var(--mantine-color-default-border)', browserColorScheme: 'inherit', wrapperBorderRadius: 8,
    fontFamily: "{FONT}", fontSize: 14, headerFontWeight: 600}})"""
OPTIONS = {
    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
    "cacheBlockSize": 100,
    "maxBlocksInCache": 10,
    "rowBuffer": 0,
    "tooltipShowDelay": 300,
    "suppressColumnVirtualisation": True,
    "theme": {"function": THEME},
}


def grid(name: str, columns: list[dict[str, Any]], label: str) -> html.Div:
    said = {"noRowsToShow": t("common.nothing_to_show"), "loadingOoo": t("common.loading")}
    table = dag.AgGrid(
        id=name,
        rowModelType="infinite",
        columnDefs=columns,
        defaultColDef={"sortable": False, "resizable": True, "suppressMovable": True},
        getRowId="params.data.id",
        dashGridOptions={**OPTIONS, "localeText": said},
        className="grid",
        style={"height": "100%", "width": "100%"},
    )
    return html.Div(table, className="grid-frame", role="region", **{"aria-label": label})
