"""What would a person find wrong with the words they hear (A10, B3, B6, B16, E1)?"""

from __future__ import annotations

import pytest

from opportune.rules.mail_fields import CAMPAIGN, SENDER, contexts
from opportune.rules.script_checks import LETTERS_A_SECOND, Kind, Script, as_heard

WELL = contexts("en")["Ana Stan"]
HELLO = "Hello Ana Stan, this is Anna Keller from Brightdesk"
ANNOUNCED = f"{HELLO}; press 9 and we never call again. {CAMPAIGN['offer']} Press 1 to talk, or 2 to have it by email."
LEFT = f"{HELLO}. One tip: begin small. More on {CAMPAIGN['name']} comes by email. Our number is {SENDER['phone']}."
OUTLINE = "Stan & Sons Logistics answers customers late in winter. What costs your team most time there?"

TABLE: list[tuple[Kind, str, set[str]]] = [
    ("announce", ANNOUNCED, set()),
    ("announce", "", {"says_nothing"}),
    # A10: no apology, in any of the four languages
    ("announce", f"{ANNOUNCED} Sorry to disturb you.", {"apologises"}),
    ("announce", f"{ANNOUNCED} Entschuldigen Sie bitte.", {"apologises"}),
    ("announce", f"{ANNOUNCED} Scuzați deranjul.", {"apologises"}),
    ("announce", f"{ANNOUNCED} Извините за беспокойство.", {"apologises"}),
    # asking whether it is convenient is good manners
    ("announce", f"{ANNOUNCED} Is this a good moment?", set()),
    # A10: nobody is put on hold unasked
    ("announce", f"{ANNOUNCED} Please hold.", {"holds_unasked"}),
    ("answer", "Would you like to wait? Then please hold the line.", set()),
    # B6: who is calling comes first
    ("announce", "Good news, press 9 to end it. " + ANNOUNCED, {"not_introduced"}),
    # E1: the way out is in the first sentence
    ("announce", ANNOUNCED.replace("; press 9 and we never call again", ""), {"no_way_out_first"}),
    ("announce", ANNOUNCED.replace("; press 9", ". Press 9"), {"no_way_out_first"}),
    # the keys are named
    ("announce", ANNOUNCED.replace("Press 1 to talk, or", "Press"), {"key_untold"}),
    # A10, B6: to the point
    ("announce", ANNOUNCED.replace(CAMPAIGN["offer"], "We have news."), {"no_value"}),
    ("announce", ANNOUNCED.replace("A free half", "We are a house of a hundred years. " * 8 + "A free half"),
     {"value_late"}),
    ("announce", ANNOUNCED + " And so on and so forth." * 30, {"speaks_long"}),
    # B3: a voicemail gives, and asks for nothing
    ("voicemail", LEFT, set()),
    ("voicemail", f"{LEFT} Could you call?", {"voicemail_asks"}),
    ("voicemail", f"{LEFT} Please call us back.", {"voicemail_asks"}),
    ("voicemail", f"{LEFT} Bitte rufen Sie uns zurück.", {"voicemail_asks"}),
    ("voicemail", f"{LEFT} Vă rugăm, sunați-ne.", {"voicemail_asks"}),
    ("voicemail", f"{LEFT} Перезвоните нам.", {"voicemail_asks"}),
    ("voicemail", LEFT.replace(SENDER["phone"], "known to you"), {"voicemail_without_number"}),
    ("voicemail", LEFT.replace(CAMPAIGN["name"], "it"), {"voicemail_gives_nothing"}),
    # B16: an outline is about them, and asks
    ("outline", OUTLINE, set()),
    ("outline", OUTLINE.replace("Stan & Sons Logistics", "Everybody"), {"outline_without_fact"}),
    ("outline", OUTLINE.replace("?", "."), {"outline_without_question"}),
    # that nobody is free may be regretted
    ("answer", "We are sorry: nobody is free.", set()),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "words", "codes"), TABLE)
def test_what_is_wrong_with_it(kind: Kind, words: str, codes: set[str]) -> None:
    assert {code for _, code, _ in as_heard(Script("Ana Stan", kind, words, WELL))} == codes


def test_a_field_that_is_empty_leaves_no_hole() -> None:
    unnamed = contexts("en")["somebody without a name"]
    holes = [code for _, code, _ in as_heard(Script("nobody", "answer", "Hello , this is us.", unnamed))]
    assert holes == ["hole"]


OFFER = CAMPAIGN["offer"]

#: Kind, words, and exactly what is told: the words near it, the code, the values of the sentence
TOLD: list[tuple[Kind, str, list[tuple[str, str, dict[str, object]]]]] = [
    ("announce", f"{ANNOUNCED} Sorry to disturb.", [("Sorry to", "apologises", {"words": "Sorry to"})]),
    ("announce", f"{ANNOUNCED} Please hold.", [("Please hold", "holds_unasked", {"words": "Please hold"})]),
    # a question up to sixty letters after it asks for leave, one letter later it does not
    ("answer", "Please hold" + " " * 59 + "?", []),
    ("answer", "Please hold" + " " * 60 + "?", [("Please hold", "holds_unasked", {"words": "Please hold"})]),
    # fifteen seconds of an answer are enough, sixteen are not
    ("answer", "x" * (15 * LETTERS_A_SECOND - 1), []),
    ("answer", "x" * 15 * LETTERS_A_SECOND, [("", "speaks_long", {"seconds": 16, "most": 15})]),
    ("announce", ANNOUNCED.replace(OFFER, "We have news."), [("", "no_value", {})]),
    ("announce", f"{ANNOUNCED} {OFFER}", []),  # said twice: the first time counts
    ("voicemail", f"{LEFT} Call us back.", [("Call us back", "voicemail_asks", {"words": "Call us back"})]),
    ("announce", ANNOUNCED.replace("or 2", "or two"), [("", "key_untold", {"key": "2"})]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "words", "told"), TOLD)
def test_it_is_told_with_the_words_and_the_numbers(kind: Kind, words: str, told: list[object]) -> None:
    assert list(as_heard(Script("Ana Stan", kind, words, WELL))) == told


def test_the_value_may_come_after_fifteen_seconds_and_no_later() -> None:
    head = ANNOUNCED.index(OFFER)
    for letters, late in ((15 * LETTERS_A_SECOND - 1, []), (15 * LETTERS_A_SECOND, [16])):
        words = ANNOUNCED.replace(OFFER, "y" * (letters - head) + OFFER)
        found = [(near, values) for near, code, values in as_heard(Script("Ana Stan", "announce", words, WELL))
                 if code == "value_late"]  # fmt: skip
        assert found == [(OFFER[:40], {"seconds": seconds, "most": 15}) for seconds in late]


def test_without_an_offer_there_is_no_value_to_say() -> None:
    nothing = {**WELL, "campaign": {**CAMPAIGN, "offer": ""}}
    assert ("", "no_value", {}) in as_heard(Script("Ana Stan", "announce", ANNOUNCED, nothing))
