"""What is unwise in a campaign, and what would be wiser, in English: code -> (message, remedy)."""

from __future__ import annotations

WARNINGS = {
    "serious_by_mail": (
        "A6, the usual mistake: something serious is asked for by email only",
        "Add call: people agree to a meeting in a talk (A5).",
    ),
    "trifle_by_phone": (
        "A6, the usual mistake: a trifle is asked for by phone only",
        "Add email: clarifying, feedback and recommendations are written (A5).",
    ),
    "starts_on_monday": (
        "A1: the campaign starts on a Monday, and cold calls wait until past lunch",
        "Start on Tuesday or later.",
    ),
    "mornings_only": (
        "A1: cold calls work best in the afternoon, and {hours} ends before it",
        "Let the hours run into the afternoon.",
    ),
    "offer_too_long_to_say": (
        "B6: the offer has {words} words, which take {seconds} seconds to say; value is wanted within fifteen",
        "Say it in {most} words or fewer, and leave the rest to the email.",
    ),
    "nothing_to_email": (
        'B5: after five minutes one asks "shall I email it?", and this campaign never writes',
        "Add email to the channels.",
    ),
    "lost_for_ever": (
        'A17: whoever says "not now" is never asked again; lost is not disqualified',
        "Leave retry_lost_days out, or name the days after which to ask again: [7, 30].",
    ),
    "counted_too_early": (
        "B7: results are counted for {days} days after the first decision, but the cadence takes {lasts}",
        "Set outcome_days to {lasts} or more.",
    ),
    "calls_do_not_fit": (
        "B2: {most} calls, one a day, may not fit into {days} days with {working} working days",
        "Make fewer calls or give them more days.",
    ),
    "mails_do_not_fit": (
        "{most} mails, {between} days apart, do not fit into {days} days",
        "Write fewer mails, closer together, or end later.",
    ),
    "no_mail_after_call": (
        "B4: the mail after a call cannot leave the same day",
        "Set per_day to 2: one call and the mail that follows it.",
    ),
    "step_after_the_end": (
        "Nobody reaches step {step}: it comes {day} days after the first, and the campaign is open for {days}",
        "Take days out of after_days, drop the step, or end later.",
    ),
    "step_beyond_cap": (
        "Nobody reaches step {step}: at most {most} contacts a week leave no room for it before the end",
        "Raise caps.per_week, drop the step, or end later.",
    ),
    "no_hours_anywhere": (
        "E1: no place of this audience allows calls within {hours}",
        "Choose hours that the law of at least one place allows: `opportune law PLACE` prints them.",
    ),
    "no_hours_in": (
        "E1: the law allows no call within {hours} in {places}",
        "Choose other hours, or leave those people to email: `opportune law PLACE` prints what is allowed.",
    ),
    "announce_forbidden_in": (
        "E1: the law of {places} forbids calls that speak by themselves, so nobody there is called",
        "Write calls.shape: operator_first: a colleague is rung first, then the person.",
    ),
    "voicemail_unheard": (
        "A2: no voicemail is left, for a colleague is rung first and hears the machine",
        "Leave calls.voicemail out, or write calls.shape: announce.",
    ),
    "rule_for_nobody": (
        "Rule {rule} is for nobody: its {field} are not among those of the audience",
        "Change the rule or the audience.",
    ),
    "comparison_too_small": (
        "F1: {size} people are too few for this comparison: a sample of {share} needs {needed}",
        "Raise comparison_sample (up to 0.50), widen the audience, or set the sample to 0.",
    ),
}
