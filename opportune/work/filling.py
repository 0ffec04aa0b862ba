"""How does one template become subject, text and HTML for one person? MJML is compiled once, Jinja is filled after."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from jinja2 import Template
from mjml import mjml2html

from opportune.rules.mail_problems import WordsError
from opportune.work import sandbox
from opportune.work.mail_source import HTML, SUBJECT, TEXT, Source

Context = Mapping[str, Any]


class Parts(NamedTuple):
    """Subject, text and HTML."""

    subject: str
    text: str
    html: str


class Ready(NamedTuple):
    """Compiled."""

    subject: Template
    text: Template
    html: Template


@lru_cache(maxsize=512)
def ready(source: Source) -> Ready:
    """Compiled once per version of the words.

    Raises:
        WordsError: names file and line.
    """
    try:
        return Ready(
            subject=sandbox.compiled(source.subject, f"{source.folder}/{SUBJECT}"),
            text=sandbox.compiled(source.framed(TEXT), f"{source.folder}/{TEXT}"),
            html=_compiled_html(source),
        )
    except WordsError as error:
        raise placed(source, error) from error


def _compiled_html(source: Source) -> Template:
    try:
        return sandbox.compiled(_html(source), f"{source.folder}/{HTML}", html=True)
    except WordsError:
        written(source)  # fails at the line that somebody wrote
        raise


def written(source: Source) -> Template:
    """The MJML as it was written, to be filled only for the line of an error: MJML puts everything into other lines."""
    return sandbox.compiled(source.framed(HTML), f"{source.folder}/{HTML}", html=True)


def _html(source: Source) -> str:
    """Nothing where there is none: words that are spoken."""
    if not source.html:
        return ""
    try:
        return str(mjml2html(source.framed(HTML)))
    except ValueError as error:
        raise WordsError("mjml", f"{source.folder}/{HTML}", why=error) from error


def filled(source: Source, context: Context) -> Parts:
    """The three parts with this person's words in them.

    Raises:
        WordsError: names file and line.
    """
    everything = everything_said(source, context)
    compiled = ready(source)
    try:
        subject, text = (sandbox.fill(each, everything) for each in (compiled.subject, compiled.text))
        html = _filled_html(source, compiled, everything)
    except WordsError as error:
        raise placed(source, error) from error
    return Parts(" ".join(subject.split()), text.strip() + "\n", html)


def everything_said(source: Source, context: Context) -> dict[str, Any]:
    """The context, with what every mail has."""
    return {"earlier": None, **context, "frame": dict(source.phrases)}


def _filled_html(source: Source, compiled: Ready, everything: Context) -> str:
    try:
        return sandbox.fill(compiled.html, everything)
    except WordsError:
        sandbox.fill(written(source), everything)
        raise


def placed(source: Source, error: WordsError) -> WordsError:
    """The same error, in the file that the line was written in: the body's, or the frame's."""
    part = next((each for each in (TEXT, HTML) if error.file == f"{source.folder}/{each}"), None)
    if part and error.code != "mjml":
        file, line = source.at(part, error.line)
        return WordsError(error.code, file, line, error.field, **error.values)
    return error
