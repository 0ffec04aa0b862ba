"""What do all pages of the board share? Words, numbers, choices, files, and the frame around every page.

A page is a module of `dashboards.pages`:

    PATH, NAME = "/hours", "hours.name"  # where it is, and the message that names it

    def layout(**address: str) -> html.Div:
        chosen = choice(**address)                                  # kit.choices
        rows = tries(board().db, board().clock(), chosen.filters(board().clock()), ["slot"])
        return frame.page(                                          # kit.frame
            NAME,
            chosen,
            verdict=frame.Verdict(t("hours.no_hour"), t("hours.next")),
            blocks=[frame.chart("hours-heat", t("hours.heat"), t("hours.heat_definition"), heat(rows), ...)],
        )

    def register(app: Dash) -> None:
        export.register("hours-heat", COLUMNS, rows_of, "hours.heat_definition")   # kit.export: its CSV

Its words stand in `dashboards/messages/hours.toml`; it is listed in `dashboards.app.PAGES`; who may open it says
`opportune.work.access`, and a callback of its own that tells of persons begins with `context.only_with_people()`.
`def offered() -> bool` says whether the navigation shows it. `layout` is asked again whenever a filter changes: a page
is a function of its address and of nothing else.
"""
