"""Ce nu este în regulă într-un șablon de mesaj și cum se repară, în română: code -> (message, remedy)."""

from __future__ import annotations

PROBLEMS = {
    # the files
    "no_such_template": ("Nu există șablonul `{given}` în {folder}", "{choice}"),
    "file_missing": (
        "Șablonul este incomplet, acest fișier lipsește",
        "Scrieți-l: subiectul, textul și MJML merg împreună.",
    ),
    "file_unreadable": ("Nu se poate citi: {why}", "Salvați-l ca text în UTF-8, sub {most} octeți."),
    "yaml": ("Nu se poate citi: {why}", "Puneți între ghilimele o propoziție cu două puncte."),
    "attachment": (
        "Un fișier nu poate fi atașat: {why}",
        "Puneți-l lângă `subject.txt` și numiți-l sub `attachments:`.",
    ),
    "meta_wrong": (
        "Aici `{name}` este greșit",
        "`about:` o propoziție, `purpose:` marketing sau requested, `answers:` true sau false.",
    ),
    "template_changed": (
        "Șablonul `{name}` a fost schimbat după aprobare, așa că nimic nu pleacă cu el",
        "Priviți-l (opportune mail preview {name}) și aprobați din nou: opportune campaign approve KEY --by NAME.",
    ),
    # filling it in
    "template_syntax": (
        "Nu este un șablon: {why}",
        "Verificați acoladele: {{{{ un câmp }}}} și {{% if … %}} … {{% endif %}}.",
    ),
    "no_such_filter": ("Nu există filtrul `{given}`", "{choice}"),
    "no_includes": ("Un șablon nu poate prelua alte fișiere", "Scrieți textul aici; rama se adaugă singură."),
    "name_unknown": ("Nu există câmpul `{name}`", "{choice}"),
    "reaches_out": ("Iese din câmpurile permise: {why}", "Folosiți câmpurile ca atare: {{{{ person.name }}}}."),
    "too_much_at_once": ("Produce ceva peste orice măsură: {what}", "Scoateți înmulțirea sau range."),
    "too_long": ("Textul trece de {most} caractere", "Uitați-vă la bucle și scurtați."),
    "too_nested": ("Este imbricat prea adânc sau se cheamă pe sine", "Scrieți fără macrouri care se cheamă pe sine."),
    "too_big": ("Cere mai mult de {most} MB de memorie", "Uitați-vă la bucle și la ce se adună în acest rând."),
    "too_slow": ("A durat mai mult de {seconds} secunde", "Uitați-vă la bucla din rândul {line}."),
    "renderer_died": (
        "Procesul care îl completează s-a pierdut",
        "Scoateți ce este imbricat adânc sau repetat foarte des.",
    ),
    "cannot_fill": ("Nu se poate completa: {why}", "Corectați ce stă între acolade în acest rând."),
    "mjml": ("MJML nu înțelege: {why}", "Verificați că toate etichetele sunt închise și scrieți < ca &lt; în texte."),
    # what a mail must have
    "subject_empty": ("Subiectul nu spune nimic", "A11: spuneți despre ce este mesajul."),
    "subject_long": ("Subiectul are {length} caractere: `{subject}`", "A11: se citesc {most}; spuneți mai scurt."),
    "subject_lines": ("Subiectul are mai multe rânduri", "Scrieți-l pe un singur rând."),
    "text_empty": ("Nu există text simplu", "Scrieți body.txt: îl citesc unii oameni și toate filtrele."),
    "questions": (
        "Pune {count} întrebări (așa îl primește {contact})",
        "B4: exact o întrebare clară, despre pasul următor. Se numără și oferta campaniei.",
    ),
    "no_unsubscribe": (
        "Nu există cale de dezabonare",
        "Puneți la sfârșit {{{{ links.unsubscribe }}}}, în text și în MJML.",
    ),
    "no_postal_address": (
        "Lipsește adresa poștală",
        "Puneți la sfârșit {{{{ sender.postal_address }}}}, în text și în MJML.",
    ),
    "no_signature": (
        "Nu spune cum altfel poate fi găsit expeditorul",
        "A11: semnați cu {{{{ sender.name }}}}, {{{{ sender.phone }}}} și {{{{ sender.email }}}}.",
    ),
    "no_quote": (
        "Răspunde la un mesaj anterior și nu îl citează",
        "A11: arătați mai jos {{{{ earlier.lines }}}} sau lăsați rama cum era.",
    ),
    "html_long": ("HTML are {length} octeți", "Gmail taie după {most}, cu tot cu adresă și dezabonare. Scurtați."),
    "active_content": (
        "<{tag}> nu are ce căuta într-un mesaj",
        "Scoateți-l: programele de poștă îl blochează, iar filtrele mesajul.",
    ),
    "image_without_alt": ("Imaginea {source} nu are cuvinte", 'Adăugați alt="…": cei mai mulți văd întâi asta.'),
    "link_not_https": ("Legătura {link} nu este criptată", "Scrieți https://."),
    "href_not_encoded": (
        "{{{{ {wanted} }}}} stă într-o legătură ca atare",
        "Scrieți {{{{ {wanted} | urlencode }}}}: un spațiu sau & ar strica legătura.",
    ),
    "hole": (
        "Când câmpul este gol se citește `{words}`",
        "Puneți cuvintele din jurul câmpului în {{% if … %}} … {{% endif %}}.",
    ),
    # ce aude un om
    "says_nothing": ("Nu spune nimic", "Scrieți ce se spune, într-un paragraf."),
    "apologises": (
        "Își cere scuze: `{words}`",
        "A10: fără scuze pentru deranj. E bine să întrebați dacă e momentul potrivit.",
    ),
    "holds_unasked": (
        "Îi lasă pe oameni să aștepte fără să întrebe: `{words}`",
        "A10: întrebați întâi dacă vor să aștepte.",
    ),
    "speaks_long": (
        "Vorbește {seconds} secunde",
        "Spuneți-o în {most}: nimeni nu ascultă mai mult o voce necunoscută.",
    ),
    "not_introduced": (
        "Nu începe cu cine sună",
        "B6: puneți {{{{ sender.name }}}} și {{{{ sender.company }}}} în prima propoziție.",
    ),
    "no_way_out_first": ("Prima propoziție nu numește tasta 9", "E1: spuneți în ea că 9 înseamnă niciodată."),
    "key_untold": ("Nu spune ce face tasta {key}", "Numiți-o: 1 dă legătura cu un coleg, 2 trimite prin email."),
    "no_value": ("Nu spune ce câștigă cel sunat", "B6: puneți {{{{ campaign.offer }}}} aproape de început."),
    "value_late": (
        "Ce câștigă cel sunat vine după {seconds} secunde",
        "A10, B6: treceți la subiect în {most} secunde.",
    ),
    "voicemail_asks": ("Mesajul vocal cere ceva: `{words}`", "B3: dă un sfat sau promite un email, atât."),
    "voicemail_without_number": (
        "Mesajul vocal nu spune niciun număr",
        "Spuneți {{{{ sender.phone }}}} și că un cuvânt acolo oprește apelurile.",
    ),
    "voicemail_gives_nothing": (
        "Mesajul vocal nu numește nici oferta, nici ce vine prin email",
        "B3: numiți {{{{ campaign.name }}}} sau {{{{ campaign.offer }}}}.",
    ),
    "outline_without_fact": (
        "Schița nu spune nimic despre acest om",
        "B16: puneți în ea {{{{ person.company }}}} sau {{{{ person.title }}}}.",
    ),
    "outline_without_question": ("Schița nu are nicio întrebare", "B16: scrieți una deschisă, despre ce îi doare."),
    "recording_differs": (
        "{recording} este o singură înregistrare, iar cuvintele diferă de la om la om",
        "Scrieți cuvintele așa cum au fost înregistrate, fără câmpurile persoanei, sau scoateți înregistrarea.",
    ),
    "recording_large": ("{recording} este prea mare", "Sub {most} MB: operatorul o aduce în timp ce cineva așteaptă."),
}
