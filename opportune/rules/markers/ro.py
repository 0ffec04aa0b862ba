"""What do people say in Romanian about being called or written to? All in small letters, without diacritics."""

from __future__ import annotations

from opportune.rules.markers.phrases import Phrases, compiled

MAIL = (
    r"(?:e-?mail(?:-?ul|-?uri|-?urile|-?uri|-?urilor)?|mail(?:-?ul|-?uri|-?urile|-?urilor)?"
    r"|posta electronica|scris)\b"
)
CALLBACK = (
    r"\b(?:re)?(?:sunati|suna|apelati|contactati|telefonati|cautati|apeleaza|contacteaza)-(?:ma|ne"
    r"|mi)\b(?! (?:in|prin|pe) (?:scris|e-?mail|mail))",
    r"\bsa (?:ma|ne|imi|ne) (?:re)?(?:sunati|suni|sune|apelati|telefonati|contactati telefonic)\b",
    r"\b(?:ma|ne) (?:puteti|poti|poate|pot) (?:re)?(?:suna|apela|contacta telefonic)\b",
    r"\b(?:puteti|poti|ati putea|ai putea) sa (?:ma|ne) (?:re)?(?:sunati|suni|apelati)\b",
    r"\b(?:dati|da)-(?:mi|ne) (?:un|inapoi un) (?:telefon|apel|bip|semn telefonic)\b",
    r"\breveniti(?:-mi)? (?:va rog )?cu un (?:telefon|apel)\b",
    r"\b(?:astept|asteptam) (?:un |sa |apelul |telefonul )(?:telefon|apel|dumneavoastra|dvs|ma sunati"
    r"|fiu sunata?|vostru)",
    r"\b(?:as dori|as vrea|vreau|doresc|rog|am nevoie) sa (?:fiu|fim) (?:re)?(?:sunat[ai]?|apelat[ai]?"
    r"|contactat[ai]? telefonic)\b",
    r"\b(?:sunati|suna|apelati) (?:inapoi|la|pe)(?: numarul| nr\.?)? (?=[+(\d]|mobil|fix)",
)
PHRASES = Phrases(
    stems=compiled(
        r"sun[aei ]|apel|telefo|contact|scri|mail|trimi|raspund|vorb|sedint|intalnir|deplas|drum|calator|teren"
        r"|posta electron|cautati"
    ),
    wants={
        "email": compiled(
            rf"\b(?:re)?(?:trimite(?:ti)?|scrie(?:ti)?|dati|da|raspunde(?:ti)?|expediati|lasati|lasa"
            rf"|contactati)(?:-(?:mi|ne|mi-l|mi-o|ma))? …(?:un |pe |prin |in |la |via )(?:adresa de )?{MAIL}",
            r"\bscrie(?:ti)?-(?:mi|ne)\b",
            rf"\bsa (?:imi|mi|ne|mi-l|mi-o|ma) (?:trimiteti|scrieti|trimiti|scrii|raspundeti|dati"
            rf"|contactati) …{MAIL}",
            r"\bsa (?:imi|ne) (?:scrieti|scrii)\b|\bsa-mi (?:scrieti|scrii)\b",
            rf"\bsa-mi (?:trimiteti|trimiti|dati|raspundeti) …{MAIL}",
            rf"\b(?:prefer|prefera|preferam|as prefera) …(?:{MAIL}|corespondenta|mesaje scrise)",
            r"\b(?:prefer|prefera|preferam|as prefera) sa (?:imi|mi|ne|comunicam in|va) ?(?:scrieti|scris|scrii"
            r"|scriu)\b|\bprefer sa-mi scrieti\b",
            rf"\b(?:mai bine|mai usor|mai simplu|mai comod|mai rapid|doar|numai|exclusiv|cel mai bine"
            rf"|ideal) …(?:pe|prin|un|in|via) {MAIL}",
            r"\bmai bine (?:imi |ne )?(?:scrieti|scrie|scrii)(?:-mi|-ne)?\b",
            rf"\b(?:toata lumea|toti|noi|colegii|eu|aici)\b …(?:citim|citeste|citesc|foloseste"
            rf"|folosim) (?:doar |numai )?{MAIL}",
            rf"\b{MAIL} (?:\w{{1,12}} )?(?:e|este|ar fi|merge|functioneaza) (?:\w{{1,12}} )?(?:mai bine|mai bun"
            rf"|mai usor|mai simplu|mai comod|cel mai bine|perfect|ok)\b",
            rf"\b(?:va rog|te rog|rog)\b …(?:pe|prin|in|un) {MAIL}",
            r"\ba (?:cerut|rugat|spus|preferat) …(?:pe|prin|un|in) (?:e-?mail|mail|scris)\b",
        ),
        "call": compiled(
            *CALLBACK,
            r"\b(?:prefer|prefera|preferam|as prefera) …(?:telefonic\w?|telefonul|la telefon|prin telefon"
            r"|apel\w*|sa vorbim|sa discutam)\b(?! …mail)",
            r"\b(?:prefer|prefera|as prefera) sa (?:fiu sunat[ai]?|ma sunati|ma suni|ne sunati|sunati)\b",
            r"\bmai bine (?:ma |ne )?(?:sunati|suna|suni|vorbim|discutam|telefonic|la telefon|un telefon"
            r"|un apel)(?:-ma|-ne)?\b",
            r"\b(?:mai usor|mai simplu|mai comod|mai rapid|doar|numai|cel mai bine) (?:pentru mine )?(?:este "
            r"|e |ar fi )?(?:sa vorbim |sa discutam |vorbim )?(?:la telefon|prin telefon|telefonic)\b",
            r"\b(?:hai|haideti|putem|am putea) sa (?:vorbim|discutam) (?:la telefon|telefonic|prin telefon)\b",
            r"\bla telefon (?:\w{1,12} )?(?:e|este|ar fi) (?:\w{1,12} )?(?:mai bine|mai usor|mai simplu|mai comod)\b",
            r"\ba (?:cerut|rugat) sa (?:fie sunat[ai]?|il sunam|o sunam)\b",
        ),
    },
    refuses={
        "call": compiled(
            r"\bnu (?:ma |ne |mi |imi )?(?:mai )?(?:re)?(?:sunati|suna|suni|apelati|apela|telefonati"
            r"|contactati telefonic)\b",
            r"\b(?:fara|nu vreau|nu doresc) (?:telefoane|apeluri|apel|telefon)\b",
            r"\bnu (?:pot|putem|am cum|pot sa|am voie|reusesc) (?:\w{1,12} )?(?:vorbi|vorbesc|sa vorbesc"
            r"|raspunde|raspund|sa raspund|vorbim)\b(?! (?:la|prin|pe) (?:e-?mail|mail))",
            r"\bnu (?:raspund|raspundem|iau) (?:\w{1,12} )?(?:la )?(?:telefon\w*|apel\w*|numere)",
            r"\bnu-?(?:mi| imi) (?:place|plac) (?:sa vorbesc la )?(?:telefon\w*|apelurile|apeluri)",
            r"\bnu (?:la|prin) telefon\b|\bnu telefonic\b",
            r"\b(?:aud greu|sunt surd[a]?|hipoacuzic[a]?)\b",
        ),
        "email": compiled(
            rf"\b(?:nu|rar|rareori|nu prea) (?:imi |mi |ne |prea |imi mai )?(?:citesc|citim|verific|verificam"
            rf"|folosesc|deschid|ma uit pe|intru pe) (?:\w{{1,12}} )?{MAIL}",
            r"\bnu-?(?:mi| imi| ne)? (?:mai )?(?:scrieti|scrie|trimiteti e-?mail\w*|trimiteti mail\w*)\b",
            rf"\b{MAIL} (?:\w{{1,12}} )?(?:se pierd|se pierde|ajung in spam|ajunge in spam|intra in spam)\b",
            r"\b(?:fara|nu prin|nu pe) (?:e-?mail\w*|mail\w*)",
        ),
    },
    away=compiled(
        r"\b(?:mereu|tot timpul|permanent|constant|toata ziua|des|adesea|mai mereu"
        r"|intotdeauna) (?:plecat[a]? )?(?:pe|in|la|prin) (?:drum\w*|sedint\w*|intalnir\w*|deplasar\w*"
        r"|calator\w*|teren|avion\w*)",
        r"\bin (?:sedinte|intalniri|deplasari) (?:toata ziua|tot timpul|non-?stop|mereu|permanent)\b",
        r"\bcalatoresc (?:mult|des|tot timpul|mereu|foarte)",
        r"\bmulte (?:deplasari|sedinte|calatorii)\b",
        r"\b(?:mereu|des|tot timpul) (?:plecat[a]? )?(?:in )?(?:deplasari?|delegatii?)\b",
    ),
    callback=compiled(*CALLBACK),
    will_call=compiled(
        r"\b(?:va|te) (?:re)?sun eu\b|\b(?:o sa|am sa|voi) (?:va |te )?(?:re)?(?:sun|suna)\b"
        r"|\beu (?:va|te) (?:re)?sun\b|\brevin eu cu un (?:telefon|apel)\b"
    ),
    negation=compiled(
        r"\bnu (?:ma |imi |mi |ne |mai |va rog |trebuie |este nevoie |e nevoie |e cazul |vreau "
        r"|doresc )*$",
        r"\bnu-mi (?:mai )?$",
    ),
    not_theirs=compiled(
        r"\b(?:daca|cand|de ce|pentru ca|ca|cine|nimeni|el|ea|ei) (?:ma |imi |ne |mai |iar |vreti |doriti "
        r"|aveti nevoie )*$",
        r"\b(?:ati|ai|a|au|am) (?:zis|promis|spus|uitat|incercat|vrut|fost rugat\w?) (?:ca )?(?:o )?$",
        r"\b(?:you|i|we|they|to|do|don't|not|would) $",  # English, with the words both languages have
        r"\bnu ezitati (?:si |sa )?$|\b(?:nu va sfiiti|incerc|incercam) $",
    ),
    only_now=compiled(
        r"^ ?(?:va rog )?(?:acum|azi|astazi|maine|inainte de|dupa|pana (?:la|luni|maine)|in weekend|sambata"
        r"|duminica|noaptea|seara|dimineata|atat de|asa de|in timpul|momentan|la ora|saptamana asta)\b"
    ),
    not_meant=compiled(r"\b(?:de ce|daca|cand)\b[^,]{0,20}$", r"\b(?:acum|azi|astazi|momentan),? (?:eu )?$"),
    if_need_be=compiled(r"^ ?(?:oricand|direct)?,? ?(?:daca|in caz|pentru orice|cu orice|oricand aveti|la nevoie)"),
    rather=compiled(r"\b(?:mai bine|prefer\w*|doar|numai|exclusiv|mai usor|mai simplu|mai comod|in schimb)\b"),
)
