"""What every form says by itself, in Romanian."""

from __future__ import annotations

LABELS = {
    "name": "Numele dumneavoastră",
    "email": "E-mail",
    "phone": "Telefon",
    "company": "Firma",
    "message": "Despre ce este vorba?",
}
HINTS = {"phone": "cu + și prefixul țării"}
CONSENTS = {
    "call": "{advertiser} mă poate suna cu ofertele sale.",
    "call_auto": "{advertiser} mă poate suna și cu mesaje înregistrate și poate lăsa mesaje vocale.",
    "email": "{advertiser} îmi poate trimite ofertele sale prin e-mail.",
}
ANSWER_BY = {"call": "Sunați-mă", "email": "Scrieți-mi"}
SAID = {
    "optional": "opțional",
    "choose": "Alegeți",
    "answer_by": "Cum să vă răspundem?",
    "offers": "Oferte",
    "consent_free": "nu este necesar pentru cererea dumneavoastră; îl puteți retrage oricând",
    "consent_needed": "necesar pentru buletin",
    "leave_empty": "Lăsați gol",
    "trap": "Vă rugăm să lăsați gol câmpul ascuns și să trimiteți din nou.",
    "slow_down": "Prea multe trimiteri la rând. "
    "Așteptați {seconds} s, reveniți și trimiteți din nou: ce ați scris a rămas acolo.",
    "look_again": "Vă rugăm să verificați câmpurile marcate.",
    "thank_you": "Vă mulțumim",
    "over": "S-a încheiat. Vă mulțumim pentru interes.",
    "terms": "Condiții",
    "missing": "{label}: vă rugăm să completați.",
    "long": "{label}: cel mult {most} caractere, vă rugăm.",
    "control": "{label}: vă rugăm să ștergeți caracterele de control.",
    "email": "E-mail: adresa are o greșeală.",
    "phone": "Telefon: începeți cu + și prefixul țării, de exemplu +40 21 123 4567.",
    "moment": "{label} Indicați ziua și ora, de exemplu 2026-03-31T14:30.",
    "number": "{label}: vă rugăm să scrieți un număr.",
    "least": "{label}: cel puțin {limit}, vă rugăm.",
    "most": "{label}: cel mult {limit}, vă rugăm.",
    "choice": "{label}: vă rugăm să alegeți o variantă.",
    "no_result": "Cu aceste numere nu există rezultat; vă rugăm să le verificați.",
    "choose_answer": "Cum să vă răspundem? Vă rugăm să alegeți.",
    "need_phone": "Telefon: avem nevoie de un număr ca să vă sunăm.",
    "need_email": "E-mail: avem nevoie de adresă ca să vă scriem.",
    "need_consent": "Vă rugăm să bifați: fără aceasta nu avem voie să vă scriem.",
}
