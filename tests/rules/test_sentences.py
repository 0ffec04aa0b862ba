"""Are a reason, a result and a moment said as a colleague of the reader's language would say them?"""

from __future__ import annotations

from datetime import datetime

import pytest

from opportune.rules.facts import Reason
from opportune.rules.reasons import ends, phrase, sentence, went, when, word

GOAL = Reason("goal_calls", "A5", {"goal": "meeting"})
PROMISED = Reason("promised", "C4", {"time": "2026-11-25 15:10"})
MET = Reason("stopped", "B7", {"why": "goal_met"})


@pytest.mark.parametrize(
    ("reason", "language", "said"),
    [
        (GOAL, "en", "The goal (a meeting) is something serious: one calls about it."),
        (GOAL, "ru", "Цель (встреча) серьёзная: о таком звонят."),
        (GOAL, "ro", "Scopul (o întâlnire) este ceva serios: pentru asta se sună."),
        (GOAL, "xx", "The goal (a meeting) is something serious: one calls about it."),  # a language we do not speak
        # a moment as the person's clock shows it
        (PROMISED, "en", "A callback was promised for Wed 25 Nov, 15:10."),
        (PROMISED, "ru", "Обещано перезвонить ср 25 нояб., 15:10."),
        (PROMISED, "ro", "S-a promis un apel la mie. 25 nov., 15:10."),
        # why nothing more follows
        (MET, "en", "Nothing more follows here: the goal is met."),
        (MET, "ru", "Больше ничего не отправляется: цель достигнута."),
        (MET, "ro", "Nu mai urmează nimic aici: scopul este atins."),
        # what has no words of ours stays as it is
        (Reason("stopped", "B7", {"why": "moved_to_mars"}), "en", "Nothing more follows here: moved to mars."),
        (
            Reason("preference", "A9", {"channel": "call", "evidence": "email me"}),
            "en",
            "Prefers a call, as we know from: email me.",
        ),
        # one is not said as a number
        (
            Reason("cap_touches", "B4", {"most": 1, "days": 1}),
            "en",
            "Already contacted once within one day, in all campaigns together.",
        ),
        (
            Reason("cap_touches", "B4", {"most": 2, "days": 7}),
            "en",
            "Already contacted 2 times within 7 days, in all campaigns together.",
        ),
        (Reason("step_gap", "B2", {"days": 1}), "ro", "Acest pas vine la cel puțin o zi după cel dinainte."),
        (
            Reason("cap_touches", "B4", {"most": 1, "days": 7}),
            "ro",
            "Contactat deja o dată în 7 zile, în toate campaniile împreună.",
        ),
        # a sentence begins large, whatever it begins with
        (
            Reason("call_hour", "A1", {"time": "2026-11-26 09:00"}),
            "ro",
            "Joi 26 nov., 09:00 ora locală: următoarea oră deschisă.",
        ),
    ],
)
def test_a_reason_reads_like_a_colleague_talking(reason, language, said):
    assert sentence(reason, language) == said


def test_a_reason_is_told_in_english_unless_asked_otherwise():
    assert sentence(GOAL) == sentence(GOAL, "en")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["CEO at Bright", "an answering machine took it", "they replied", "a product trial"]),
        ("ru", ["CEO, Bright", "ответил автоответчик", "пришёл ответ", "проба продукта"]),
        ("ro", ["CEO la Bright", "a răspuns robotul", "au răspuns", "o probă a produsului"]),
        ("xx", ["CEO at Bright", "an answering machine took it", "they replied", "a product trial"]),
    ],
)
def test_the_story_around_the_reasons_speaks_the_readers_language(language, said):
    post = phrase("works_at", language, title="CEO", company="Bright")
    assert [post, went("machine", language), ends("replied", language), word("goal", "trial", language)] == said


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_we_have_no_words_for_is_said_as_it_is_kept(language):
    assert went("line_of_fire", language) == "line of fire"
    assert ends("line_of_fire", language) == "line of fire"
    assert word("goal", "world_peace", language) == "world_peace"
    assert word("colour", "call", language) == "call"


@pytest.mark.parametrize(
    ("language", "moment", "day"),
    [
        ("en", "Thu 5 Mar, 15:20", "5 Mar 2026"),
        ("ru", "чт 5 марта, 15:20", "5 марта 2026"),
        ("ro", "joi 5 mar., 15:20", "5 mar. 2026"),
        ("xx", "Thu 5 Mar, 15:20", "5 Mar 2026"),
    ],
)
def test_a_moment_is_said_with_its_weekday_and_a_day_with_its_year(language, moment, day):
    there = datetime(2026, 3, 5, 15, 20)
    assert when(there, language) == moment
    assert when(there, language, clock=False) == day
