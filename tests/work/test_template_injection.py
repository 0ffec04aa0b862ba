"""What may a template do? Nothing but say words: every way out ends in a clear error, or in words that do no harm."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support_words import render_mail

from opportune.rules.mail_fields import contexts
from opportune.rules.mail_problems import WordsError
from opportune.settings import ROOT
from opportune.work import safe_render, sandbox
from opportune.work.mail_source import HTML, SUBJECT, TEXT, Source
from opportune.work.words import render_voice

WHO = "somebody with an odd name"
GOOD = {"subject": "A review", "text": "Hello", "html": "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text>"
        "</mj-column></mj-section></mj-body></mjml>"}  # fmt: skip

# What each way out ends in: the code of its error, or the words it becomes.
OUT: dict[str, list[str]] = {
    # attributes: the ladder from a text to everything that Python has loaded
    "reaches_out": [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''['__class__'] }}",
        "{{ range.__code__ }}",
        "{{ range.__globals__ }}",
        "{{ [].__class__.__base__ }}",
        "{{ {}.__class__.__init__.__globals__ }}",
        "{{ ().__class__.__bases__[0] }}",
        "{{ (1).__class__ }}",
        "{{ 1.5.real }}",
        "{{ true.__class__ }}",
        "{{ person.name.__class__ }}",
        "{{ person.name['__len__'] }}",
        "{{ person.items.__self__ }}",
        "{{ self.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ self._TemplateReference__context.environment }}",
        "{% macro m() %}{% endmacro %}{{ m._environment }}",
        "{% macro m() %}{% endmacro %}{{ m.name }}",
        "{% for x in range(2) %}{{ loop.__class__ }}{% endfor %}",
        "{% for x in range(2) %}{{ loop._iterable }}{% endfor %}",
        "{% for x in range(2) %}{{ loop.cycle.__globals__ }}{% endfor %}",
        "{% for x in range(2) %}{{ loop.__init__ }}{% endfor %}",
        "{% set x = ''.__class__ %}{{ x }}",
        "{% if ''.__class__ %}yes{% endif %}",
        "{{ ''['__cl' ~ 'ass__'] }}",  # put together, so that no filter of words would see it
        # formats: a width of any size, and attributes by the back door
        "{{ '{0.__class__}'.format(person) }}",
        "{{ '{:>1000000000}'.format(1) }}",
        "{{ '{x.__class__}'.format_map({'x': 1}) }}",
        "{{ '%s' % person }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%(name)s' % person }}",
        "{{ 'x'.center(1000000000) }}",
        "{{ 'x'.ljust(1000000000) }}",
        "{{ 'x'.zfill(1000000000) }}",
        "{{ 'x'.expandtabs(1000000000) }}",
        "{{ 'x'.join(['a', 'b']) }}",
        "{{ 'x'.replace('x', 'y') }}",
        "{{ 'x'.encode() }}",
        "{{ 'x'.translate({}) }}",
        # what would change what the next reader sees
        "{{ [1].append(2) }}",
        "{{ [1].extend([2]) }}",
        "{{ [2, 1].sort() }}",
    ],
    # filters that reach attributes, keep markup as it is, or make work
    "no_such_filter": [
        "{{ person | attr('__class__') }}",
        "{{ ['a'] | map(attribute='__class__') | list }}",
        "{{ ['a'] | map('attr', '__class__') }}",
        "{{ [person] | selectattr('name') }}",
        "{{ [person] | groupby('name') }}",
        "{{ [person] | sort(attribute='name') }}",
        "{{ person.name | safe }}",
        "{{ 'x' | format(1) }}",
        "{{ '%s' | format(person) }}",
        "{{ 'x' | center(1000000000) }}",
        "{{ 'x' | indent(1000000000) }}",
        "{{ person | pprint }}",
        "{{ person | tojson }}",
        "{{ person | xmlattr }}",
        "{{ range(9) | batch(3) }}",
        "{{ 'x' | wordwrap(1) }}",
        "{{ [1] | random }}",
        "{% filter safe %}<b>{% endfilter %}",
    ],
    # what Jinja has ready elsewhere, and a typing error
    "name_unknown": [
        "{{ lipsum(n=9) }}",
        "{{ cycler('a', 'b') }}",
        "{{ joiner(',') }}",
        "{{ namespace(x=1) }}",
        "{{ dict(a=1) }}",
        "{{ config }}",
        "{{ request.application.__globals__ }}",
        "{{ settings.secret }}",
        "{{ __builtins__ }}",
        "{{ open('/etc/passwd') }}",
        "{{ environment }}",
        "{{ context }}",
        "{{ person.shoe_size }}",
        "{{ person['shoe' ~ '_size'] }}",  # reading alone does not see it
        "{{ persn.name }}",
        "{% for each in campaigns %}{{ each }}{% endfor %}",
        "{{ sender.password }}",
        "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
        "{{ person.get.__globals__ }}",
        # a dictionary has fields, not methods that change it for the next reader
        "{{ person.__class__ }}",
        "{{ person['__class__'] }}",
        "{{ person.update(name='Eve') }}",
        "{{ person.pop('name') }}",
        "{{ person.clear() }}",
        "{{ person.setdefault('x', 1) }}",
        "{{ links.popitem() }}",
    ],
    # other files, ours or not
    "no_includes": [
        "{% include 'meeting/body.txt' %}",
        "{% include '../../.env' %}",
        "{% include '/etc/passwd' %}",
        "{% include person.name %}",
        "{% include ['a', 'b'] ignore missing %}",
        "{% import 'other' as other %}",
        "{% from 'other' import thing %}",
        "{% extends 'base' %}",
        "{% extends person.company %}",
    ],
    # more than anybody reads
    "too_much_at_once": [
        "{{ 'a' * 10**9 }}",
        "{{ 10**9 * 'a' }}",
        "{{ 'a' * 999999 }}",
        "{{ [1] * 10**9 }}",
        "{{ (1, 2) * 10**9 }}",
        "{{ 2 ** 99999999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 99999999 ** 60 }}",
        "{{ range(1000000000) }}",
        "{% for x in range(999) %}{{ x }}{% endfor %}",
        "{% for x in range(0, -999, -1) %}{{ x }}{% endfor %}",
        "{{ ('ab' * 9999) | replace('', 'x' * 9999) }}",
        "{{ ('a' * 9999) | replace('a', 'b' * 9999) }}",
        "{{ ('a' * 9999) | join('b' * 9999) }}",
    ],
    "too_long": [
        "{% for x in range(99) %}{% for y in range(99) %}{{ 'a' * 999 }}{% endfor %}{% endfor %}",
        "{{ 'a' * 199999 }}{{ 'a' * 199999 }}",
    ],
    "too_nested": [
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% for x in person.items() recursive %}{{ loop(person.items()) }}{% endfor %}",
        "{% block b %}{{ self.b() }}{% endblock %}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ " + "-" * 20000 + "1 }}",
        "{% if 1 %}" * 3000,
    ],
    "too_big": ["{% set x = 'a' * 99999 %}" + "{% set x = x ~ x ~ x ~ x %}" * 12],
    "too_slow": [
        "\n{% for a in range(99) %}{% for b in range(99) %}{% for c in range(99) %}{% for d in range(99) %}"
        "{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
        "\n{% macro m(n) %}{% for x in range(99) %}{% if n %}{{ m(n - 1) }}{% endif %}{% endfor %}"
        "{% endmacro %}{{ m(9) }}",
    ],
    "template_syntax": ["{% if %}", "{{ }}", "{{ person.name ", "{% for %}", "{% endif %}", "{% nothing %}"],
    "cannot_fill": ["{{ 1 / 0 }}", "{{ 'a' + 1 }}", "{{ person.name() }}", "{{ 1 | length }}", "{{ 1[2:]('x') }}"],
}  # fmt: skip
CASES = [(code, words) for code, all_of_them in OUT.items() for words in all_of_them]


def source(part: str, words: str) -> Source:
    return Source("mine", "en", "mail/mine", **GOOD | {part: words})


@pytest.fixture(scope="module", autouse=True)
def in_haste() -> Iterator[None]:
    """Half a second of CPU is plenty for a good template."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(safe_render, "CPU_SECONDS", 0.5)
        yield


@pytest.fixture(scope="module")
def ends() -> dict[str, safe_render.Tried]:
    """What each of them ends in, asked of one process after the other."""
    context = {WHO: contexts("en")[WHO]}
    jobs = [safe_render.Job(source("text", f"Hello\n{words}"), context) for _, words in CASES]
    return dict(zip((words for _, words in CASES), safe_render.tried(jobs), strict=True))


def test_there_are_enough_of_them():
    assert len({words for _, words in CASES}) == len(CASES) >= 120


@pytest.mark.parametrize(("code", "words"), CASES, ids=[f"{code}-{words[:60]}" for code, words in CASES])
def test_a_way_out_ends_in_an_error_that_says_where_and_what_to_do(ends, code, words):
    error = ends[words].errors[0]
    assert error.code == code, str(error)
    assert error.file == "mail/mine/body.txt"
    told = error.problem("en")
    assert told.message
    assert told.remedy
    assert ends[words].parts == {}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("\n\n{{ ''.__class__ }}", 3),
        ("\n{{ persn }}", 2),
        ("a\nb\n{% if %}", 3),
        (OUT["too_slow"][0], 2),
        (OUT["too_much_at_once"][0], 1),
    ],
)
@pytest.mark.parametrize(("part", "file"), [("text", TEXT), ("subject", SUBJECT), ("html", HTML)])
def test_the_error_names_the_line_that_somebody_wrote(part, file, words, line):
    """In the HTML too, which MJML puts into other lines."""
    before, _, after = GOOD["html"].partition("Hello")
    written = source(part, before + words + after if part == "html" else words)
    [found] = safe_render.tried([safe_render.Job(written, {WHO: contexts("en")[WHO]})])
    assert (found.errors[0].file, found.errors[0].line) == (f"mail/mine/{file}", line)


HARMLESS = [
    ("{{ person.name }}", "<script>alert(1)</script>"),  # plain text is plain
    ("{{ '{{ 7 * 7 }}' }}", "{{ 7 * 7 }}"),  # words are not filled twice
    ("{{ person.company }}", "{{ 7*7 }} {% raw %}"),
    ("{% raw %}{{ person.name }}{% endraw %}", "{{ person.name }}"),
    ("{{ person.items() | length }}", "5"),
    ("{{ person.get('name') | length }}", "3"),
    ("{% for x in range(3) %}{{ loop.index }}{% endfor %}", "123"),
    ("{{ [1, 2] | join('-') }}", "1-2"),
    ("{{ 'aXa' | replace('X', 'b') }}", "aba"),
    ("{{ 'ab' * 3 }}{{ 2 ** 8 }}{{ 7 % 3 }}", "ababab2561"),
    ("{{ person.title | default('x') | trim }}", "{{ person.__class__ }}"),
    ("{% set x = 5 %}{{ x }}", "5"),
    ("{# {{ nothing }} #}fine", "fine"),
    ("{% macro m(n) %}{{ n }}{% endmacro %}{{ m(3) }}", "3"),
]


@pytest.mark.parametrize(("words", "said"), HARMLESS)
def test_what_is_allowed_says_its_words(words, said):
    [found] = safe_render.tried([safe_render.Job(source("text", words), {WHO: contexts("en")[WHO]})])
    assert found.errors == []
    assert said in found.parts[WHO].text


@pytest.mark.parametrize(
    "words",
    ["{{ person.name }}", "{{ person.name | upper }}", "{{ person.name ~ '' }}", "{{ [person.name] | join('-') }}",
     "{{ person.name | replace('a', 'b') }}", "{{ person.name | truncate(12) }}", "{{ person.name | default('x') }}"],
)  # fmt: skip
def test_no_name_becomes_markup(words):
    before, _, after = GOOD["html"].partition("Hello")
    [found] = safe_render.tried([safe_render.Job(source("html", before + words + after), {WHO: contexts("en")[WHO]})])
    assert found.errors == []
    assert "&lt;script" in found.parts[WHO].html.lower()
    assert "<script" not in found.parts[WHO].html.lower()


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<mj-text>", "mjml"),  # not closed
        ('<mjml><mj-body><mj-include path="/etc/passwd" /></mj-body></mjml>', "mjml"),
        ('<mjml><mj-body><mj-include path="file:///etc/passwd" type="html" /></mj-body></mjml>', "mjml"),
        ("<mjml>" + "<mj-section>" * 100_000, "renderer_died"),  # the stack of the compiler itself
    ],
)
def test_mjml_opens_no_file_and_takes_nobody_down(html, code):
    [found] = safe_render.tried([safe_render.Job(source("html", html), {WHO: contexts("en")[WHO]})])
    assert found.errors[0].code in {code, "mjml"}


NAMES = ["../mail/meeting", "..", ".", "", "/etc", "meeting/..", "meeting/../../voice/announce", "meeting\x00",
         "_frame.txt", "meeting/body.txt", "*", "ｍeeting", "..\\meeting", "meeting.ru/..", "con:", "~root",
         "%2e%2e/meeting"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_leads_nowhere_but_to_a_template(name):
    for render in (render_mail, render_voice):
        with pytest.raises(WordsError, match=r"[Tt]here is no template|Did you mean"):
            render(name, contexts("en")["Ana Stan"], ROOT / "templates")


@pytest.mark.parametrize("language", ["../", "..", "/e", "*", "e/", ""])
def test_a_language_leads_nowhere_else_either(language):
    context = contexts("en")["Ana Stan"]
    context["person"] = context["person"] | {"language": language}
    if language[:2].isalpha():
        assert render_mail("meeting", context, ROOT / "templates")[0]
    else:
        with pytest.raises(WordsError):
            render_mail("meeting", context, ROOT / "templates")


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPPORTUNE_SECRET", "do not tell")
    return "do not tell"


def test_the_process_that_tries_words_out_knows_no_secret_and_may_write_no_file(secret):
    child = safe_render._start()
    try:
        [tried] = [safe_render._ask(child, safe_render.Job(source("text", "Hello"), {WHO: contexts("en")[WHO]}))]
        assert tried.errors == []
        environment = Path(f"/proc/{child.pid}/environ").read_text()  # it has answered: before, it may still be us
        assert "PATH=" in environment
        assert secret not in environment
        limits = Path(f"/proc/{child.pid}/limits").read_text()
        assert "Max file size             0                    0" in limits
        assert os.readlink(f"/proc/{child.pid}/cwd") == "/"
    finally:
        safe_render._stop(child)


def test_one_that_kills_the_process_costs_only_itself(monkeypatch):
    """The process is gone before it answers; the next job gets a new one."""
    ask, asked = safe_render._ask, []

    def killed_at_first(child, job):
        asked.append(child.pid)
        if len(asked) == 1:
            child.kill()
            child.wait()
        return ask(child, job)

    monkeypatch.setattr(safe_render, "_ask", killed_at_first)
    job = safe_render.Job(source("text", "Hello {{ person.title }}"), {WHO: contexts("en")[WHO]})
    first, second = safe_render.tried([job, job])
    assert [error.code for error in first.errors] == ["renderer_died"]
    assert second.errors == []
    assert asked[0] != asked[1]


def test_what_was_approved_is_capped_when_it_is_sent():
    template = sandbox.compiled("{% for x in range(99) %}{{ 'a' * 99999 }}{% endfor %}", "body.txt")
    with pytest.raises(WordsError, match="200000 characters"):
        sandbox.fill(template, {})
