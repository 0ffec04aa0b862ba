"""How does a form fit the site it stands on? Checked values of its document become a few variables of our style."""

from __future__ import annotations

from opportune.rules.form_parts import Theme

STYLE = """<style>
main{max-width:36rem;padding:2rem 2.25rem}main.within{background:none;padding:.25rem}h1{text-wrap:balance}
.intro{margin-bottom:1.25rem}.field{margin:1.1rem 0}
.field label{display:block;font-weight:600;margin-bottom:.35rem}legend{font-weight:600;padding:0 .35rem}
.note{font-weight:400;color:var(--soft);font-size:.9rem}
.field>.note{display:block;margin-top:.3rem}
.field input,.field select,.field textarea{width:100%;min-height:2.9rem;border-radius:var(--radius);
border:1px solid var(--edge)}
textarea{font:inherit;padding:.6rem .8rem;min-height:6.5rem;background:var(--card);
color:var(--ink);resize:vertical}
input:focus-visible,select:focus-visible,textarea:focus-visible,button:focus-visible,a:focus-visible{
outline:2px solid var(--accent);outline-offset:2px}
fieldset{border:1px solid var(--line);border-radius:var(--radius);margin:1.25rem 0;
padding:.5rem 1rem .75rem;min-width:0}
.tick{display:flex;gap:.7rem;align-items:flex-start;font-weight:400;padding:.45rem 0;line-height:1.4}
.tick input{width:1.25rem;height:1.25rem;margin:.08rem 0 0;flex:none;accent-color:var(--accent)}
.wrong{color:var(--bad);margin:.3rem 0 0;font-size:.95rem}[aria-invalid=true]{border-color:var(--bad)!important}
.summary{border:1px solid var(--bad);border-left-width:4px;border-radius:var(--radius);padding:.6rem 1rem;margin:1rem 0}
.summary p{margin:0;font-weight:600}.summary ul{margin:.3rem 0 0;padding-left:1.1rem}.summary a{color:var(--bad)}
.trap{position:absolute;left:-6000px}
button.send{width:100%;min-height:3.1rem;font-weight:600;margin-top:.5rem;border-radius:var(--radius)}
pre{white-space:pre-wrap;word-break:break-all;background:var(--ground);padding:1rem;border-radius:8px}
@media(max-width:640px){main{padding:1.25rem}}
:root{--bad:#b3261e;--edge:#868fa1;--radius:8px}
@media(prefers-color-scheme:dark){:root{--bad:#ffb4ab;--edge:#6b7589}}
"""
LIGHT = "color-scheme:light;--ink:#1b2130;--soft:#5b6475;--line:#d9dde6;--card:#fff;--ground:#f4f5f8;"
LIGHT += "--bad:#b3261e;--edge:#868fa1;"
DARK = "color-scheme:dark;--ink:#e8eaf0;--soft:#a3abbb;--line:#343b4a;--card:#1f2430;--ground:#151922;"
DARK += "--bad:#ffb4ab;--edge:#6b7589;"
SCHEMES = {"auto": "", "light": LIGHT, "dark": DARK}
FONTS = {"system": "", "inherit": "", "serif": "body{font-family:Georgia,'Noto Serif',serif}"}
USUAL = Theme()


def style(theme: Theme, *, within: bool) -> str:
    """The style sheet of this form. Nothing in it is text that somebody wrote."""
    own = f"{SCHEMES[theme.scheme]}--radius:{theme.radius}px;"
    if theme.accent != USUAL.accent:
        own += f"--accent:{theme.accent};"
        ink = f"button.send{{color:{_ink_on(theme.accent)}}}"
    else:
        ink = ""
    ground = "body{background:none}" if within else ""
    return f"{STYLE}:root:root{{{own}}}{FONTS[theme.font]}{ink}{ground}</style>"


def _ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on it (WCAG's luminance)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return "#fff" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 else "#10131b"
