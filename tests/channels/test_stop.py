"""Is every no heard (E1), as far as it goes, and nothing taken for one?"""

from __future__ import annotations

import pytest

from channels.stop import refusal
from opportune.rules.facts import Channel
from opportune.rules.markers import preference_in

ALL, CALL, EMAIL, NONE = "everything", "call", "email", None

#: "Better", "rather" and the like take nothing back: no channel is named, so all are meant.
POLITE = [
    ("Unsubscribe me, that would be better for both of us.", ALL),
    ("I'd rather opt out", ALL),
    ("Better take me off your list", ALL),
    ("Rather than calling me every day, unsubscribe me", ALL),
    ("Remove me from your list instead of calling me", ALL),
    ("I'd rather opt out than get your calls", ALL),
    ("Don't write to me, that would be better for both of us", ALL),
    ("I'd rather you didn't email me", ALL),
    ("Stop, call somebody else instead", ALL),
    ("Лучше удалите меня из базы", ALL),
    ("Отпишите меня, так будет лучше", ALL),
    ("Mai bine mă dezabonați", ALL),
    ("Bitte lieber abmelden", ALL),
]
#: Another way is named: only what stands after "stop" is closed.
INSTEAD = [
    ("Stop calling me, email me instead", CALL),
    ("Stop calling me. Email me instead.", CALL),
    ("Stop calling and email me instead", CALL),
    ("Please stop the calls, email is fine", CALL),
    ("Stop calling me, better use WhatsApp", CALL),
    ("I'd rather not be called, write to me", CALL),
    ("Don't contact me by phone, email me instead", CALL),
    ("Take me off your call list, just write to me", CALL),
    ("Stop emailing me, call me", EMAIL),
    ("Stop emailing me, better use WhatsApp", EMAIL),
    ("Please stop with the emails. Phone is better for me", EMAIL),
    ("Unsubscribe me from the emails, call me instead", EMAIL),
    ("Stop calling and emailing me, send a letter instead", ALL),  # both are named
    ("Don't contact me, call my lawyer instead", ALL),  # none is
    ("Хватит звонить, лучше пишите", CALL),
    ("Перестаньте мне звонить, напишите на почту", CALL),
    ("Хватит писать, лучше звоните", EMAIL),
    ("Хватит звонить и писать, лучше займитесь делом", ALL),
    ("Nu mă mai sunați, mai bine scrieți-mi", CALL),
    ("Încetați să mă sunați, scrieți-mi", CALL),
    ("Rufen Sie mich nicht an, schreiben Sie mir lieber", CALL),
]
#: Plain, in the words people use.
ENGLISH = [
    ("Please remove this email address from your list", ALL),
    ("Take this number off your database", ALL),
    ("Please delete our address", ALL),
    ("leave me alone", ALL),
    ("Stop the calls", ALL),
    ("Stop all these emails", ALL),
    ("Quit calling me", ALL),
    ("Stop, I'm not interested", ALL),
    ("Opt me out", ALL),
    ("Lose my number", ALL),
    ("Go away!", ALL),
    ("No further contact please", ALL),
    ("I never signed up for this", ALL),
    ("I wish to be removed from your list", ALL),
    ("We'd rather not receive any more letters", ALL),
    ("Stop it, better call somebody else", ALL),
    ("Cancel my subscription", ALL),
    ("You must not contact me", ALL),
    ("Dont write to me", ALL),  # without its apostrophe
    ("I don't want to be contacted", ALL),
    ("I told you not to email me", ALL),
    ("Don't call or email me", ALL),
    ("Please refrain from contacting me", ALL),
    ("If you don't stop calling me I'll go to the police", ALL),  # a threat is no "don't stop"
    ("Why don't you stop emailing me?", ALL),
    ("not interested, don't call again", CALL),
    ("Not interested and do not call this number again", CALL),
    ("I don't want to be called", CALL),
    ("I'd rather you didn't call me", CALL),
    ("No calls please", CALL),
    ("Never ever call me", CALL),
    ("Don't you dare call me again", CALL),
]
RUSSIAN = [
    ("Оставьте меня в покое", ALL),
    ("Отстаньте", ALL),
    ("Хватит!", ALL),
    ("Прошу удалить мой номер из вашей базы", ALL),
    ("Меня удалите, пожалуйста", ALL),
    ("Уберите эту почту из рассылки", ALL),
    ("Прекратите эти звонки", ALL),
    ("Перестаньте меня беспокоить", ALL),
    ("Хватит спама", ALL),
    ("Забудьте этот номер", ALL),
    ("Не хочу больше получать ваши письма", ALL),
    ("Не смейте мне писать", ALL),
    ("Больше никогда меня не беспокойте", ALL),
    ("Не шлите мне ничего", ALL),
    ("Отказываюсь от рассылки", ALL),
    ("Писать мне не надо", ALL),
    ("Не звоните и не пишите больше", ALL),
    ("Если вы не прекратите звонить, я подам жалобу", ALL),
    ("Никогда мне больше не звоните", CALL),
    ("Больше не надо звонков", CALL),
    ("Не надо сюда звонить", CALL),
    ("Звонить не надо", CALL),
    ("Давайте без звонков", CALL),
    ("Как отписаться?", ALL),
    ("Отписаться", ALL),
    ("Не удалось отписаться", ALL),
    ("Как отписатся", ALL),  # often misspelt so
    ("отписка", ALL),
    ("Хочу отписаться от рассылки", ALL),
    ("Отпишите меня", ALL),
    ("Отпишусь от вас", ALL),
    ("Я уже отписался от вашей рассылки", ALL),
    ("Давно пора, от этой рассылки отпишусь", ALL),
    ("Отпишитесь от моей почты", ALL),
    ("Не хочу, чтобы вы мне звонили", CALL),
]
ROMANIAN_AND_GERMAN = [
    ("Lăsați-mă în pace", ALL),
    ("Ștergeți-mă din listă", ALL),
    ("Vă rog să mă scoateți din baza de date", ALL),
    ("stergeti adresa mea", ALL),  # without its marks
    ("Opriți mesajele", ALL),
    ("Încetați să mă mai sunați", ALL),
    ("Nu mai vreau să primesc mesaje", ALL),
    ("Nu mă contactați", ALL),
    ("Nu vreau să fiu deranjat", ALL),
    ("Nu-mi scrieți", ALL),
    ("Nu mai sunați", CALL),
    ("Nu vreau să fiu sunat", CALL),
    ("Nu mă mai sunați niciodată, nici azi, nici mâine", CALL),
    ("Nehmen Sie mich von Ihrem Verteiler", ALL),
    ("Lassen Sie mich in Ruhe", ALL),
    ("Bitte keine Werbung", ALL),
    ("Schreiben Sie mir nicht mehr", ALL),
    ("Rufen Sie mich nie wieder an", CALL),
    ("Bitte nicht mehr anrufen", CALL),
]
#: An hour beside "again", "any more", "ever" puts nothing off; nor does what they tell of today.
FOR_GOOD = [
    ("Don't contact me again, today or ever", ALL),
    ("Don't contact me any more, I said so this week", ALL),
    ("Please don't contact me, you called three times today", ALL),
    ("Не пишите мне вообще, ни сегодня, ни завтра", ALL),
    ("Don't call me again, not tomorrow and not next week", CALL),
    ("Не звоните больше, вы сегодня звонили пять раз", CALL),
]
#: Nor does an hour in the reason they give: whether a call later would do is in doubt.
REASONS = [
    ("Don't call me, I'm in a meeting right now", CALL),
    ("Don't call me. I'm in a meeting right now", CALL),
    ("Please don't call me: we have a meeting today", CALL),
    ("Please don't contact me, because I am on holiday this week", ALL),
    ("Не звоните, я сейчас на встрече", CALL),
    ("Не звоните мне, пожалуйста, у меня сегодня встреча", CALL),
    ("Nu mă sunați, sunt în ședință acum", CALL),
    ("Rufen Sie mich nicht an, ich bin gerade in einer Besprechung", CALL),
    ("Don't call me right now, I'm in a meeting", NONE),
    ("I'm asking you not to call me before noon", NONE),
    ("Извините, я прошу не звонить до обеда", NONE),
    ("Не звоните сегодня, я на встрече", NONE),
]
#: "I don't want any": of calls at some hour it is about the hour.
UNWANTED = [
    ("I don't want any calls", ALL),
    ("I don't want any calls, call my lawyer before noon", ALL),
    ("I don't want any more calls after 3 years of this", ALL),
    ("I don't want any calls after what you did", ALL),
    ("I don't want any calls before noon", NONE),
    ("I don't want to receive calls or messages after 6 pm", NONE),
    ("I don't want your calls between nine and ten", NONE),
    ("I don't want any calls before noon. Stop calling me.", ALL),
    ("Не хочу получать звонки", ALL),
    ("Не хочу получать ваши письма после 5 отказов", ALL),
    ("Не хочу получать звонки до обеда", NONE),
    ("Никаких звонков до 10 утра", NONE),
    ("Nu vreau telefoane", ALL),
    ("Nu vreau telefoane înainte de 10", NONE),
    ("Bitte keine Anrufe", ALL),
    ("Bitte keine Anrufe vor 10 Uhr", NONE),
]
#: When, or how they like it: no refusal.
TIMES = [
    ("do not call before noon", NONE),
    ("Don't call me again before Tuesday", NONE),
    ("Don't contact me before Monday", NONE),
    ("Please don't call when I'm in a meeting", NONE),
    ("Don't ever call me before 10", NONE),
    ("не звоните сейчас, лучше в четверг", NONE),
    ("Не звоните в пятницу", NONE),
    ("Больше не звоните до обеда", NONE),
    ("Nu mă sunați acum, mai bine joi", NONE),
    ("Rufen Sie mich nicht vor 10 Uhr an", NONE),
]
WISHES = [
    ("please write instead of calling", NONE),
    ("better to write to me at work", NONE),
    ("call me rather on Tuesday", NONE),
    ("Лучше пишите", NONE),
    ("Mai bine scrieți-mi", NONE),
    ("Schreiben Sie mir lieber", NONE),
]
#: Sounds like one of the words and asks nothing of the kind.
NEAR = [
    ("Don't stop, I like it", NONE),
    ("I don't want to be removed from the list", NONE),
    ("Don't remove me from the list, I like it", NONE),
    ("please stop by our booth", NONE),
    ("I am in non-stop calls today", NONE),
    ("I have to stop writing now, more tomorrow", NONE),
    ("You never call me back!", NONE),
    ("If you don't call me by Friday we buy elsewhere", NONE),
    ("Please notify the sender and delete this e-mail from your system", NONE),  # below every second company's mails
    ("Please remove the second item from the list", NONE),
    ("We are small and don't call", NONE),
    ("Don't hesitate to call me", NONE),
    ("Don't forget to email me the list", NONE),
    ("Leave me a message", NONE),
    ("The contract must not be sent before we have signed", NONE),
    ("Two of our people opted out of the fair", NONE),
    ("Why don't you call me?", NONE),
    ("Please don't forget my number", NONE),
    ("Did you lose my number?", NONE),
    ("Please remove the second item from your price list", NONE),
    ("It is better than your last offer", NONE),
    ("Не прекращайте рассылку", NONE),
    ("Почему вы не звоните?", NONE),
    ("Если не звоните, я обижусь", NONE),
    ("Я не буду вам звонить", NONE),
    ("Уберите второй пункт из договора", NONE),
    ("Не забудьте про меня", NONE),
    ("Не беспокойтесь, всё в порядке", NONE),  # "don't worry"
    ("Спасибо, посмотрю и отпишусь", NONE),  # "I'll get back to you"
    ("Отпишусь.", NONE),
    ("Отпишусь, когда получу ответ от директора", NONE),
    ("Посмотрим и отпишемся", NONE),
    ("Отпишитесь, когда получите договор", NONE),
    ("Не забудьте отписаться", NONE),
    ("Не забудьте отписаться о результате", NONE),
    ("Когда вам отписаться по итогам встречи?", NONE),
    ("Прошу отписаться о получении", NONE),
    ("У меня письмо не отправляется", NONE),
    ("Мы клиентам по ночам не звоним", NONE),
    ("Никаких писем от вас не было", NONE),
    ("Почему вы прекратили рассылку?", NONE),
    ("Nu mi-ați trimis oferta", NONE),
    ("Nu mă deranjează", NONE),
    ("Numai scrieți-mi", NONE),  # "only"
    ("Scoateți acest rând din contract", NONE),
    ("Nu ezitați să mă sunați", NONE),
    ("Ich möchte mich nicht abmelden", NONE),
    ("Melden Sie mich ab 10 Uhr an", NONE),
    ("Ich kann Sie diese Woche nicht anrufen", NONE),
    ("Streichen Sie unsere Bestellung", NONE),
    ("Ich habe keine E-Mail bekommen", NONE),
]
TABLES = (
    POLITE + INSTEAD + ENGLISH + RUSSIAN + ROMANIAN_AND_GERMAN + FOR_GOOD + REASONS + UNWANTED + TIMES + WISHES + NEAR
)


@pytest.mark.parametrize(("text", "said"), TABLES)
def test_a_no_is_heard_as_far_as_it_goes(text: str, said: str | None):
    assert refusal(text) == said


@pytest.mark.parametrize(
    ("text", "closed", "preferred"),
    [
        ("Stop calling me, email me instead", CALL, Channel.EMAIL),
        ("Хватит звонить, лучше пишите", CALL, Channel.EMAIL),
        ("Don't email me, call me instead", EMAIL, Channel.CALL),
        ("please write instead of calling", NONE, Channel.EMAIL),
        ("call me rather on Tuesday", NONE, Channel.CALL),
    ],
)
def test_what_is_preferred_is_never_what_was_closed(text: str, closed: str | None, preferred: Channel):
    """A9 beside E1: both read the same words."""
    wish = preference_in(text)
    assert (refusal(text), wish and wish.channel) == (closed, preferred)
