"""Ce este neînțelept într-o campanie și ce ar fi mai bine, în română: code -> (message, remedy)."""

from __future__ import annotations

WARNINGS = {
    "serious_by_mail": (
        "A6, greșeala obișnuită: ceva serios se cere numai prin e-mail",
        "Adăugați apelul: o întâlnire se stabilește vorbind (A5).",
    ),
    "trifle_by_phone": (
        "A6, greșeala obișnuită: pentru un lucru mărunt se sună",
        "Adăugați e-mailul: lămuririle, părerile și recomandările se scriu (A5).",
    ),
    "starts_on_monday": (
        "A1: campania începe lunea, iar apelurile la rece așteaptă până după prânz",
        "Începeți marți sau mai târziu.",
    ),
    "mornings_only": (
        "A1: apelurile la rece merg mai bine după-amiaza, iar {hours} se termină înainte",
        "Prelungiți orele spre după-amiază.",
    ),
    "offer_too_long_to_say": (
        "B6: oferta are {words} de cuvinte, adică {seconds} de secunde rostite; folosul se vrea în cincisprezece",
        "Spuneți-o în cel mult {most} de cuvinte și lăsați restul în e-mail.",
    ),
    "nothing_to_email": (
        "B5: după cinci minute se întreabă „să vă trimit prin e-mail?”, iar această campanie nu scrie niciodată",
        "Adăugați e-mailul la canale.",
    ),
    "lost_for_ever": (
        "A17: cine spune „nu acum” nu mai este întrebat niciodată; pierdut nu înseamnă descalificat",
        "Scoateți retry_lost_days sau numiți zilele după care întrebați din nou: [7, 30].",
    ),
    "counted_too_early": (
        "B7: rezultatele se numără {days} zile de la prima decizie, dar cadența durează {lasts}",
        "Puneți outcome_days cel puțin {lasts}.",
    ),
    "calls_do_not_fit": (
        "B2: {most} apeluri, câte unul pe zi, pot să nu încapă în {days} zile cu {working} lucrătoare",
        "Faceți mai puține apeluri sau dați-le mai multe zile.",
    ),
    "mails_do_not_fit": (
        "{most} e-mailuri la {between} zile distanță nu încap în {days} zile",
        "Scrieți mai puține, mai dese, sau încheiați mai târziu.",
    ),
    "no_mail_after_call": (
        "B4: e-mailul de după apel nu poate pleca în aceeași zi",
        "Puneți per_day la 2: un apel și e-mailul care îi urmează.",
    ),
    "step_after_the_end": (
        "Nimeni nu ajunge la pasul {step}: vine la {day} zile după primul, iar campania e deschisă {days}",
        "Micșorați after_days, scoateți pasul sau încheiați mai târziu.",
    ),
    "step_beyond_cap": (
        "Nimeni nu ajunge la pasul {step}: cel mult {most} contacte pe săptămână nu-i lasă loc până la sfârșit",
        "Măriți caps.per_week, scoateți pasul sau încheiați mai târziu.",
    ),
    "no_hours_anywhere": (
        "E1: niciun loc al acestei audiențe nu permite apeluri între {hours}",
        "Alegeți ore pe care legea măcar a unui loc le permite: `opportune law LOC` le tipărește.",
    ),
    "no_hours_in": (
        "E1: legea nu permite apeluri între {hours} în {places}",
        "Alegeți alte ore sau lăsați acelor oameni e-mailul: `opportune law LOC` tipărește ce e permis.",
    ),
    "announce_forbidden_in": (
        "E1: legea interzice apelurile în care nu vorbește un om în {places}; acolo nu este sunat nimeni",
        "Scrieți calls.shape: operator_first: întâi este sunat un coleg, apoi persoana.",
    ),
    "voicemail_unheard": (
        "A2: nu rămâne niciun mesaj vocal: un coleg este sunat primul și el aude robotul",
        "Scoateți calls.voicemail sau scrieți calls.shape: announce.",
    ),
    "rule_for_nobody": (
        "Regula {rule} nu e pentru nimeni: {field} nu sunt printre cele ale audienței",
        "Schimbați regula sau audiența.",
    ),
    "comparison_too_small": (
        "F1: {size} de oameni sunt prea puțini pentru comparație: un eșantion de {share} cere {needed}",
        "Măriți comparison_sample (până la 0.50), lărgiți audiența sau puneți 0.",
    ),
}
