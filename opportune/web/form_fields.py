"""How does one question of a form look? Labelled, with its hint and what is wrong tied to it for screen readers."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from channels.forms import WORDS, Field, Form, consent_wording

Typed = Mapping[str, str]


def field(form: Form, asked: Field, value: str, problem: str) -> str:
    told = [f"{asked.name}-{part}" for part, there in (("hint", asked.hint), ("wrong", problem)) if there]
    facts = (
        f'id="{asked.name}" name="{asked.name}" autocomplete="{asked.autocomplete}"'
        + (" required" if asked.required else "")
        + (' aria-invalid="true"' if problem else "")
        + (f' aria-describedby="{" ".join(told)}"' if told else "")
    )
    note = "" if asked.required else f' <span class="note">{form.says("optional")}</span>'
    hint = f'<span class="note" id="{asked.name}-hint">{escape(asked.hint)}</span>' if asked.hint else ""
    label = f'<label for="{asked.name}">{escape(asked.label)}{note}</label>'
    return f'<div class="field">{label}{_box(form, asked, facts, value)}{hint}{wrong(asked.name, problem)}</div>'


def _box(form: Form, asked: Field, facts: str, value: str) -> str:
    match asked.kind:
        case "textarea":
            return f'<textarea {facts} maxlength="{asked.longest}">{escape(value)}</textarea>'
        case "select":
            first = f'<option value="">{form.says("choose")}</option>'
            return f"<select {facts}>{first}{''.join(_option(*each, value) for each in asked.choices)}</select>"
        case "number":  # as text: what people write as 1 200,50 is a number too
            return f'<input type="text" inputmode="decimal" {facts} maxlength="40" value="{escape(value)}">'
    return f'<input type="{asked.kind}" {facts} maxlength="{asked.longest}" value="{escape(value)}">'


def _option(value: str, words: str, chosen: str) -> str:
    return f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'


def answer_by(form: Form, typed: Typed, problem: str) -> str:
    """A18."""
    if len(form.answers) == 1:
        return f'<input type="hidden" name="answer_by" value="{form.answers[0]}">'
    choices = "".join(
        f'<label class="tick"><input type="radio" name="answer_by" value="{each}"'
        f"{' checked' if typed.get('answer_by') == each else ''}>{escape(WORDS[form.language].ANSWER_BY[each])}</label>"
        for each in form.answers
    )
    legend = form.says("answer_by")
    return f'<fieldset id="answer_by"><legend>{legend}</legend>{choices}{wrong("answer_by", problem)}</fieldset>'


def consents(form: Form, advertiser: str, typed: Typed, problems: Typed) -> str:
    """E1: a box per channel, ticked only by the visitor."""
    boxes = ""
    for channel in form.consents:
        name = f"consent_{channel}"
        ticked = " checked" if typed.get(name) else ""
        words = escape(consent_wording(channel, advertiser, form.language))
        box = (
            f'<label class="tick"><input type="checkbox" id="{name}" name="{name}" value="yes"{ticked}>{words}</label>'
        )
        boxes += box + wrong(name, problems.get(name, ""))
    note = form.says("consent_needed" if form.consent_required else "consent_free")
    legend = f'<legend>{form.says("offers")}</legend><span class="note">{note}</span>'
    return f"<fieldset>{legend}{boxes}</fieldset>" if boxes else ""


def wrong(name: str, problem: str) -> str:
    return f'<p class="wrong" id="{name}-wrong">{escape(problem)}</p>' if problem else ""


def summary(form: Form, problems: Typed) -> str:
    """All that is wrong, first on the page, each with a way to its place."""
    if not problems:
        return ""
    lines = "".join(f'<li><a href="#{name}">{escape(problem)}</a></li>' for name, problem in problems.items())
    return f'<div class="summary" role="alert"><p>{form.says("look_again")}</p><ul>{lines}</ul></div>'
