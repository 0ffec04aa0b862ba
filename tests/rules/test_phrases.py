"""How are a text's letters and the forms of a phrase read, and how much of its sentence is quoted?"""

from __future__ import annotations

import pytest

from opportune.rules.markers.phrases import Found, compiled, found, letters, plain, quote


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ștefan Țurcan, Şţ", "Stefan Turcan, St"),  # comma below, and the cedilla of old keyboards
        ("Àéÿ Ḁế", "Aey Ae"),  # the whole of Latin
        ("Ещё Ёлка", "Еще елка"),
        ("й ß Ω", "й ß Ω"),  # letters of their own
        ("’‘ʼ`´", "'''''"),
        ("“”„«»", '"""""'),
        ("‐‑‒–—", "-----"),
        ("wait…", "wait."),
        ("a\u00a0b\u202fc\u2009d\u200be\u200ef\u200fg\ufeffh\ti\rj", "a b c d e f g h i j"),
        ("X-ray\n", "X-ray\n"),  # what is plain stays
    ],
)
def test_signs_are_read_plainly_one_for_one(written, read):
    assert written.translate(letters()) == read
    assert plain(written)[1] == read.lower()


def test_an_accent_written_apart_is_one_letter():
    assert plain("S\u0326i E\u0301") == ("Și É", "si e")


@pytest.mark.parametrize(
    ("forms", "text", "expected"),
    [
        # a space is any white space, up to three of it
        (["call me"], "call \n\tme", True),
        (["call me"], "call    me", False),
        (["call me"], "callme", False),
        # ` ?`: perhaps none
        (["call ?back"], "callback", True),
        (["call ?back"], "call   back", True),
        (["call ?back"], "call    back", False),
        # `…`: up to four words in between, with commas
        (["send …mail"], "send mail", True),
        (["send …mail"], "send, please, it's-all,   mail", True),
        (["send …mail"], "send me all of the mail", True),
        (["send …mail"], "send me all of the other mail", False),
        (["send …mail"], "sendmail", False),
        # any of the forms
        (["call me", "ring me"], "ring me", True),
        (["call me", "ring me"], "write to me", False),
    ],
)
def test_a_form_is_written_for_reading(forms, text, expected):
    assert (compiled(*forms).fullmatch(text) is not None) == expected


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("call me", "", ""),
        ("Well, call me soon", "Well, ", " soon"),
        # its own sentence, and nothing of the neighbours
        ("Hi. There! Oh? Please call me soon. Thanks", "Please ", " soon"),
        ("Hello\n\nPlease call me soon\n \nAnn", "Please ", " soon"),
        ("No. 5.2 call me at 5.30", "5.2 ", " at 5.30"),  # a point within a number ends nothing
        # as far as it is read
        ("b" * 90 + "call me" + "a" * 70, "b" * 80, "a" * 60),
    ],
)
def test_a_phrase_is_found_within_its_sentence(text, before, after):
    [place] = found(compiled("call me"), text)
    assert text[place.start : place.end] == "call me"
    assert (place.before, place.after) == (before, after)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Found(10, 190, "b" * 10, "a" * 10), "b" * 10 + "p" * 180 + "a" * 10),  # 200 letters: the whole sentence
        (Found(10, 190, "b" * 10, "a" * 11), "p" * 180 + "a" * 20),  # more: from the phrase on
    ],
)
def test_what_is_quoted_is_short(place, words):
    written = "b" * 10 + "p" * 180 + "a" * 100
    assert quote(written, place) == words


def test_a_quote_is_one_line():
    assert quote("Please\n call   me", Found(8, 17, "Please\n ", "")) == "Please call me"
