"""What does a text say of how its writer likes to be contacted (A9)? Read in English, Russian and Romanian."""

from __future__ import annotations

import pytest

from opportune.rules.callback import callback_in
from opportune.rules.facts import Preference
from opportune.rules.habit import WAIT, Answers, habit
from opportune.rules.markers import preference_in, promise_to_call

CALL, EMAIL, NOTHING = "call", "email", None

ENGLISH = [
    ("Send me an email, please.", EMAIL),
    ("Please send it to me by email", EMAIL),
    ("Could you email me the details?", EMAIL),
    ("I can't talk on the phone.", EMAIL),
    ("I can’t talk, sorry", EMAIL),  # curly apostrophe
    ("Everyone here reads email.", EMAIL),
    ("Just drop me a line", EMAIL),
    ("PLEASE WRITE TO ME", EMAIL),
    ("I prefer email over calls.", EMAIL),
    ("Email is best for me", EMAIL),
    ("The best way to reach me is by email", EMAIL),
    ("Could I have that in writing? Put it in writing please", EMAIL),
    ("No phone calls please", EMAIL),
    ("Please don't call", EMAIL),
    ("Don't call me, I never pick up", EMAIL),
    ("I hate phone calls", EMAIL),
    ("I'm always in meetings", EMAIL),  # from their work
    ("I travel a lot for this job", EMAIL),
    ("We sit in an open-plan office", EMAIL),
    ("He asked us to email him the offer; prefers email", EMAIL),  # an operator's note
    ("Don't call me, email me instead", EMAIL),
    ("please send\nme an\nemail", EMAIL),  # a mail program broke the lines
    ("Call me tomorrow. But email me the offer rather.", EMAIL),  # the firmer wish counts
    ("I'd rather you email me", EMAIL),
    ("Prefer e-mail", EMAIL),  # said in two languages at once
    ("Please call instead", CALL),
    ("Don't email me, call", CALL),
    ("Call me on Monday", CALL),
    ("Give me a ring when you have the figures", CALL),
    ("I'd rather talk than write", CALL),
    ("It is easier to reach me by phone", CALL),
    ("I hardly ever read my email", CALL),
    ("I'm drowning in emails", CALL),
    ("Let's talk over the phone", CALL),
    ("Could we schedule a quick call?", CALL),
    ("I can't talk right now, call me tomorrow", CALL),
    ("Please stop with the emails. Phone is better for me", CALL),
    ("Better call me. Email me the offer, too", CALL),
    # near misses
    ("I called you yesterday", NOTHING),
    ("Email address attached", NOTHING),
    ("I got your email and will read it", NOTHING),
    ("You emailed me last week", NOTHING),
    ("Please call me Bob", NOTHING),
    ("Everybody will call me crazy", NOTHING),
    ("If you call me again I shall complain", NOTHING),
    ("Don't hesitate to call me if you have questions", NOTHING),
    ("Feel free to email me", NOTHING),
    ("Call me if you have any questions", NOTHING),
    ("Don't call me before 10", NOTHING),  # about when, not about how
    ("I can't talk right now", NOTHING),
    ("Thanks for your call", NOTHING),
    ("My colleague will email me the list", NOTHING),
    ("My email is ann@firm.example", NOTHING),
    ("Call me or email me, as you like", NOTHING),
    ("Don't call and don't email me", NOTHING),
    ("I am in a meeting", NOTHING),
    ("Our call centre handles the mailing list", NOTHING),
    ("What do you call this model?", NOTHING),
]

RUSSIAN = [
    ("Напишите мне на почту", EMAIL),
    ("Пришлите, пожалуйста, предложение на e-mail", EMAIL),
    ("Скиньте прайс на почту", EMAIL),
    ("Не звоните, напишите", EMAIL),
    ("не звоните мне", EMAIL),
    ("Звонить не надо", EMAIL),
    ("Лучше пишите", EMAIL),
    ("Лучше на почту", EMAIL),
    ("Мне удобнее по почте", EMAIL),
    ("Предпочитаю переписку", EMAIL),
    ("У нас все читают почту", EMAIL),
    ("Не могу говорить по телефону", EMAIL),
    ("Мне неудобно разговаривать", EMAIL),
    ("Трубку не беру", EMAIL),
    ("На незнакомые номера не отвечаю", EMAIL),
    ("Я постоянно в разъездах", EMAIL),
    ("Всё время на совещаниях", EMAIL),  # ё
    ("Я ВСЕГДА НА ВСТРЕЧАХ", EMAIL),
    ("Без звонков, пожалуйста", EMAIL),
    ("Просил прислать всё на почту", EMAIL),  # an operator's note
    ("Жду вашего письма", EMAIL),
    ("Только письмом", EMAIL),
    ("Лучше позвоните", CALL),
    ("Перезвоните мне завтра", CALL),
    ("Позвони мне", CALL),
    ("Проще по телефону", CALL),
    ("Предпочитаю общаться по телефону", CALL),
    ("Наберите меня после обеда", CALL),
    ("Давайте созвонимся", CALL),
    ("Почту не читаю", CALL),
    ("Письма теряются", CALL),
    ("Не пишите, а звоните", CALL),
    ("Жду звонка", CALL),
    ("Можете мне перезвонить?", CALL),
    ("Не надо писать, лучше звоните", CALL),
    # near misses
    ("Я вам звонил вчера", NOTHING),
    ("Не получил ваше письмо", NOTHING),
    ("Спасибо за звонок", NOTHING),
    ("Вы мне постоянно звоните", NOTHING),
    ("Почему вы звоните?", NOTHING),
    ("Если позвоните ещё раз, пожалуюсь", NOTHING),
    ("Мой адрес электронной почты во вложении", NOTHING),
    ("Не звоните до 10 утра", NOTHING),  # about when, not about how
    ("Сейчас не могу говорить", NOTHING),
    ("Звоните, если будут вопросы", NOTHING),
    ("Не стесняйтесь писать", NOTHING),
    ("Письмо пришло, спасибо", NOTHING),
    ("Я на встрече", NOTHING),
    ("Мой номер телефона 8 499 123-45-67", NOTHING),
    ("Пишите или звоните, как удобно", NOTHING),
    ("Он обещал мне перезвонить", NOTHING),
    ("Почта России доставит договор", NOTHING),
]

ROMANIAN = [
    ("Trimiteți-mi un e-mail", EMAIL),
    ("Trimiteţi-mi un email", EMAIL),  # ţ with a cedilla, as old keyboards write it
    ("trimiteti-mi oferta pe mail", EMAIL),  # without diacritics
    ("Scrieți-mi, vă rog", EMAIL),
    ("Vă rog să îmi scrieți", EMAIL),
    ("Prefer e-mailul", EMAIL),
    ("Prefer să-mi scrieți", EMAIL),
    ("Mai bine pe mail", EMAIL),
    ("Doar prin e-mail, vă rog", EMAIL),
    ("Aici toată lumea citește e-mailul", EMAIL),
    ("Nu mă sunați", EMAIL),
    ("Vă rog să nu sunați", EMAIL),
    ("Nu pot vorbi la telefon", EMAIL),
    ("Nu răspund la telefon", EMAIL),
    ("Nu-mi place să vorbesc la telefon", EMAIL),
    ("Fără telefoane, vă rog", EMAIL),
    ("Sunt mereu pe drum", EMAIL),
    ("Sunt tot timpul în ședințe", EMAIL),
    ("Călătoresc mult", EMAIL),
    ("Nu mă sunați, scrieți-mi", EMAIL),
    ("A cerut oferta pe e-mail", EMAIL),  # an operator's note
    ("Răspundeți-mi pe e-mail", EMAIL),
    ("Sunați-mă", CALL),
    ("Suna-ma maine", CALL),
    ("Mă puteți suna?", CALL),
    ("Vă rog să mă sunați", CALL),
    ("Dați-mi un telefon", CALL),
    ("Mai bine mă sunați", CALL),
    ("Mai bine vorbim la telefon", CALL),
    ("Prefer telefonul", CALL),
    ("Aș dori să fiu sunat", CALL),
    ("Nu citesc e-mailurile", CALL),
    ("Mailurile se pierd", CALL),
    ("Nu-mi scrieți, sunați-mă", CALL),
    ("Prefer să vorbim la telefon", CALL),
    # near misses
    ("M-ați sunat ieri", NOTHING),
    ("V-am trimis un e-mail", NOTHING),
    ("Nu am primit e-mailul dumneavoastră", NOTHING),
    ("Adresa de e-mail este atașată", NOTHING),
    ("Dacă mă sunați din nou, fac plângere", NOTHING),
    ("Nu mă sunați înainte de ora 10", NOTHING),  # about when, not about how
    ("Nu pot vorbi acum", NOTHING),
    ("Sunați-mă dacă aveți întrebări", NOTHING),
    ("Nu ezitați să mă sunați", NOTHING),
    ("Numărul meu de telefon este 0722 123 456", NOTHING),
    ("Sunt într-o ședință", NOTHING),
    ("Mulțumesc pentru telefon", NOTHING),
    ("Ați spus că mă sunați", NOTHING),
    ("Sunt interesat de ofertă", NOTHING),
    ("Scrieți-mi sau sunați-mă", NOTHING),
]


@pytest.mark.parametrize(("text", "channel"), ENGLISH + RUSSIAN + ROMANIAN)
def test_what_a_text_says_of_its_writers_wishes(text, channel):
    found = preference_in(text)
    assert (found and found.channel) == channel


#: (mails, answered, calls, answered) -> channel, evidence
HABITS = [
    ((4, 3, 3, 0), EMAIL, "answered 3 of 4 mails, 0 of 3 calls"),
    ((4, 0, 2, 2), CALL, "answered 0 of 4 mails, 2 of 2 calls"),
    ((2, 1, 2, 0), EMAIL, "answered 1 of 2 mails, 0 of 2 calls"),  # just clear enough
    ((5, 2, 2, 0), NOTHING, ""),  # not clear enough
    ((1, 1, 3, 0), NOTHING, ""),  # one mail is no habit
    ((3, 3, 1, 0), NOTHING, ""),  # nor is one call
    ((0, 0, 0, 0), NOTHING, ""),
    ((3, 3, 3, 3), NOTHING, ""),  # both ways
]


@pytest.mark.parametrize(("counts", "channel", "evidence"), HABITS)
def test_a_habit_is_how_they_answered_before(counts, channel, evidence):
    found = habit(Answers(*counts), now=0)
    assert (found and found.channel, found.evidence if found else "") == (channel, evidence)
    assert found is None or found.strength == "habit"


#: when they promised to call, when they last talked to us, now -> leans to email
PROMISES = [
    (1000, None, 1000 + WAIT, EMAIL),
    (1000, None, 1000 + WAIT - 1, NOTHING),  # it may still come
    (1000, 1001, 1000 + WAIT, NOTHING),  # kept
    (1000, 1000, 1000 + WAIT, EMAIL),  # the talk in which it was promised
    (None, None, 1000 + WAIT, NOTHING),
]


@pytest.mark.parametrize(("promised", "called", "now", "channel"), PROMISES)
def test_a_promised_call_back_that_never_came_leans_to_email(promised, called, now, channel):
    found = habit(Answers(will_call_at=promised, called_at=called), now)
    assert found == (channel and Preference(EMAIL, "promised to call back and did not", "habit"))


#: who promises to call whom
WILL_CALL = [
    ("Thanks. I'll call you back next week", "I'll call you back next week"),
    ("Я вам сам перезвоню", "Я вам сам перезвоню"),
    ("Vă sun eu mâine", "Vă sun eu mâine"),
    ("Will you call me back?", None),
    ("He will call you", None),
]


@pytest.mark.parametrize(("text", "words"), WILL_CALL)
def test_a_promise_to_call_us_is_noticed(text, words):
    assert promise_to_call(text) == words


def test_the_evidence_is_what_was_written_and_short():
    said = preference_in("Hallo! Trimiteți-mi, vă rog, un E-MAIL “azi”… Altceva. " + "x" * 500)
    assert (said.evidence, said.strength) == ("Trimiteți-mi, vă rog, un E-MAIL “azi”", "marker")
    endless = preference_in("word " * 500 + "please send me an email " + "word " * 500)
    assert "please send me an email" in endless.evidence
    assert len(endless.evidence) <= 200


#: what makes a careless expression go round and round
ENDLESS = [
    "call me back ", "send me ", "send me it to me by the ", "Позвоните мне не звоните пишите на ",
    "не надо мне больше ", "nu ma sunati va rog sa imi trimiteti ", "e-mail ", "calls are email better is ",
    "call" + " " * 200, "a", " ", "\n", "1", "8 499 123-45-67 ", "call me back 8 499 123 45 67 ", "(1) ",
    "best way to reach me is done for me ", "🦄", "\u202e",
]  # fmt: skip


@pytest.mark.parametrize("unit", ENDLESS)
def test_100000_characters_are_read_in_one_pass(unit):
    """No timing is asserted: what goes round and round would not end before the suite's time limit."""
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    said = preference_in(text)
    assert said is None or len(said.evidence) <= 200
    promise_to_call(text)
    asked = callback_in(text, "RU")
    assert asked is None or len(asked.evidence) <= 200


def test_each_language_is_read_by_at_least_25_phrases():
    assert min(len([1 for _, channel in rows if channel]) for rows in (ENGLISH, RUSSIAN, ROMANIAN)) >= 25
