"""What is wrong in a campaign, and how to mend it, in English: code -> (message, remedy)."""

from __future__ import annotations

NEAR = "Did you mean `{near}`?"
ONE_OF = "Write one of: {allowed}."

PROBLEMS = {
    # the text
    "unreadable": ("Cannot read it: {why}", "Check indentation, quotes and colons around this line."),
    "not_a_document": ("Cannot read it: {why}", "A campaign is a short YAML text."),
    "too_long_text": ("It is longer than {most} characters", "A campaign is a short YAML text."),
    "no_keys": ("It has no keys", "A campaign is a short YAML text."),
    "file_unreadable": ("It cannot be read: {why}", "Give the path of a campaign in UTF-8."),
    "alias": ("Aliases are not used here", "Write the value out."),
    "twice": ("`{name}` stands here twice", "Keep one of them; the other is in line {other}."),
    # keys and values
    "unknown_key": ("Unknown key `{name}`", "{choice}"),
    "missing": ("`{name}` is missing", "Add `{name}:`."),
    "missing_below": ("`{name}` is missing", "Add `{name}:` under `{parent}`."),
    "no_such_value": ("`{value}` is no value of `{name}`", "{choice}"),
    "text_wanted": ("`{name}` is no text", "Put the value in quotes."),
    "text_empty": ("`{name}` says nothing", "Write at least {limit} characters."),
    "text_long": ("`{name}` is too long", "Write at most {limit} characters."),
    "name_form": ("`{name}`: `{value}` is no name", "Use lower-case letters, digits and hyphens: spring-fair."),
    "phone_form": (
        "`{name}`: `{value}` is no phone number",
        'Write + and country code, in quotes: "+12025550123".',
    ),
    "country_form": ("`{name}`: `{value}` is no country code", "Write two capital letters, as in DE, RO or US."),
    "email_form": ("`{name}`: `{value}` is no email address", "Write it as anna@firm.example."),
    "line_form": ("`{name}` has a line break or a control character", "Write it on one line."),
    "whole_number": ("`{name}` is no whole number", "Write a whole number."),
    "number": ("`{name}` is no number", "Write a number, for example 0.1."),
    "yes_no": ("`{name}` is neither true nor false", "Write true or false."),
    "date": ("`{name}` is no date", "Write a date as 2026-11-23."),
    "part": ("`{name}` has keys of its own", "Write its keys below it, indented."),
    "list": ("`{name}` is a list", "Write a list: [one, other]."),
    "too_much": ("`{name}` is more than {limit}", "Write a smaller number: at most {limit}."),
    "too_little": ("`{name}` is less than {limit}", "Write a larger number: at least {limit}."),
    "not_above": ("`{name}` must be above {limit}", "Write a larger number, or leave the key out."),
    "list_short": ("`{name}` is empty", "Name at least one."),
    "list_long": ("`{name}` has more than {limit} entries", "Name at most {limit}."),
    "odd": ("`{name}`: {why}", "Correct the value."),
    "five_calls": ("More than four calls", "B2: four calls within twelve days at most. Write 4 or fewer."),
    # what contradicts itself
    "hours_unreadable": ("These are no hours", "Write hours as HH:MM-HH:MM, for example 09:00-18:00."),
    "hours_backwards": (
        "These hours do not begin before they end",
        "Hours begin before they end, within one day from 00:00 to 24:00.",
    ),
    "channel_twice": ("A channel is named twice", "Name each channel once."),
    "sample_too_small": (
        "A comparison sample below 0.10 leaves no fair coin",
        "Write 0, or a share from 0.10 to 0.50.",
    ),
    "sample_of_one_channel": (
        "A comparison needs both channels",
        "List call and email, or set the sample to 0.",
    ),
    "ends_before_start": (
        "The campaign ends before it starts ({starts})",
        "Make ends later or starts earlier.",
    ),
    "only_channel_call_off": ("The only channel is call, yet no call is allowed", "Raise most or add email."),
    "only_channel_email_off": ("The only channel is email, yet no mail is allowed", "Raise most or add call."),
    "days_not_growing": ("These days do not grow", "Name each day once, the nearest first: [1, 7, 30]."),
    # rules
    "when_empty": (
        "This `when` says nothing, so it would hold for everybody",
        "Name a condition, or write the rule as `otherwise:` at the end.",
    ),
    "rules_too_many": ("More than {most} rules", "Join rules that say the same: {most} at most."),
    "rule_without_channel": (
        "This rule says {channel}, which the campaign does not use",
        "Add {channel} to channels, or let the rule say the other one.",
    ),
    "rule_never_reached": ("An earlier rule has the same conditions", "Remove one of the two: the first match wins."),
    "otherwise_not_last": ("Rules after `otherwise` are never reached", "Move `otherwise:` to the end; write it once."),
    "otherwise_alone": (
        "`otherwise` stands beside other keys",
        "Write it alone, as the last rule: `- otherwise: email`.",
    ),
    "otherwise_missing": (
        "The rules do not say what else to do",
        "End them with `- otherwise: call` or `- otherwise: email`.",
    ),
    # steps
    "steps_too_many": ("More than {most} steps", "Remove steps: {most} at most."),
    "step_without_channel": (
        "This step says {channel}, which the campaign does not use",
        "Add {channel} to channels, or remove the step.",
    ),
    "step_words_unused": (
        "The template `{template}` would never be used: this step has no {channel}",
        "Remove `{channel}:` from the step, or change its channel.",
    ),
    "step_too_late": (
        "This call can never be made: it comes {day} days after the first, and calls end after {days}",
        "Make after_days smaller (B2: four calls within twelve days).",
    ),
    "step_beyond_calls": (
        "This call can never be made: calls.most allows {most}",
        "Remove the step, or raise calls.most (B2: four at most).",
    ),
    "step_beyond_mails": (
        "This mail can never be sent: mails.most allows {most}",
        "Remove the step, or raise mails.most.",
    ),
    # templates and people
    "no_template": ("There is no template `{value}` for {channel}", "{choice}"),
    "no_operator": (
        "Nobody could take the calls: no colleague with a phone is known",
        "Add one (opportune operator add), write calls.operator_phone, or set OPPORTUNE_OPERATOR_PHONE.",
    ),
    # segments
    "condition_empty": (
        "This condition says nothing, so it would hold for everybody",
        "Name what must hold, for example `statuses: [executive]`, or remove it.",
    ),
    "segment_empty": (
        "This segment has no condition, so everybody would be in it",
        "Add `all:` with at least one condition below it: `- countries: [RO]`.",
    ),
    "no_segment": ("There is no segment `{value}`", "{choice}"),
    "segment_circle": (
        "`{value}` speaks of this segment in turn, so nobody could say who is in it",
        "Remove one of the two.",
    ),
    # forms
    "colour_form": ("`{value}` is no colour", 'Write # and six hexadecimal digits, in quotes: "#4252c9".'),
    "moment_form": (
        "`{value}` is no moment",
        'Write day, time and offset, in quotes: "2027-09-15T15:00+02:00".',
    ),
    "link_form": ("`{value}` is no link", "Write an address that begins with https://"),
    "file_form": (
        "`{value}` is no name of a file",
        "Put the file into templates/files and write its name only: guide.pdf.",
    ),
    "no_file": ("There is no file `{value}`", "Put it into {folder}."),
    "no_signal": ("There is no signal `{value}`", "{choice}"),
    "prefix_form": (
        "`{value}` cannot begin a code",
        "Write two to twelve capital letters or digits: SPRING.",
    ),
    "formula": (
        "This is no formula: {why}",
        "Use + - * / ( ) min max round and the names of number fields: people * hours.",
    ),
    "formula_field": ("The formula uses `{given}`, which is no required number field", "{choice}"),
    "result_missing": (
        "A calculator needs its result in words ({tongue})",
        "Add `result:` with {{result}} under words.{tongue}.",
    ),
    "part_missing": ("This kind of form needs `{part}:`", "Add `{part}:` with its keys."),
    "part_unused": ("A form of the kind {kind} has no use for `{part}`", "Remove `{part}:`, or change the kind."),
    "field_twice": ("The field `{field}` is asked twice", "Keep one of them."),
    "field_reserved": ("`{field}` is a name that the page itself uses", "Give the field another name."),
    "field_kind": (
        "`{field}` cannot be of this kind",
        "A mail address is called email and a number phone: leave `kind` out there.",
    ),
    "field_choices": (
        "`{field}`: only a select has choices, and it needs them",
        "Write `kind: select` and `choices: [one, other]`.",
    ),
    "field_range": ("`{field}`: the most is below the least", "Make `most` larger or `least` smaller."),
    "answer_without_field": (
        "An answer by {channel} needs the field `{field}`",
        "Add `- {{name: {field}}}` to fields, or take {channel} out of answer_by.",
    ),
    "consent_not_asked": ("The consent for {channel} is required, yet not asked", "Add {channel} to consents."),
    "consent_without_field": (
        "The consent for {channel} is of no use without the field `{field}`",
        "Take {channel} out of consents, or ask for {field}.",
    ),
    "label_missing": (
        "The field `{field}` has no words in {tongue}",
        "Add `{field}:` under words.{tongue}.labels.",
    ),
    "hook_unknown": ("`{given}` is no field of this form", "{choice}"),
    "label_unknown": ("`{given}` is no field or choice of this form", "{choice}"),
}
