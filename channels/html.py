"""Does the HTML of a mail look the same in every mail program, and does all of it arrive?

Some programs drop <style>, so its rules go into the elements they are about. After the person's words are in: before,
the HTML parser would move the loops of a template out of their tables. What cannot be inlined (media queries, :hover)
stays in <style>. Doing it twice changes nothing, nor does it harm what MJML wrote.
"""

from __future__ import annotations

from css_inline import CSSInliner, InlineError

from opportune.rules.letter_checks import MOST_HTML

__all__ = ["MOST_HTML", "inlined"]

# Nothing is fetched, neither from the network nor from our disk: a template may name any address.
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_style_tags=True, keep_at_rules=True, keep_link_tags=True,
                      remove_inlined_selectors=True)  # fmt: skip


def inlined(html: str) -> str:
    """Its <style> rules stand in the elements. Raises ValueError when Gmail would cut off the result."""
    if not html:
        return html
    try:
        done = _INLINER.inline(html)
    except InlineError as error:
        raise ValueError(f"The mail's HTML cannot be prepared: {error}; look at its <style>") from error
    size = len(done.encode("utf-8", "surrogatepass"))
    if size > MOST_HTML:
        raise ValueError(
            f"The mail's HTML has {size:,} bytes and Gmail cuts off what is longer than {MOST_HTML:,}: shorten it"
        )
    return done
