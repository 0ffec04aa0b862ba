"""What is wrong in a mail's template, and how to mend it, in English: code -> (message, remedy)."""

from __future__ import annotations

PROBLEMS = {
    # the files
    "no_such_template": ("There is no template `{given}` in {folder}", "{choice}"),
    "file_missing": (
        "The template is incomplete, this file is missing",
        "Write it: subject, text and MJML go together.",
    ),
    "file_unreadable": ("It cannot be read: {why}", "Save it as text in UTF-8, below {most} bytes."),
    "yaml": ("It cannot be read: {why}", "Put a sentence with a colon into quotes."),
    "attachment": (
        "A file that should go along cannot: {why}",
        "Put it beside `subject.txt`, and name it under `attachments:`.",
    ),
    "meta_wrong": (
        "`{name}` is wrong in it",
        "Write `about:` a sentence, `purpose:` marketing or requested, `answers:` true or false, "
        "`attachments:` a list of file names.",
    ),
    "template_changed": (
        "The template `{name}` was changed after its approval, so nothing with it leaves",
        "Look at it (opportune mail preview {name}) and approve again: opportune campaign approve KEY --by NAME.",
    ),
    # filling it in
    "template_syntax": (
        "It is no template: {why}",
        "Look at the braces: {{{{ a field }}}} and {{% if … %}} … {{% endif %}}.",
    ),
    "no_such_filter": ("There is no filter `{given}`", "{choice}"),
    "no_includes": ("A template cannot take in other files", "Write the words out; the frame is added by itself."),
    "name_unknown": ("There is no field `{name}`", "{choice}"),
    "reaches_out": (
        "It reaches beyond the fields it may use: {why}",
        "Use the fields as they are: {{{{ person.name }}}}.",
    ),
    "too_much_at_once": ("It makes something beyond all measure: {what}", "Take the multiplication or the range out."),
    "too_long": ("The words grow beyond {most} characters", "Look at the loops, and shorten it."),
    "too_nested": (
        "It is nested too deeply, or calls itself without end",
        "Write it without macros that call themselves.",
    ),
    "too_big": (
        "It needs more than {most} MB of memory",
        "Look at the loops and at what is put together in this line.",
    ),
    "too_slow": ("It took longer than {seconds} seconds", "Look at the loop in line {line}."),
    "renderer_died": (
        "The process that fills it was lost",
        "Take out what is nested very deeply or repeated very often.",
    ),
    "cannot_fill": ("It cannot be filled: {why}", "Correct what stands in the braces in this line."),
    "mjml": ("MJML does not understand it: {why}", "Check that every tag is closed, and write < as &lt; in texts."),
    # what a mail must have
    "subject_empty": ("The subject says nothing", "A11: say what the mail is about."),
    "subject_long": ("The subject has {length} characters: `{subject}`", "A11: {most} are read; say it shorter."),
    "subject_lines": ("The subject has more than one line", "Write it on one line."),
    "text_empty": ("There is no plain text", "Write body.txt: some people and all filters read it."),
    "questions": (
        "It asks {count} questions, of {contact}",
        "B4: ask exactly one clear question, on the next step. The campaign's offer counts too.",
    ),
    "no_unsubscribe": (
        "There is no way to unsubscribe",
        "Put {{{{ links.unsubscribe }}}} at its end, in text and MJML.",
    ),
    "no_postal_address": (
        "The postal address is missing",
        "Put {{{{ sender.postal_address }}}} at its end, in text and MJML.",
    ),
    "no_signature": (
        "It does not say how else to reach the sender",
        "A11: sign with {{{{ sender.name }}}}, {{{{ sender.phone }}}} and {{{{ sender.email }}}}.",
    ),
    "no_quote": (
        "It answers an earlier mail and does not quote it",
        "A11: show {{{{ earlier.lines }}}} below, or leave the frame as it came.",
    ),
    "html_long": (
        "The HTML has {length} bytes",
        "Gmail cuts off after {most}, with the address and the way out. Shorten it.",
    ),
    "active_content": ("<{tag}> has no place in a mail", "Take it out: mail programs block it, and filters the mail."),
    "image_without_alt": ("The picture {source} has no words", 'Add alt="…": most people see that first.'),
    "link_not_https": ("The link {link} is not encrypted", "Write https://."),
    "href_not_encoded": (
        "{{{{ {wanted} }}}} stands in a link as it is",
        "Write {{{{ {wanted} | urlencode }}}}: a space or & would break the link.",
    ),
    "hole": (
        "Where a field is empty it reads `{words}`",
        "Put the words around the field into {{% if … %}} … {{% endif %}}.",
    ),
    # what a person hears
    "says_nothing": ("It says nothing", "Write what is said, in one paragraph."),
    "apologises": (
        "It apologises: `{words}`",
        "A10: no apology for disturbing. Asking whether it is convenient is good.",
    ),
    "holds_unasked": ("It keeps people waiting without asking: `{words}`", "A10: ask first whether they want to wait."),
    "speaks_long": (
        "It speaks for {seconds} seconds",
        "Say it in {most}: nobody listens longer to a voice they do not know.",
    ),
    "not_introduced": (
        "It does not begin with who is calling",
        "B6: put {{{{ sender.name }}}} and {{{{ sender.company }}}} into the first sentence.",
    ),
    "no_way_out_first": (
        "The first sentence does not name key 9",
        "E1: say in it that 9 means never again.",
    ),
    "key_untold": ("It does not say what key {key} does", "Name it: 1 talks to a colleague, 2 sends it by email."),
    "no_value": (
        "It does not say what the call is worth to them",
        "B6: put {{{{ campaign.offer }}}} near the beginning.",
    ),
    "value_late": (
        "What it is worth to them comes after {seconds} seconds",
        "A10, B6: come to the point within {most} seconds.",
    ),
    "voicemail_asks": (
        "The voicemail asks for something: `{words}`",
        "B3: it gives one tip or promises a mail, no more.",
    ),
    "voicemail_without_number": (
        "The voicemail names no number",
        "Say {{{{ sender.phone }}}}, and that a word there ends the calls.",
    ),
    "voicemail_gives_nothing": (
        "The voicemail names neither the offer nor what comes by mail",
        "B3: name {{{{ campaign.name }}}} or {{{{ campaign.offer }}}}.",
    ),
    "outline_without_fact": (
        "The outline says nothing of this person",
        "B16: put {{{{ person.company }}}} or {{{{ person.title }}}} into it.",
    ),
    "outline_without_question": ("The outline has no question", "B16: write an open one, about what troubles them."),
    "recording_differs": (
        "{recording} is one recording, and the words differ from person to person",
        "Write the words as they were recorded, without fields of the person, or take the recording away.",
    ),
    "recording_large": (
        "{recording} is too large",
        "Keep it below {most} MB: the carrier fetches it while somebody waits.",
    ),
}
