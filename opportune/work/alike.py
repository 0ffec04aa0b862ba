"""How alike are two names, in whatever alphabet they were written?"""

from __future__ import annotations

from rapidfuzz import fuzz

from opportune.work import people

_CYRILLIC = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэіў", "abvgdeziiklmnoprstufhieiu", strict=True))
    | {"ё": "e", "ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "iu", "я": "ia", "ь": "", "ъ": ""}
)
#: One sound, several spellings: Müller and Mueller, Алексей and Aleksey and Alexei, Юлия and Yulia and Iulia.
_SPELLINGS = (
    ("shch", "sh"),
    ("kh", "h"),
    ("x", "ks"),
    ("y", "i"),
    ("j", "i"),
    ("ii", "i"),
    ("ae", "a"),
    ("oe", "o"),
    ("ue", "u"),
)


def folded(name: str) -> str:
    """Two spellings of one name, in whatever alphabet, give the same."""
    text = people.name_key(name).translate(_CYRILLIC)
    for spelling, plain in _SPELLINGS:
        text = text.replace(spelling, plain)
    return " ".join(sorted(text.split()))


def alike(one: str, other: str) -> float | None:
    """Of two folded names, 0 to 1; 1 only for the same. None when somebody has none."""
    if not one or not other:
        return None
    if one == other:
        return 1.0
    turned = " ".join(reversed(other.split()))  # an error in a first letter puts the words in another order
    letters = max(fuzz.token_sort_ratio(one, other), fuzz.ratio(one, turned)) / 100
    return min(max(letters, _initials(one, other)), 0.99)


def _initials(one: str, other: str) -> float:
    """`H Schmidt`, `Schmidt` and `Hans Peter Schmidt` may be `Hans Schmidt`."""
    ours, theirs = set(one.split()), set(other.split())
    if ours < theirs or theirs < ours:
        return 0.9
    left, right = ours - theirs, theirs - ours
    if len(left) != 1 or len(right) != 1 or not ours & theirs:
        return 0.0
    short, long = sorted(left | right, key=len)
    return 0.9 if len(short) == 1 and long.startswith(short) else 0.0
