"""How do our small pages look? One shell: no script, no external request, readable on a phone."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

STYLE = """
:root{color-scheme:light dark;--ink:#1b2130;--soft:#5b6475;--line:#d9dde6;--card:#fff;--ground:#f4f5f8;--accent:#4252c9}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaf0;--soft:#a3abbb;--line:#343b4a;--card:#1f2430;--ground:#151922;
--accent:#8f9bff}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:46rem;margin:3rem auto;padding:2rem;background:var(--card);border:1px solid var(--line);
border-radius:12px}h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}p{margin:.5rem 0}.soft{color:var(--soft)}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.5rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}
button,select,input{font:inherit;padding:.5rem .8rem;border-radius:8px;border:1px solid var(--line);
background:var(--card);color:var(--ink)}button{background:var(--accent);border-color:var(--accent);color:#fff;
cursor:pointer}@media(prefers-color-scheme:dark){button{color:#10131b}}
.practice{display:inline-block;padding:.1rem .6rem;border-radius:99px;background:#f5d76e;color:#3a2f00;font-size:.85rem}
a{color:var(--accent)}nav{margin-top:1.25rem}nav a{margin-right:.75rem}
.row{margin:.5rem 0}form.row{display:flex;gap:.5rem;flex-wrap:wrap;align-items:center;margin:.25rem 0}
main.within{max-width:none;margin:0;padding:.75rem;border:0;border-radius:0;min-height:100vh}
main.within h1{font-size:1.1rem}
iframe{width:100%;height:32rem;border:1px solid var(--line);border-radius:8px}
@media(max-width:640px){main{margin:0;padding:1.25rem;border:0;border-radius:0;min-height:100vh}
tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}td,th{display:block;border:0;padding:.2rem 0}
select,input{max-width:100%}}
"""

#: On every page over a practice database.
PRACTICE = {"en": "practice", "ru": "учебные данные", "ro": "exersare", "de": "Übung"}


def page(
    title: str,
    body: str,
    *,
    practice: bool = False,
    status: int = 200,
    refresh: int = 0,
    within: bool = False,
    language: str = "en",
) -> HTMLResponse:
    """A whole page; `body` is HTML that the caller escaped. `within`: it stands in a frame of another page of ours."""
    badge = f'<p><span class="practice">{PRACTICE.get(language, PRACTICE["en"])}</span></p>' if practice else ""
    frame, around = (' class="within"', "'self'") if within else ("", "'none'")
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body><main{frame}>{badge}<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",  # the address may hold an unsubscribe token
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
        f"frame-src 'self'; frame-ancestors {around}; base-uri 'none'",
    }
    headers |= {"Refresh": str(refresh)} if refresh else {}
    return HTMLResponse(html, status_code=status, headers=headers)
