"""With which words do people put it off, and which hours are none of that?

Read as `stop_words` are.
"""

from __future__ import annotations

from channels.stop_words import any_of

_CLOCK = (
    r"(\d{1,2}([:.]\d\d)?|six|seven|eight|nine|ten|eleven|twelve|восьми|девяти|десяти|шести|семи)"
    r"( ?(am|pm|h|o'clock|uhr|час\w*|утра|вечера))?(?=\W*$| (or|and|in the|please|или|и|oder|und|sau|si)\b)"
)
#: Of somebody who wants no calls: only then. "After 3 years" and "after Monday" are no such hour.
HOUR = any_of(
    rf"\b(before|after|until|till|between|earlier than|later than) ({_CLOCK}|noon|midday|lunch"
    r"|(office|working|business) hours)",
    r"\b(before|until|till) (mon|tue|wed|thu|fri|sat|sun|tomorrow|next)",
    rf"\b(до|после|раньше|позже|ранее|позднее) ({_CLOCK}|обеда|полудня)",
    r"\bдо (понедельника|вторника|среды|четверга|пятницы|завтра)",
    rf"\b(inainte de|dupa|pana la|pana) (ora )?({_CLOCK}|pranz|amiaz)",
    r"\bpana (maine|luni|marti|miercuri|joi|vineri)",
    rf"\b(vor|nach|bis) ({_CLOCK}|mittag)|\bbis (montag|dienstag|mittwoch|donnerstag|freitag)",
)
#: What they tell of us says nothing of when we may: "you called twice today".
PAST = any_of(
    r"\b(you|they)('ve| have| had|'d)? ((already|just|even) )?(called|phoned|rang|wrote|written|e-?mailed|contacted"
    r"|sent)\b[^,;:–—]*",
    r"(?<!чтобы )\bвы (уже |мне |нам |сегодня |вчера ){0,4}(звонили|писали|присылали|прислали)\b[^,;:–—]*",
    r"\bati (mai |tot )?(sunat|scris|trimis)\b[^,;:–—]*",
)
#: Why they refuse says nothing of when we may either: "don't call, I'm in a meeting right now".
WHY = any_of(
    r"[,;:–—] *((because|since|as|for|потому что|так как|поскольку|ведь|pentru ca|ca|weil|denn) )?(i'm|i am|i've|i have"
    r"|we're|we are|we've|we have|я|мы|у меня|у нас|(eu |noi )?(sunt|suntem|am|avem)|ich (bin|habe)|wir (sind|haben))\b"
    r"[^,;:–—]*"
)
#: Not now, or not at that hour: how they like it, no refusal.
TIMED = any_of(
    r"\b(before|after|until|till|between|earlier than|later than|during) (\d|noon|midday|lunch|office|working|business"
    r"|my|our|the|meetings?|holidays?|six|seven|eight|nine|ten|eleven|twelve|mon|tue|wed|thu|fri|sat|sun|next"
    r"|tomorrow)",
    r"\b(so|too|this|that) (early|late)\b|\b(right now|at the moment|today|tonight|tomorrow|this week)\b",
    r"\b(at night|at (the )?weekends?|on (the )?weekends?|in the (morning|afternoon|evening)s?"
    r"|on (mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    r"\b(when|whenever|while|if) (i'm|i am|we're|we are) (in|at|on|out|away|driving|busy|abroad)\b",
    r"\b(до|после|раньше|позже|ранее|позднее) (\d|обеда|полудня|девяти|десяти|понедельника|вторника|среды|четверга"
    r"|пятницы|завтра)",
    r"\bпо (утрам|вечерам|ночам|выходным|понедельникам|пятницам)\b|\b(утром|вечером|ночью|сейчас|сегодня|завтра)\b",
    r"\bво? (понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье|выходные)\b|\bна этой неделе\b",
    r"\b(inainte de|dupa|pana la|pana) (\d|ora|pranz|amiaz|maine|luni|marti|miercuri|joi|vineri)",
    r"\b(dimineata|seara|noaptea|acum|azi|astazi|maine|in weekend)\b",
    r"\b(vor|nach|bis) (\d|mittag|montag|dienstag|mittwoch|donnerstag|freitag)",
    r"\b(jetzt|gerade|heute|abends|morgens|nachts|am wochenende)\b",
)
#: Beside one of these no hour puts a no off, unless it says until when.
FOR_GOOD = any_of(
    r"\b(again|any ?more|ever|at all|for good|no longer)\b(?![^,;]{0,60}\b(before|until|till|earlier|so (early|late)"
    r"|this week)\b)",
    r"\b(вообще|никогда|совсем|впредь|больше)\b(?![^,;]{0,60}\b(до|раньше|так|по (утрам|вечерам|ночам|выходным))\b)",
    r"\b(niciodata|vreodata|deloc)\b|\b(nie (mehr|wieder)|überhaupt)\b",
)
