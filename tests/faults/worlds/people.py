"""Who lives in a world, and what do they do with our mail? Twenty-nine people in nine zones, with every consent.

Neighbours are alike, so that they are touched together: what is alike is cheap, and races need company. They act only
as people can: they answer phones, reply, click, post forms, tell our operator.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from random import Random

from support_world import LONG_AGO

from opportune.rules.facts import TURNS

#: Neighbours share the hour but not the zone: country, region, zones, the head of a number that is nobody's.
HOODS = (
    (("DE", None, ["Europe/Berlin"], "+49302312{:04d}"), ("FR", None, ["Europe/Paris"], "+3319900{:04d}")),
    (("US", "NY", ["America/New_York"], "+1212555{:04d}"), ("CA", "ON", ["America/Toronto"], "+1416555{:04d}")),
    (("RO", None, ["Europe/Bucharest"], "+4021555{:04d}"), ("MD", None, ["Europe/Chisinau"], "+3732255{:04d}")),
    (("NP", None, ["Asia/Kathmandu"], "+9771412{:04d}"),),
    (("US", "TX", ["America/Chicago", "America/Denver"], "+1915555{:04d}"),),  # one of two, we do not know which
)
SIZES = (9, 9, 9, 1, 1)
#: Ours: one that gets complaints rests, and the others are shown.
NUMBERS = (("+442079460100", "GB"), ("+4930231250", "DE"), ("+12125550100", "US"))
CHANNELS = ("call", "call_auto", "voicemail", "email")
#: What a reader does with a mail, by weight.
READERS = {"": 80, "reply": 4, "stop": 3, "auto": 4, "bounce": 3, "full": 2, "complaint": 1, "unsubscribe": 4}
WORDS = {
    "reply": "Thank you, I read it with interest. We shall see next spring.",
    "stop": "Please stop writing to me.",
    "auto": "I am out of the office and will answer when I am back.",
}


def move_in(path: Path, rng: Random) -> None:
    """Plain rows, as an import would have left them long ago. Some have phones."""
    people, consents = [], []
    phones = {rng.randrange(3), 3, 4}  # hoods with phones: one, and those who live alone
    for hood, (places, size) in enumerate(zip(HOODS, SIZES, strict=True)):
        status, interest = rng.choice(("executive", "manager", "staff")), rng.choice(("cold", "cold", "warm"))
        for each in range(size):
            number = 1 + hood + each * TURNS
            country, region, zones, phone = places[each % len(places)]
            people.append((number, f"Person {number}", status, interest, f"person{number}@firm.example",
                           phone.format(number) if hood in phones else None, country, region, json.dumps(zones),
                           LONG_AGO))  # fmt: skip
            consents += [(number, channel, LONG_AGO) for channel in CHANNELS]
    colleagues = [("Ana", "+442079460901"), ("Bea", "+442079460902")][: rng.randrange(1, 3)]
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO operator (name, phone, active, on_duty_since) VALUES (?, ?, 1, 0)", colleagues
        )
        connection.executemany(
            "INSERT INTO our_number (number, country, label, active, added_at, judged_from) VALUES (?, ?, '', 1, 0, 0)",
            NUMBERS,
        )
        connection.executemany(
            "INSERT INTO contact (id, name, status, business, interest, interest_since, bought, language, email, phone,"
            " country, region, zones, asked_for_contact, created_at, version)"
            " VALUES (?, ?, ?, 1, ?, 0, 0, 'en', ?, ?, ?, ?, ?, 0, ?, 1)",
            people,
        )
        connection.executemany(
            "INSERT INTO consent (contact_id, channel, purpose, advertiser, granted, at, wording, wording_version,"
            " proof) VALUES (?, ?, 'marketing', '', 1, ?, 'yes', '1', '{}')",
            consents,
        )
    connection.close()


def letter(act: str, number: int, sender: str, token: str, message_id: str) -> bytes:
    """The mail that comes back."""
    if act in ("bounce", "full", "complaint"):
        return _report(act, number, sender, token)
    automatic = ["Auto-Submitted: auto-replied"] if act == "auto" else []
    lines = [f"From: {sender}", f"To: reply+{token}@ours.example", "Subject: Re: your mail",
             f"Message-ID: <back{number}@people.example>", f"In-Reply-To: {message_id}", *automatic, "", WORDS[act],
             ""]  # fmt: skip
    return "\r\n".join(lines).encode()


def _report(act: str, number: int, sender: str, token: str) -> bytes:
    """A delivery status (RFC 3464), or a complaint (RFC 5965)."""
    kind = "feedback-report" if act == "complaint" else "delivery-status"
    status = {"bounce": "5.1.1", "full": "4.2.2"}.get(act, "")
    fields = "Feedback-Type: abuse\r\nUser-Agent: them/1\r\nVersion: 1" if act == "complaint" else (
        f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {sender}\r\nAction: failed\r\nStatus: {status}"
    )  # fmt: skip
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: bounce+{token}@ours.example\r\nSubject: report\r\n"
        f"Message-ID: <back{number}@people.example>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n--b\r\n'
        f"Content-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n--b--\r\n"
    ).encode()
