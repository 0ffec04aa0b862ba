"""Ce nu este în regulă într-o campanie și cum se repară, în română: code -> (message, remedy)."""

from __future__ import annotations

NEAR = "Poate `{near}`?"
ONE_OF = "Scrieți una dintre: {allowed}."

PROBLEMS = {
    # the text
    "unreadable": ("Nu se poate citi: {why}", "Verificați spațierea, ghilimelele și două puncte lângă această linie."),
    "not_a_document": ("Nu se poate citi: {why}", "O campanie este un text YAML scurt."),
    "too_long_text": ("Are peste {most} de caractere", "O campanie este un text YAML scurt."),
    "no_keys": ("Nu are nicio cheie", "O campanie este un text YAML scurt."),
    "file_unreadable": ("Fișierul nu se poate citi: {why}", "Dați calea unei campanii în UTF-8."),
    "alias": ("Aici nu se folosesc aliasuri YAML", "Scrieți valoarea întreagă."),
    "twice": ("`{name}` apare de două ori", "Păstrați una; cealaltă este în linia {other}."),
    # keys and values
    "unknown_key": ("Cheie necunoscută `{name}`", "{choice}"),
    "missing": ("Lipsește `{name}`", "Adăugați `{name}:`."),
    "missing_below": ("Lipsește `{name}`", "Adăugați `{name}:` sub `{parent}`."),
    "no_such_value": ("`{value}` nu este o valoare pentru `{name}`", "{choice}"),
    "text_wanted": ("`{name}` nu este un text", "Puneți valoarea între ghilimele."),
    "text_empty": ("`{name}` nu spune nimic", "Scrieți cel puțin {limit} caractere."),
    "text_long": ("`{name}` este prea lung", "Scrieți cel mult {limit} caractere."),
    "name_form": ("`{name}`: `{value}` nu este un nume", "Litere mici, cifre și cratime: spring-fair."),
    "phone_form": ("`{name}`: `{value}` nu este un număr de telefon", 'Plus și codul țării: "+12025550123".'),
    "country_form": ("`{name}`: `{value}` nu este un cod de țară", "Două litere mari, de exemplu DE, RO, US."),
    "email_form": ("`{name}`: `{value}` nu este o adresă de email", "Scrieți-o așa: anna@firm.example."),
    "line_form": ("`{name}` are un rând nou sau un caracter de control", "Scrieți totul pe un rând."),
    "whole_number": ("`{name}` nu este un număr întreg", "Scrieți un număr întreg."),
    "number": ("`{name}` nu este un număr", "Scrieți un număr, de exemplu 0.1."),
    "yes_no": ("`{name}` nu este nici da, nici nu", "Scrieți true (da) sau false (nu)."),
    "date": ("`{name}` nu este o dată", "Scrieți data așa: 2026-11-23."),
    "part": ("`{name}` are chei proprii", "Scrieți-le mai jos, cu spațiu la început."),
    "list": ("`{name}` este o listă", "Scrieți o listă: [una, alta]."),
    "too_much": ("`{name}` este peste {limit}", "Scrieți un număr mai mic: cel mult {limit}."),
    "too_little": ("`{name}` este sub {limit}", "Scrieți un număr mai mare: cel puțin {limit}."),
    "not_above": ("`{name}` trebuie să fie peste {limit}", "Scrieți un număr mai mare sau scoateți cheia."),
    "list_short": ("`{name}` este gol", "Numiți cel puțin una."),
    "list_long": ("`{name}` are peste {limit} valori", "Numiți cel mult {limit}."),
    "odd": ("`{name}`: {why}", "Corectați valoarea."),
    "five_calls": ("Peste patru apeluri", "B2: cel mult patru apeluri în douăsprezece zile. Scrieți 4 sau mai puțin."),
    # what contradicts itself
    "hours_unreadable": ("Acestea nu sunt ore", "Scrieți orele așa: 09:00-18:00."),
    "hours_backwards": (
        "Orele acestea se termină înainte să înceapă",
        "Începutul este înaintea sfârșitului, în aceeași zi, de la 00:00 la 24:00.",
    ),
    "channel_twice": ("Un canal apare de două ori", "Numiți fiecare canal o singură dată."),
    "sample_too_small": (
        "O cotă de comparație sub 0.10 nu lasă o monedă corectă",
        "Scrieți 0 sau o cotă între 0.10 și 0.50.",
    ),
    "sample_of_one_channel": (
        "O comparație are nevoie de ambele canale",
        "Numiți call și email sau puneți cota 0.",
    ),
    "ends_before_start": (
        "Campania se termină înainte să înceapă ({starts})",
        "Mutați sfârșitul mai târziu sau începutul mai devreme.",
    ),
    "only_channel_call_off": (
        "Singurul canal este apelul, dar niciun apel nu este permis",
        "Măriți most sau adăugați email.",
    ),
    "only_channel_email_off": (
        "Singurul canal este emailul, dar niciun email nu este permis",
        "Măriți most sau adăugați call.",
    ),
    "days_not_growing": ("Zilele acestea nu cresc", "Fiecare zi o dată, cea mai apropiată prima: [1, 7, 30]."),
    # rules
    "when_empty": (
        "Acest `when` nu spune nimic, deci s-ar potrivi oricui",
        "Numiți o condiție sau scrieți regula la sfârșit, ca `otherwise:`.",
    ),
    "rules_too_many": ("Peste {most} reguli", "Uniți regulile care spun același lucru: cel mult {most}."),
    "rule_without_channel": (
        "Regula spune {channel}, canal pe care campania nu îl folosește",
        "Adăugați {channel} la channels sau numiți celălalt canal.",
    ),
    "rule_never_reached": ("O regulă de mai sus are aceleași condiții", "Scoateți una dintre ele: prima contează."),
    "otherwise_not_last": (
        "La regulile de după `otherwise` nu se ajunge",
        "Mutați `otherwise:` la sfârșit, o singură dată.",
    ),
    "otherwise_alone": (
        "`otherwise` stă lângă alte chei",
        "Scrieți-l singur, ca ultima regulă: `- otherwise: email`.",
    ),
    "otherwise_missing": (
        "Regulile nu spun ce se face în rest",
        "Încheiați-le cu `- otherwise: call` sau `- otherwise: email`.",
    ),
    # steps
    "steps_too_many": ("Peste {most} pași", "Scoateți pași: cel mult {most}."),
    "step_without_channel": (
        "Pasul spune {channel}, canal pe care campania nu îl folosește",
        "Adăugați {channel} la channels sau scoateți pasul.",
    ),
    "step_words_unused": (
        "Șablonul `{template}` nu ar fi folosit: pasul nu are {channel}",
        "Scoateți `{channel}:` din pas sau schimbați-i canalul.",
    ),
    "step_too_late": (
        "La acest apel nu se ajunge: vine la {day} zile după primul, iar apelurile se termină după {days}",
        "Micșorați after_days (B2: patru apeluri în douăsprezece zile).",
    ),
    "step_beyond_calls": (
        "La acest apel nu se ajunge: calls.most permite {most}",
        "Scoateți pasul sau măriți calls.most (B2: cel mult patru).",
    ),
    "step_beyond_mails": (
        "La acest email nu se ajunge: mails.most permite {most}",
        "Scoateți pasul sau măriți mails.most.",
    ),
    # templates and people
    "no_template": ("Nu există șablonul `{value}` pentru {channel}", "{choice}"),
    "no_operator": (
        "Nimeni nu ar putea prelua apelurile: nu se știe niciun coleg cu telefon",
        "Adăugați unul (opportune operator add), scrieți calls.operator_phone sau setați OPPORTUNE_OPERATOR_PHONE.",
    ),
    # segments
    "condition_empty": (
        "Condiția nu spune nimic: ar fi îndeplinită de oricine",
        "Scrieți ce trebuie îndeplinit, de exemplu `statuses: [executive]`, sau ștergeți-o.",
    ),
    "segment_empty": (
        "Segmentul nu are nicio condiție: toți ar face parte din el",
        "Adăugați `all:` și sub el cel puțin o condiție: `- countries: [RO]`.",
    ),
    "no_segment": ("Nu există segmentul `{value}`", "{choice}"),
    "segment_circle": (
        "`{value}` trimite la rândul lui la acest segment: nu se poate spune cine face parte din el",
        "Ștergeți una dintre trimiteri.",
    ),
    # forms
    "colour_form": (
        "`{value}` nu este o culoare",
        'Scrieți # și șase cifre hexazecimale, între ghilimele: "#4252c9".',
    ),
    "moment_form": (
        "`{value}` nu este un moment",
        'Scrieți ziua, ora și decalajul, între ghilimele: "2027-09-15T15:00+02:00".',
    ),
    "link_form": ("`{value}` nu este un link", "Scrieți o adresă care începe cu https://"),
    "file_form": (
        "`{value}` nu este un nume de fișier",
        "Puneți fișierul în templates/files și scrieți doar numele: guide.pdf.",
    ),
    "no_file": ("Fișierul `{value}` nu există", "Puneți-l în {folder}."),
    "no_signal": ("Nu există semnalul `{value}`", "{choice}"),
    "prefix_form": (
        "`{value}` nu poate începe un cod",
        "Scrieți între două și douăsprezece majuscule sau cifre: SPRING.",
    ),
    "formula": (
        "Aceasta nu este o formulă: {why}",
        "Folosiți + - * / ( ) min max round și numele câmpurilor numerice: people * hours.",
    ),
    "formula_field": ("Formula folosește `{given}`, care nu este un câmp numeric obligatoriu", "{choice}"),
    "result_missing": (
        "Un calculator are nevoie de rezultatul în cuvinte ({tongue})",
        "Adăugați `result:` cu {{result}} sub words.{tongue}.",
    ),
    "part_missing": ("Acest fel de formular are nevoie de `{part}:`", "Adăugați `{part}:` cu cheile sale."),
    "part_unused": ("Un formular de felul {kind} nu folosește `{part}`", "Ștergeți `{part}:` sau schimbați felul."),
    "field_twice": ("Câmpul `{field}` este cerut de două ori", "Păstrați unul dintre ele."),
    "field_reserved": ("Numele `{field}` este folosit de pagină", "Dați câmpului alt nume."),
    "field_kind": (
        "`{field}` nu poate fi de acest fel",
        "Adresa de e-mail se numește email, iar numărul phone: acolo nu scrieți `kind`.",
    ),
    "field_choices": (
        "`{field}`: doar select are variante și are nevoie de ele",
        "Scrieți `kind: select` și `choices: [una, alta]`.",
    ),
    "field_range": ("`{field}`: maximul este sub minim", "Măriți `most` sau micșorați `least`."),
    "answer_without_field": (
        "Un răspuns prin {channel} are nevoie de câmpul `{field}`",
        "Adăugați `- {{name: {field}}}` la fields sau scoateți {channel} din answer_by.",
    ),
    "consent_not_asked": (
        "Acordul pentru {channel} este obligatoriu, dar nu este cerut",
        "Adăugați {channel} la consents.",
    ),
    "consent_without_field": (
        "Acordul pentru {channel} nu folosește la nimic fără câmpul `{field}`",
        "Scoateți {channel} din consents sau cereți {field}.",
    ),
    "label_missing": (
        "Câmpul `{field}` nu are cuvinte în {tongue}",
        "Adăugați `{field}:` sub words.{tongue}.labels.",
    ),
    "hook_unknown": ("`{given}` nu este un câmp al acestui formular", "{choice}"),
    "label_unknown": ("`{given}` nu este un câmp sau o variantă a acestui formular", "{choice}"),
}
