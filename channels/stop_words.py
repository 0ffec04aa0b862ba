"""With which words do people ask us to stop, or refuse one way?

Read in small letters, without Romanian accents and without ё. English, Russian, Romanian, German, a little French.
"""

from __future__ import annotations

import re


def any_of(*forms: str) -> re.Pattern[str]:
    return re.compile("|".join(forms))


TO_WRITE = r"(e-?mail|mail|write|message|send|text)"
TO_CALL = r"(call|phone|ring|telephone|dial)"
TO_CONTACT = r"(contact|bother|disturb|reach out|pester|harass|spam)"
WRITTEN = r"(e-?mailed|mailed|written|messaged|texted)\b"
CALLED = r"(called|phoned|rung|telephoned)\b"
CONTACTED = r"(contacted|bothered|disturbed|approached|spammed)\b"
NOT = (
    r"(do not|don't|dont|never|no longer|not to|must not|(rather|prefer|better|prefer it) (if |that )?you (didn't"
    r"|did not|not)) (please |you |ever |even |dare |to |want (you|anyone|anybody|them) to )*"
)
BREAK = r"([,;:(–—-] *|\b(please|so|just|kindly),? )((and|but|so|please|just|kindly),? ){0,3}"
STANDS_ALONE = r"(?=\W*$| (again|any ?more|ever|please|at all|back)\b)"
ANY_MORE = r"(to )?((me|us|at|on) )?(again|any ?more|ever|here|this (number|address|e-?mail|phone|line|mailbox|office)"
ANY_MORE += r"|my (number|phone|mobile|cell|home|office|house|work|e-?mail|address|inbox|mailbox))\b"
NE = (
    r"\bне (надо |нужно |стоит |смейте |вздумайте |нам |мне |меня |нас |больше |вообще |никогда |пожалуйста,? "
    r"|сюда |ко |со |к |мной |нами |впредь |хочу,? |хотим,? |желаю,? |чтобы |вы ){0,5}"
)
NU = r"\bnu[ -]((imi|mi|ne|ma|va rog|sa|vreau|doresc|vrem)[ -]){0,5}"
ME_RU = (
    r"((мне|нам|меня|нас|уже|наконец|наконец-то|пожалуйста|сюда|больше|с|ваши|ваших|эти|этих|этот|этим|вашими),? ){0,4}"
)


def _refusing(verb: str, passive: str, other: str) -> tuple[str, ...]:
    """ "Don't call me", "not interested, don't call", "don't write or call", "I'd rather not be called"."""
    return (
        rf"^\W*((please|so|just|and|but|kindly),? )*{NOT}{verb}\b",
        rf"\b{NOT}{verb} (to )?(me|us)\b",
        rf"{BREAK}{NOT}{verb}{STANDS_ALONE}",
        rf"(?<!\bi )(?<!\bwe )(?<!\bthey )\b{NOT}{verb} {ANY_MORE}",
        rf"\b{NOT}{other} (to )?((me|us),? )?(or|nor) {verb}\b",
        rf"\b(do not|don't|dont|no longer) (want|wish|like|care) to be {passive}",
        rf"\b(rather|prefer|please) not be {passive}|\bnot to be {passive}",
        rf"\bno (more|further) ((phone|sales|cold|marketing|promotional) )*{verb}s?\b",
        rf"(^\W*|{BREAK})no ((phone|sales|cold|marketing|more|further|promotional) )*{verb}s{STANDS_ALONE}",
    )


#: Beyond doubt, unless it is about an hour.
UNWANTED = any_of(
    r"\b(do not|don't|dont|no longer) (want|wish) (to (receive|get|hear)|any|your|more|these|those|further|calls?\b"
    r"|e-?mails?\b|spam|newsletters?)",
    r"\bне (хочу|хотим|желаю|желаем) (больше |от вас |ваши |эти |никакие )*(получать|вас слышать|слышать о"
    r"|общаться с вами)",
    r"\b(никаких|больше никаких) (больше |ваших |рекламных )*(звонков|писем|рассылок|сообщений"
    r"|контактов)(?![^,;]{0,40}\bне )",
    r"\bnu (mai )?(vreau|doresc|vrem|dorim) (sa (mai )?(primesc|primim|aud)|(alte )?(e-?mailuri|mailuri|mesaje|apeluri"
    r"|telefoane|reclame|newsletter))",
    r"\bbitte keine (weiteren |weitere )?(e-?mails?|mails|werbung|anrufe|newsletter|nachrichten)\b",
)
#: Beyond doubt, at whatever hour. The channel, if any, is named right after.
ASKED = any_of(
    UNWANTED.pattern,
    # English
    r"\bunsubscri",
    r"\bopt(ing)?[ -]?((me|us) )?out\b|\b(i|we)('ve| have| had)? ((already|just) )?opted[ -]?out\b",
    r"\b(remove|delete|erase|strike) (me|us|my)\b",
    r"\b(remove|delete|erase|strike|take|drop) (this|that|our|these) ((e-?mail|mail|phone|contact|office|work|mobile)"
    r" )*(address(es)?|numbers?)\b",
    # a bare "delete this e-mail from your system" stands below every second company's mails
    r"\b(remove|delete|erase|strike|take|drop) (this|that|our|the|these) (\w+ ){0,2}(e-?mail|mailbox|address|number"
    r"|name|contact|person|company|account|details) (from|off|out of) (your|all your)"
    r" ([\w-]+ ){0,2}(lists?|data ?bases?|crm|mailings?)\b",
    r"\btake (me|us|my \w+) off\b",
    r"^\W*(please,? )?stop(,? (it|now|this|that|all|everything|please|thanks|thank you|immediately|at once"
    r"|already))*\W*$",
    r"^\W*(please,? |just )*stop( (it|this|that|now|please|all this))*(?= *[,;:!–—])",
    r"\b(stop|quit|cease|halt|(you|they) stopped) ((all|with|the|these|those|this|that|your|any|further|more|phone"
    r"|sales"
    r"|cold|marketing|junk|daily|making|getting|receiving|me|of) )*(e-?mail|mail|writ|send|contact|call|messag|spam"
    r"|bother|newsletter|letters|harass|pester|disturb|phoning|ringing|texting|texts|advertis|promotion|marketing"
    r"|solicit|nagging|annoying)",
    r"\b(refrain from|(would|do) you mind not) (ever )?(e-?mail|mail|writ|send|contact|call|messag|bother|phoning"
    r"|ringing)",
    r"\b(rather|prefer) not (to )?(receive|get|hear from)\b",
    r"\b(me|us|(want|wish|like|asked?) to be) (removed|deleted|taken off|unsubscribed)\b",
    r"\bleave (me|us) (alone|in peace|be)\b",
    rf"(^\W*|{BREAK})(just )?(lose|forget) (my|this|our) (number|address|e-?mail|contact)",
    r"^\W*(please,? |just )*(go away|get lost|piss off|fuck off|bugger off|stopall\W*$|quit\W*$)",
    r"\bcease and desist\b|\bno (more|further) (contacts?|communications?|spam|newsletters?|marketing)\b",
    r"\bnever (signed up|subscribed)\b",
    r"\bcancel (my|the|this|our|all) ((e-?mail|mail|newsletter) )*(subscriptions?|newsletters?|mailings?)\b",
    # Russian; "отпишусь" by itself promises an answer
    r"\bотпи(шите\b|ши\b|ска|сат(?!ь?ся (вам|об?|по (итог|результат)\w*|когда)\b))",
    r"\bотпи[сш]\w+( (я|мы|уже|наконец|сам|сама))* от\b",
    r"\bот (ваш\w+ |эт\w+ |всех )*(вас|рассыл\w+|спама)( я| мы| уже)* отпи[сш]",
    r"\b(отменит|аннулиру|прекратит|остановит)\w+ (мою |эту |вашу |нашу )?(подписк|рассылк)",
    r"\bотказ(ываюсь|ываемся|аться) от (всех |любых |ваш\w+ |дальнейш\w+ |получения )*(рассыл|подпис|звонк|пис[ье]м"
    r"|общен|контакт)",
    r"\b(удалите|уберите|вычеркните|исключите|сотрите|выпишите|удали|убери)"
    r" (пожалуйста )?(меня|нас|мой|мою|мои|наш|этот|эту почту|адрес|номер)",
    r"\b(удалить|убрать|исключить|вычеркнуть|удалите|уберите|исключите) (меня|нас|мой (номер|адрес|телефон|контакт"
    r"|e-?mail)|мою почту|мои (данные|контакт)|наш (номер|адрес))",
    r"\b(меня|нас|мой (номер|адрес|телефон)|этот (номер|адрес|телефон)|(мою|эту) почту) (пожалуйста )?"
    r"(удалит|уберит|убрать|исключит|вычеркн)",
    r"\b(удалит|уберит|убрать|исключит|вычеркн)\w*\b[^,;]{0,40}\bиз (ваш\w+ |сво\w+ |этой |всех )*(баз|рассыл|обзвон)",
    rf"\b(хватит|прекратите|перестаньте|прекращайте|кончайте|завязывайте|прекрати|перестань) {ME_RU}(писать|звонить"
    rf"|слать"
    r"|присыла|отправля|спам|рассыл|названива|обзванива|беспоко|донима|достава|тревож|надоеда|звонк|пис[ье]м|сообщен"
    r"|реклам)",
    r"^\W*(пожалуйста,? )?(стоп|хватит|прекратите|перестаньте)(,? (уже|пожалуйста|спасибо|все|это))*\W*$",
    r"\bостав(ьте|ь) (вы )?(меня|нас) (уже |наконец )?(в покое)",
    r"\b(отстаньте|отвяжитесь|отвалите|отцепитесь|отвали\b|отстань\b)",
    r"\bзабудьте (про |об |о )?(мой|этот|наш|меня|нас|мою)\b",
    r"\bне (нужны|нужна|надо|нужно|интересны) (мне |нам |больше |мне больше )?(ваш|эт)\w+ (звон|пис[ье]м|рассыл"
    r"|реклам|спам)",
    # Romanian
    r"\bdezabon",
    r"\b(sterge|stergeti|elimina|eliminati|scoate|scoateti|excludeti|radiati)[ -](va rog )?(ma|ne|(adresa|numarul"
    r"|datele|contactul)"
    r" (mea|meu|mele|noastra|nostru|noastre|asta|acesta)|acest (numar|contact|e-?mail)|aceasta adresa)\b",
    r"\b(ma|ne) (stergeti|eliminati|scoateti|excludeti)\b",
    r"\b(incetati|opriti|opriti-va|terminati|gata cu|ajunge cu|inceteaza|termina) ((cu|sa|ma|ne|imi|mi|va rog|din"
    r"|a)[ -]?"
    r"|mai |atatea ){0,5}(suna|scri|trimi|contact|deranj|apel|spam|mesaj|e-?mail|mail|telefo|reclam|newsletter)",
    r"^\W*(opriti(-va)?|incetati|ajunge)(,? (va rog|acum|odata))*\W*$",
    r"\b(lasati|lasa)-?[ ]?(ma|ne) in pace\b",
    r"\b(anulati|renunt la|anulez) (abonare|abonament|newsletter)",
    # German, French
    r"\b(abmelden|abbestellen|austragen)\b",
    r"\b(melden|tragen) sie (mich|uns)\b[^.;]{0,40}\b(ab|aus)\b(?! (\d|dem|montag))",
    r"\b(nehmen|streichen|loschen|löschen|loeschen|entfernen) sie (bitte )?(mich|uns|(meine|unsere|diese)"
    r" (adresse|nummer|daten|e-?mail\w*|mailadresse|telefonnummer))\b",
    r"\b(lassen sie|lasst) (mich|uns) (bitte |endlich )?in (ruhe|frieden)\b",
    r"\b(horen|hören|hoeren) sie (bitte |endlich )?(damit )?auf(?=\W*$|,| (mich|mir|uns)\b)",
    r"\bkeine (weiteren |weitere )?(e-?mails?|mails|werbung|anrufe|newsletter|nachrichten) mehr\b",
    r"\b(désabonn|desabonn|désinscri|desinscri)",
)
#: No channel is in the verb: one may be named right after, "don't contact me by phone".
CONTACT = any_of(
    *_refusing(TO_CONTACT, CONTACTED, f"({TO_CALL}|{TO_WRITE})"),
    rf"{NE}((беспокой|беспокойте|беспокоить)\b|тревож(ь|ить)|связыва(й|ться)|контактир(уй|овать)"
    r"|(донима|достава|надоеда)(й|ть))",
    rf"{NU}(mai )?((contacta|deranja)(ti|t)?|fi(u|m) (contactat|deranjat))\b",
    r"\bkontaktieren sie (mich|uns) (bitte )?(nicht|nie)\b",
)
LETTERS = any_of(
    *_refusing(TO_WRITE, WRITTEN, TO_CALL),
    r"\bno more letters\b",
    r"\bне (надо|нужно) (мне |нам |больше |этих |ваших ){0,3}(писем|рассыл)",
    r"(^\W*|\bbitte )(mir )?nicht (mehr |wieder )?schreiben\b",
    rf"{NE}(пиши|писать|шлите|слать|(присыла|отправля)(й|ть))",
    r"\bне (хочу|хотим|желаю|надо|нужно),? чтобы (вы |мне |нам |больше ){0,4}(писали|присылали)",
    rf"{NE}звон(ить|ите) (и|или|и не|ни) (писать|пишите)",
    r"\b(писать|присылать|слать) (мне |нам |сюда |больше )*не (надо|нужно|стоит|смейте)",
    rf"{NU}mai (scri(e|eti|i)|trimi(te|teti|ti))\b",
    r"\bnu[ -]?(imi|mi|ne)[ -](scri(e|eti)|trimi(te|teti))\b",
    r"\b(schreiben|schicken|senden) sie (mir|uns) (bitte )?(nicht|nichts|keine|nie)\b",
)
CALLS = any_of(
    *_refusing(TO_CALL, CALLED, TO_WRITE),
    rf"{NE}(звон(ите|ить|и\b)|набирай|(названива|перезванива|обзванива)(й|ть))",
    r"\bне (хочу|хотим|желаю|надо|нужно),? чтобы (вы |мне |нам |больше ){0,4}звонили",
    rf"{NE}писать (и|или|ни) звонить",
    r"\bне (надо|нужно) (мне |нам |больше |этих |ваших ){0,3}звонк",
    r"\bзвонить (мне |нам |сюда |больше )*не (надо|нужно|стоит|смейте)|\b(давайте |прошу |пожалуйста,? )без звонков\b",
    rf"{NU}mai ((suna|apela|telefona)(ti)?|fiu sunat)\b",
    r"\bnu (mai )?(vreau|doresc) sa fiu (mai )?sunat",
    r"\bnu (ma|ne|imi|mi) (mai )?(suna|apela|telefona)(ti)?\b",
    r"(^\W*|\bbitte )(mich )?nicht (mehr |wieder )?anrufen\b",
    r"\brufen sie (mich |uns |hier )?(bitte )?(nicht|nie)\b",
)
#: Looks like one of these and is none.
DENIED = any_of(
    r"(?<!\bif you )(?<!\bif they )(?<!\bunless you )(?<!\bwhy )\b(do not|don't|dont|never|won't|will not|not)"
    r" (want (you )?to |wish to |going to )?(be )?(stop|unsubscri|opt|remove|delete|cancel|leave|forget|lose)\w*",
    r"(?<!\bесли )(?<!\bесли вы )(?<!\bпока )(?<!\bпока вы )\bне (надо |нужно |хочу |буду )?"
    r"(меня )?(отпи|отменя|удал|убир|прекра|перест|исключ|отказыв|забуд(\w* отписаться\b)?)\w*",
    r"\bnu (vreau |doresc )?(sa )?(ma )?(dezabon|sterge|scoate|elimina)\w*",
    r"\bnicht (mehr )?(abmelden|abbestellen|austragen)\b",
    r"\bnon-? ?stop\b",
    r"\b(i|we)('ll| will| have to| had to| should) stop (writing|calling|sending|e-?mailing)",
    rf"\b(why|why do you|do you|did you|(if|unless|why|because|since|as) (you|they)) {NOT}({TO_CALL}|{TO_WRITE}"
    rf"|{TO_CONTACT})( (me|us))?\b",
    rf"^\W*((and|but|so) )?you never ({TO_CALL}|{TO_WRITE}|{TO_CONTACT})( (to )?(me|us))?\b(?! (again|any ?more))",
    r"\bcall me (mr|mrs|ms|dr|sir|madam|names)\b",
    r"\b(почему|отчего|если) (же )?(вы |ты )?(мне |нам |нас |меня )?(больше )?не (звон|пиш|присыл)\w+",
)
RATHER = any_of(
    r"\b(instead|rather|better|лучше|mai bine|lieber|plutôt)\b",
    r"\b(e-?mails?|mails?|letters?|calls?|phone|in writing) (is|are|would be) (still )?(fine|ok|okay|welcome"
    r"|all right|enough)\b",
    r"[,;:–—-] *(but |please |just |only )*(e-?mail|write|call|phone|ring)( to)? (me|us)\b",
    r"[,;:–—-] *(but |please |just |only )*(send|drop) (me|us)\b",
    r"[,;:–—-] *(but |please |just |only )*(e-?mail|write|call|phone)( please)?\W*$",
    r"[,;:–—-] *(а |но |просто |только )*(пишите|напишите|позвоните|звоните|присылайте|пришлите)\b",
    r"[,;:–—-] *(dar |ci |mai bine |doar )?(scrie|trimite|suna)(ti)?\b",
    r"[,;:–—-] *(sondern |bitte |nur )*(schreiben|rufen|mailen) sie\b",
)
#: Another sentence that names a way.
OTHER_WAY = any_of(
    r"^\W*(the )?(phone|a call|e-?mail|mail) (is|works|would be) \w* ?(better|best|easier|fine|ok|okay|enough)\b",
    r"^\W*((please|just|but|only|better|rather),? )*(e-?mail|write|call|phone|ring)( to)? (me|us)\b",
    r"^\W*((please|just|but),? )*send (me|us) (an? )?(e-?mail|mail)",
    r"^\W*(просто |лучше |только )*(пишите|напишите|позвоните|звоните)\b",
    r"^\W*(mai bine )?(scrie|suna)(ti)?[ -]",
)
#: Where what a refusal names ends: what follows is the other way, or why.
NAMED_UNTIL = any_of(
    r"[,;:!?–—]| (instead|rather|better|than|because|but|so|if|when|since|лучше|потому|а|но|чем|mai bine|dar|ci"
    r"|lieber) ",
    r" (and|or|и|или|si|sau) (?=((please|just|rather|better|only) )?(e-?mail|write|call|phone|ring|send|drop|пишите"
    r"|напишите|звоните|позвоните|scrieti|sunati|trimiteti)\b)",
)
CALL_WORDS = any_of(r"\b(call|phon|telephon|ringing|звон|обзвон|названив|телефон|sun[aei]|apel|telefo|anruf|rufen)")
MAIL_WORDS = any_of(
    r"e-?mail|\b(mail|writ|newsletter|letter|messag|пис|рассыл|почт|scri|trimi|mesaj|schreib|nachricht)"
)
OTHER_WORDS = any_of(r"\b(whats ?app|telegram|viber|sms|text|chat|post|пиш|напиш|позвон|телеграм|ватсап|вайбер|смс)")
