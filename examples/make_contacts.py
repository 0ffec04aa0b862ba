# ruff: noqa: E501  (tables of names are read across)
"""Makes examples/contacts.csv: fictional people, as untidy as a real CRM export. The same file each time.

Mail addresses end in .example. Numbers come from the ranges that regulators keep for fiction (US, CA, GB, DE, FR, AU);
elsewhere they only look like numbers. Practice never dials anybody: the carrier is a stand-in.
"""

from __future__ import annotations

import csv
import io
import random
import unicodedata
from dataclasses import dataclass
from pathlib import Path

HEADER = ["Full name", "E-mail", "Phone", "Company", "Job title", "Seniority", "Country", "State", "City", "Time zone",
          "Language", "Lead source", "List bought", "Preferred channel", "Interest", "Customer", "Consent call",
          "Consent automated call", "Consent voicemail", "Consent email", "Consent date", "Consent text", "Notes"]  # fmt: skip
SOURCES = {"Spring fair 2025": 380, "Website 2025": 350, "Webinar answers in a day": 300, "Partner referral": 180,
           "Old CRM 2023": 170, "Bought list north": 60, "Bought list south": 60}  # fmt: skip
WORDING = "Yes, Brightdesk may contact me about its offers in the ways ticked here ({source})."

PEOPLE = {"US": 520, "GB": 230, "DE": 180, "AU": 120, "RO": 110, "IN": 100, "CA": 90, "FR": 60, "MD": 50, "NP": 40}
SPELLINGS = {
    "US": ["US", "USA", "United States", "U.S."], "GB": ["UK", "GB", "United Kingdom", "England"],
    "DE": ["Germany", "Deutschland", "DE"], "AU": ["Australia", "AU"], "RO": ["Romania", "România", "RO"],
    "IN": ["India", "IN"], "CA": ["Canada", "CA"], "FR": ["France", "FR"], "MD": ["Moldova", "Republica Moldova", "MD"],
    "NP": ["Nepal", "NP"],
}  # fmt: skip
PLACES = {
    "US": [("NY", "New York", "212"), ("New York", "Buffalo", "716"), ("CA", "San Francisco", "415"),
           ("California", "Los Angeles", "213"), ("TX", "Austin", "512"), ("TX", "El Paso", "915"), ("FL", "Miami", "305"),
           ("Florida", "", "850"), ("IL", "Chicago", "312"), ("CO", "Denver", "303"), ("AZ", "Phoenix", "602"),
           ("WA", "Seattle", "206"), ("GA", "Atlanta", "404"), ("MA", "Boston", "617"), ("Hawaii", "Honolulu", "808"),
           ("Tennessee", "Nashville", "615")],
    "GB": [("", "London", "020 7946 0"), ("", "Manchester", "0161 496 0"), ("", "Edinburgh", "0131 496 0")],
    "DE": [("Berlin", "Berlin", "030 23125 "), ("Hessen", "Frankfurt", "069 90009 "), ("Hamburg", "Hamburg", "040 66969 "),
           ("Bayern", "München", "089 99998 ")],
    "AU": [("NSW", "Sydney", "(02) 5550 0"), ("Victoria", "Melbourne", "(03) 7010 0"), ("SA", "Adelaide", "(08) 7010 0"),
           ("WA", "Perth", "(08) 5550 0"), ("Queensland", "Brisbane", "(07) 5550 0")],
    "RO": [("", "București", "021 305 1"), ("", "Cluj-Napoca", "0264 401 "), ("", "Iași", "0721 234 ")],
    "IN": [("Maharashtra", "Mumbai", "022 6123 4"), ("Karnataka", "Bengaluru", "080 4123 4")],
    "CA": [("ON", "Toronto", "416"), ("BC", "Vancouver", "604"), ("Newfoundland and Labrador", "St. John's", "709"),
           ("Alberta", "Calgary", "403")],
    "FR": [("", "Paris", "01 99 00 1"), ("", "Lyon", "04 65 71 1")],
    "MD": [("", "Chișinău", "022 812 "), ("", "Bălți", "069 123 ")],
    "NP": [("", "Kathmandu", "98412 34"), ("", "Pokhara", "98412 35")],
}  # fmt: skip
ENGLISH = ("James Mary Robert Linda Susan David Karen Paul Nancy Mark Emily George Helen Kevin Laura Brian Alice Simon Grace Peter",
           "Harper Coleman Brooks Ellis Foster Grant Hayes Jordan Knight Lawson Mason Norris Osborne Parker Quinn Reeves Shaw Turner Vaughn Walsh Yates Barton Crosby Dalton")  # fmt: skip
NAMES = {
    "US": ENGLISH, "GB": ENGLISH, "AU": ENGLISH, "CA": ENGLISH,
    "DE": ("Jürgen Anna Matthias Sabine Uwe Petra Jörg Heike Stefan Käthe Lukas Birgit Björn Claudia",
           "Müller Schäfer Krüger Weiß Vogel Lehmann Schröder Köhler Brandt Günther Böhm Winkler Möller Huber"),
    "RO": ("Ionuț Maria Ștefan Elena Mihai Ioana Andrei Raluca Răzvan Cătălina Vlad Simona",
           "Popescu Ionescu Chiriță Dumitru Șerban Stan Matei Moldovan Dobre Țurcanu Lungu Preda"),
    "IN": ("Arjun Priya Rahul Ananya Vikram Neha Sanjay Kavita Rohan Deepa", "Sharma Iyer Patel Reddy Nair Mehta Rao Gupta Joshi Menon"),
    "FR": ("François Hélène Benoît Chloé Jérôme Agnès Thierry Zoé", "Lefèvre Girard Bonnet Rousseau Mercier Fournier Garçon Moreau"),
    "MD": ("Vasile Doina Ion Natalia Sergiu Tatiana Victor Ludmila", "Rusu Ceban Munteanu Cojocaru Botnaru Sîrbu Grosu Vieru"),
    "NP": ("Sita Bikash Anil Sunita Prakash Gita Kiran Maya", "Shrestha Gurung Tamang Rai Thapa Karki Adhikari Lama"),
}  # fmt: skip
FIRMS = ("Alder Beacon Cobalt Delta Ember Fjord Granite Harbor Indigo Juniper Keystone Lumen Meridian Nordlicht Orchard Prisma Quarry Ridge Summit Tundra Umbra Vector Willow Zenith",
         "Logistics Foods Systems Print Care Textiles Energy Tools Media Build")  # fmt: skip
TITLES = {
    "executive": {"en": "CEO|Managing Director|Founder|Chief Operating Officer|VP Sales", "de": "Geschäftsführer|Vorstand",
                  "ro": "Director general|Administrator general"},
    "manager": {"en": "Head of Customer Care|Sales Manager|Office Manager|Team Lead Support", "de": "Vertriebsleiter|Leiterin Einkauf",
                "ro": "Coordonator vânzări|Șef departament"},
    "staff": {"en": "Engineer|Buyer|Accountant|Support Agent|Analyst", "de": "Sachbearbeiterin|Einkäufer", "ro": "Contabil|Specialist suport"},
}  # fmt: skip
LANGUAGE = {"DE": "de", "RO": "ro", "MD": "ro"}


@dataclass(frozen=True)
class Someone:
    """One distinct person, before the mess."""

    country: str
    name: str
    email: str
    local: str  # number as written inside the country
    row: dict[str, str]


def main() -> None:
    here = Path(__file__).parent
    here.joinpath("contacts.csv").write_bytes(contacts().encode("utf-8-sig"))
    here.joinpath("said-no.csv").write_bytes(said_no().encode("utf-8"))


def contacts(seed: int = 7) -> str:
    """1,500 people in 1,605 good rows, and 35 broken ones."""
    lot = random.Random(seed)
    people = _people(lot)
    rows = [_line([each.row.get(name, "") for name in HEADER]) for each in people]
    rows += [_again(lot, each) for each in lot.sample([each for each in people if each.row["E-mail"]], 105)]
    rows += _broken()
    lot.shuffle(rows)
    return _line(HEADER) + "".join(rows)


def said_no(seed: int = 7) -> str:
    """Twelve of the list, by mail or by number, and eight whom nobody has met."""
    people = _people(random.Random(seed))
    known = [(each.email, each.country) for each in people[40:1500:200] if each.row["E-mail"]]
    known += [(each.local, each.country) for each in people[17:1500:260] if each.row["Phone"]]
    strangers = [(f"stranger{n}@elsewhere.example", "") for n in range(4)]
    strangers += [(f"702-555-019{n}", "US") for n in range(6, 10)]
    rows = [["Contact address", "Country", "Reason", "Date"]]
    rows += [[address, country, "asked by phone", "2025-11-03"] for address, country in (*known[:12], *strangers)]
    return "".join(_line(row) for row in rows)


def _people(lot: random.Random) -> list[Someone]:
    sources = [name for name, count in SOURCES.items() for _ in range(count)]
    lot.shuffle(sources)
    countries = [country for country, count in PEOPLE.items() for _ in range(count)]
    taken: set[str] = set()
    return [_someone(lot, number, country, sources[number], taken) for number, country in enumerate(countries)]


def _someone(lot: random.Random, number: int, country: str, source: str, taken: set[str]) -> Someone:
    firsts, lasts = (words.split() for words in NAMES[country])
    first, last = lot.choice(firsts), lot.choice(lasts)
    firm = " ".join(lot.choice(words.split()) for words in FIRMS)
    state, city, area = lot.choice(PLACES[country])
    email = f"{_slug(first)}.{_slug(last)}@{_slug(firm)}.example"
    email = email if email not in taken else email.replace("@", f"{number}@")
    taken.add(email)
    local = _number(country, area, number)
    private = lot.random() < 0.05
    if private:
        email = f"{_slug(first)}{number}@freemail.example"
    row = {
        "Full name": f"{first} {last}",
        "Company": "" if private else _company(lot, firm, country),
        "Lead source": source,
    }
    row |= _place(lot, country, state, city) | _standing(lot, country) | _consents(lot, source) | _extras(lot)
    reach = lot.random()
    row["E-mail"] = "" if reach < 0.08 else email
    row["Phone"] = "" if reach > 0.87 else _written(lot, country, local)
    if not row["Country"]:  # a number without a country must say it itself
        row["Phone"] = row["Phone"] and _international(country, local)
    if country == "US" and lot.random() < 0.12:  # only the area code tells the zone
        row |= {"State": "", "City": ""}
    if reach > 0.945 and country in ("US", "CA", "AU"):
        row |= {"Phone": "", "State": "", "City": "", "Time zone": ""}  # nothing tells the zone
    return Someone(country, row["Full name"], email, local, row)


def _number(country: str, area: str, number: int) -> str:
    """Different for each person of a country: `number` is."""
    if country in ("US", "CA"):
        return f"({area}) 555-01{number % 100:02d}"
    return f"{area}{number % 1000:03d}"


def _written(lot: random.Random, country: str, local: str) -> str:
    """Local as a rule, in this or that spelling; now and then international."""
    plain = local.replace("(", "").replace(")", "")
    return lot.choice(
        [local, local, plain, plain.replace(" ", "-"), plain.replace(" ", "."), _international(country, local)]
    )


def _international(country: str, local: str) -> str:
    code = {"US": 1, "CA": 1, "GB": 44, "DE": 49, "AU": 61, "RO": 40, "IN": 91, "FR": 33, "MD": 373, "NP": 977}[country]
    return f"+{code} {local.replace('(', '').replace(')', '').removeprefix('0')}"


def _company(lot: random.Random, firm: str, country: str) -> str:
    endings = {"DE": [" GmbH", " AG"], "RO": [" SRL"], "MD": [" SRL"], "GB": [" Ltd"], "FR": [" SARL"]}
    return firm + lot.choice(["", *endings.get(country, [", Inc.", " & Sons, LLC"])])


def _place(lot: random.Random, country: str, state: str, city: str) -> dict[str, str]:
    zones = {"NP": "Asia/Kathmandu", "IN": "Asia/Kolkata", "GB": "Europe/London", "DE": "europe/berlin"}
    stated = zones.get(country, "") if lot.random() < 0.1 else ""
    # Where one country code covers many clocks, an empty country would lose the state too.
    named = "" if lot.random() < 0.08 and country not in ("US", "CA", "AU") else lot.choice(SPELLINGS[country])
    return {"Country": named, "State": state, "City": city if lot.random() < 0.9 or state else "", "Time zone": stated}


def _standing(lot: random.Random, country: str) -> dict[str, str]:
    status = lot.choices(["executive", "manager", "staff"], [22, 38, 40])[0]
    titles = TITLES[status]
    title = lot.choice(titles.get(LANGUAGE.get(country, "en"), titles["en"]).split("|"))
    missing = lot.random() < 0.07
    return {"Job title": "" if missing else title, "Seniority": status.title() if lot.random() < 0.15 else "",
            "Language": LANGUAGE.get(country, "en") if lot.random() < 0.3 else ""}  # fmt: skip


def _consents(lot: random.Random, source: str) -> dict[str, str]:
    """About 60 % allow automated calls and voicemail, 80 % mail; bought lists hardly anything (A14)."""
    bought = source.startswith("Bought")
    auto = lot.random() < (0.05 if bought else 0.65)
    mail = lot.random() < (0.2 if bought else 0.85)
    call = auto or lot.random() < 0.3
    words = {True: ["yes", "Yes", "x", "TRUE"], False: ["", "", "", "no"]}
    said = {"Consent call": call, "Consent automated call": auto, "Consent voicemail": auto, "Consent email": mail}
    row = {name: lot.choice(words[yes]) for name, yes in said.items()}
    if any(row.values()):
        month, day = lot.randint(3, 12), lot.randint(1, 28)
        row["Consent date"] = lot.choice([f"2025-{month:02d}-{day:02d}", f"{day:02d}.{month:02d}.2025"])
        row["Consent text"] = WORDING.format(source=source)
    return row | {"List bought": "yes" if bought else ""}


def _extras(lot: random.Random) -> dict[str, str]:
    return {
        "Preferred channel": lot.choices(["", "email", "phone", "E-Mail"], [80, 8, 8, 4])[0],
        "Interest": lot.choices(["", "cold", "warm", "hot"], [62, 15, 20, 3])[0],
        "Customer": "yes" if lot.random() < 0.06 else "",
        "Notes": lot.choices(["", "met at the stand, asked for prices", 'says "call after lunch"', "moved office\nin May"], [85, 7, 5, 3])[0],
    }  # fmt: skip


def _again(lot: random.Random, person: Someone) -> str:
    """The same person once more, spelt otherwise and less complete."""
    first, last = person.name.split(" ", 1)
    row = person.row | {
        "Full name": f"{last.upper()}, {first}",
        "Notes": "",
        "Job title": "",
        "City": person.row["City"],
    }
    if person.row["Phone"] and lot.random() < 0.4:  # by number and name
        row |= {"E-mail": "", "Phone": _international(person.country, person.local)}
    else:
        row |= {"E-mail": person.email.upper() if lot.random() < 0.5 else f"<{person.email}>", "Phone": ""}
    return _line([row.get(name, "") for name in HEADER])


def _broken() -> list[str]:
    """35 rows that nobody can use, each for a reason of its own kind."""
    empty = [""] * (len(HEADER) - 3)
    rows = [_line([f"Short Row {n}", "short@row.example", "US"]) for n in range(8)]
    rows += [_line([f"Long Row {n}", "long@row.example", "", *empty, "one", "two"]) for n in range(6)]
    rows += [f'"Open Quote {n},open@quote.example,' + "," * (len(HEADER) - 3) + "\n" for n in range(3)]
    rows += [_line([f"No Address {n}", "", "", *empty]) for n in range(6)]
    rows += [_line([f"Bad Address {n}", "bad@@address", "12-34", *empty]) for n in range(5)]
    for n in range(4):
        row = dict(zip(HEADER, [f"Bad Date {n}", f"date{n}@bad.example"], strict=False))
        row |= {"Consent email": "yes", "Consent date": "31.02.2025"}
        rows.append(_line([row.get(name, "") for name in HEADER]))
    rows += [_line([f"Bad Land {n}", f"land{n}@bad.example", "", "", "", "", "Atlantis", *empty[4:]]) for n in range(3)]
    return rows


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum())


if __name__ == "__main__":
    main()
