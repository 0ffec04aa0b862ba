"""With which words do mail servers, mail programs and absent people say what their mail is?

Each list is one pattern, in any case: English, German, Russian, Romanian, French; Japanese where a server uses it.
"""

from __future__ import annotations

import re


def _any(*forms: str, start: str = "", flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(f"{start}({'|'.join(forms)})", flags)


#: Who writes as a machine of the mail: the name before the @, or alone.
DAEMON = _any(
    r"mailer[-_. ]?daemon",
    r"mail\w*[-_. ]daemon",
    r"post[-_]?master",
    r"mail[-_. ]deliver\w*([-_. ]\w+)?",
    r"mdaemon",
    r"bounces?",
    r"daemon",
    start=r"^[\"'<]?(?=[\w.-]+)",
)
NO_REPLY = _any(r"(do[-_.]?)?not?[-_.]?reply\b", r"(sys|list)admin\b", start="^")
#: Where a mail says that its bounces go: no person is shown this address.
TO_BOUNCES = re.compile(r"([\w.-]+[-_.])?bounces?([+@])", re.I)
#: A person answers or hands on: whatever follows are not this mail's own words.
AGAIN = re.compile(r"^\W*(re|fwd?|aw|wg|tr|ответ|отв|пересл)\s*(\[\d+\])?:", re.I)
#: Subjects of mails that came back.
FAILED = _any(
    r"undeliver",
    r"deliver\w* (status|fail|error|problem|report|has failed|notification: (fail|error))",
    r"returned ((e-?)?mail|to)",
    r"returning (message|mail) to sender",
    r"fail(ure|ed)[: -]+(notice|deliver|return|mail)",
    r"mail (delivery|system) (fail|error|problem|status)",
    r"(mail|message)( \w+)? (could not|cannot|can't|couldn't) be delivered",
    r"(mail|message) (failed|rejected|bounced|not delivered|refused|undelivered)",
    r"could not (send|deliver)",
    r"bounce notification",
    r"non[- ]?deliver",
    r"error sending your mail",
    r"errors from",
    r"nicht zugestellt|unzustellbar|zustellung fehlgeschlagen",
    r"не доставлен|недостав|невозможно доставить|не удалось доставить",
    r"nelivrat|nu a putut fi livrat",
    r"non remis|échec de la remise",
    r"配信できません|メールエラー",
)
#: Subjects of mails that are still on their way.
LATE = _any(
    r"delay",
    r"still (being )?(retr|tr)y",
    r"warning: (could not|message)",
    r"not yet been",
    r"отложен|задерж",
    r"verzögert",
    r"amânat|întârzi",
)
#: What stands in a report in prose.
TOLD = _any(
    r"could not (be delivered|deliver)",
    r"(un|wasn't |not )able to deliver",
    r"undeliver",
    r"not be delivered|was not delivered",
    r"failed recipient",
    r"delivery (to the following|has failed|failed|attempt|temporarily|status)",
    r"permanent (error|fail|fatal)",
    r"message (was|has been) (rejected|returned|not)",
    r"rejected by",
    r"fatal errors",
    r"following (address|recipient)",
)
#: Prose of servers that say with no number that the address, or its domain, is none.
GONE = _any(
    r"unknown (recipient|host|user|address|mailbox)",
    r"(recipient|user)( name)? (is )?(not (recognized|listed|exist|known)|unknown)",
    r"not listed in \w+( \w+)? directory",
    r"(domain|host) (does not exist|unknown|\S+ not found)|no such (domain|host)",
    r"domain is not reachable",
    r"invalid (final delivery userid|recipient|mailbox|address)",
    r"no valid recipients",
    r"(ящик|адрес|пользовател\w*|получател\w*) .{0,60}не (найден|существует)|нет такого (адреса|пользователя)",
    r"(adresse|empfänger|benutzer) .{0,60}(existiert nicht|unbekannt|nicht gefunden)",
    r"(adresa|utilizatorul|destinatarul) .{0,60}(nu există|inexistent|necunoscut)",
    r"(ディレクトリ|ユーザ).{0,20}(ありません|見つかりません)",
)
#: From here on the report quotes the mail that it is about.
COPY = _any(
    r"this is a copy of",
    r"below this line is",
    r"included is a copy",
    r"(original|returned|unsent) message",
    r"message header",
    r"your original",
    r"copy of (the|your)",
    r"bounced e-?mail",
    r"the header",
    r"received: ",
    r"return-path: ",
    start=r"^\W{0,60}",
    flags=re.IGNORECASE | re.MULTILINE,
)
#: Subjects of automatic replies.
AUTOMATIC = _any(
    r"auto(matic|mated)?[- ]?(reply|response|respon)",
    r"out[- ]of[- ](the )?office|ooo\b",
    r"(i am |i'm |currently )?on (annual leave|vacation|holiday)",
    r"vacation (reply|response|message|notice)",
    r"away from (the |my )?(office|mail|desk)",
    r"автоответ|автоматическ\w+ ответ",
    r"(я )?(вне|не в) офис|(я )?в отпуске|отпуск\b|отсутств",
    r"răspuns automat|raspuns automat|(sunt )?[îi]n concediu",
    r"abwesen|urlaub|automatische? (antw|nachr)",
    r"réponse automatique|absent|absence",
    r"risposta automatica|respuesta automática|resposta automática|fuera de la oficina",
    start=r"^\W*",
)
#: Subjects of what a mail program sends to the address in List-Unsubscribe.
GO_AWAY = re.compile(r"^\W*(unsubscribe|dezabonare|отписаться)\W*$", re.I)
