"""Do a mail's styles stand in its elements, whatever was put into it, and is nothing fetched or cut off?"""

from __future__ import annotations

import http.server
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.html import MOST_HTML, inlined


def page(style: str, body: str) -> str:
    return f"<!DOCTYPE html><html><head><style>{style}</style></head><body>{body}</body></html>"


def test_a_rule_stands_in_the_elements_that_it_is_about():
    done = inlined(page(".big { color: red } p { margin: 0 }", '<p class="big">one</p><p style="margin:2px">two</p>'))
    assert "color: red" in done.partition('class="big"')[2].partition(">")[0]
    assert "margin:2px" in done or "margin: 2px" in done  # what the element says itself wins
    assert ".big" not in done  # and is not said twice


def test_what_cannot_stand_in_an_element_stays():
    """Phones need media queries, and the mouse its :hover."""
    style = "a:hover { color: blue } @media (max-width: 480px) { p { font-size: 20px } }"
    done = inlined(page(style, "<p><a href='https://x.test'>go</a></p>"))
    assert "@media" in done
    assert "a:hover" in done


def test_a_mail_without_html_stays_without():
    assert inlined("") == ""


def test_twice_is_as_good_as_once():
    once = inlined(page("p { margin: 0 } @media (max-width: 9px) { p { margin: 1px } }", "<p>Grüße</p>"))
    assert inlined(once) == once


def test_the_rows_of_a_table_and_outlook_s_comments_are_kept():
    body = "<!--[if mso]><table><tr><td><![endif]--><table>" + "<tr><td>row</td></tr>" * 10 + "</table>"
    done = inlined(page("td { padding: 1px }", body))
    assert done.count("row</td>") == 10
    assert "<!--[if mso]><table><tr><td><![endif]-->" in done


def test_nothing_is_fetched_neither_from_the_network_nor_from_our_disk(tmp_path):
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"p { color: red }")

        def log_message(self, *_: object) -> None: ...

    secret = tmp_path / "secret.css"
    secret.write_text("p { background: url(top-secret) }")
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        links = [f"http://127.0.0.1:{server.server_port}/a.css", secret.as_uri(), str(secret)]
        tags = "".join(f'<link rel="stylesheet" href="{link}">' for link in links)
        done = inlined(f"<html><head>{tags}</head><body><p>Hi</p></body></html>")
        server.shutdown()
    assert asked == []
    assert "top-secret" not in done
    assert "red" not in done


@pytest.mark.parametrize(
    "style", ["p {", "}}}", "p { color: ; }", "@import url(x.css);", "\x00", "p::before{content:'"]
)
def test_a_broken_style_breaks_no_mail(style: str):
    assert "Hi there" in inlined(page(style, "<p>Hi there</p>"))


@given(st.text(max_size=300))
def test_any_words_survive(words: str):
    """Markup or not: what the reader would see is not lost, and no error comes of it."""
    kept = "".join(each for each in words if each.isalnum())
    done = inlined(page("p { margin: 0 }", f"<p>{kept}</p>{words}"))
    assert kept in done


def test_what_gmail_would_cut_off_is_an_error_that_says_how_long_it_is():
    fits = page("", "x" * (MOST_HTML - 200))
    assert len(inlined(fits)) <= MOST_HTML
    with pytest.raises(ValueError, match=r"Gmail cuts off.*shorten"):
        inlined(page("", "x" * MOST_HTML))
    with pytest.raises(ValueError, match="Gmail"):
        inlined(page("", "ж" * (MOST_HTML // 2)))  # bytes count, not letters


def test_what_grows_too_long_by_inlining_is_an_error_too():
    rows = "<td>1</td>" * 3000
    style = "td { border-left: 1px solid #123456; padding-left: 10px }"
    assert len(page(style, rows)) < MOST_HTML
    with pytest.raises(ValueError, match="Gmail"):
        inlined(page(style, f"<table><tr>{rows}</tr></table>"))
