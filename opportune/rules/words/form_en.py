"""What every form says by itself, in English: labels of the standard fields, consents, and what is wrong."""

from __future__ import annotations

LABELS = {
    "name": "Your name",
    "email": "Email",
    "phone": "Phone",
    "company": "Company",
    "message": "What is it about?",
}
HINTS = {"phone": "with + and country code"}
CONSENTS = {
    "call": "{advertiser} may call me about its offers.",
    "call_auto": "{advertiser} may also call me with recorded announcements and leave voicemails.",
    "email": "{advertiser} may write to me by email about its offers.",
}
ANSWER_BY = {"call": "Call me", "email": "Write to me"}
SAID = {
    "optional": "optional",
    "choose": "Please choose",
    "answer_by": "How shall we answer?",
    "offers": "Offers",
    "consent_free": "not needed for your request; withdraw at any time",
    "consent_needed": "needed for the letters",
    "leave_empty": "Leave this empty",
    "trap": "Please leave the hidden field empty and send again.",
    "slow_down": "That was a little too often. "
    "Please wait {seconds} seconds, go back and send again: your words are still there.",
    "look_again": "Please look at the marked fields.",
    "thank_you": "Thank you",
    "over": "This is over. Thank you for your interest.",
    "terms": "Terms",
    "missing": "{label}: please fill this in.",
    "long": "{label}: at most {most} characters, please.",
    "control": "{label}: please remove the control characters.",
    "email": "Email: this address has a mistake.",
    "phone": "Phone: please begin with + and the country code, like +44 20 7946 0123.",
    "moment": "{label} Please give a day and a time, like 2026-03-31T14:30.",
    "number": "{label}: please write a number.",
    "least": "{label}: at least {limit}, please.",
    "most": "{label}: at most {limit}, please.",
    "choice": "{label}: please choose one.",
    "no_result": "With these numbers there is no result; please check them.",
    "choose_answer": "How shall we answer? Please choose one.",
    "need_phone": "Phone: we need a number to call you.",
    "need_email": "Email: we need it to write.",
    "need_consent": "Please tick this box: without it we may not write to you.",
}
