"""Classifications that accident records follow: the plan's fields, industries, kinds of accident and grades.

The tables lie in `data/classes`, with their sources. A word means one code or none; it is never guessed.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from zzlib.language import Name

CLASSES = Path(__file__).parents[1] / "data" / "classes"
FOLLOWERS = ("事故", "行业领域", "行业", "领域", "类")  # what may follow a name without changing it
# Order 493 of the State Council came into force; 重大 meant 3 to 9 deaths before that day, and means 10 to 29 since.
ORDER_493 = "2007-06-01"
# Records are coded by GB/T 4754-2011 since the statistical forms of July 2012; 54 was water transport before.
EDITION_2011 = "2012-07"
_INDUSTRY = re.compile(r"([a-t]?)(\d{2,4})(\D.*)?")
_KIND = re.compile(r"0?(\d{1,2})[.\-:)]?(\D.*)?")


@lru_cache
def names(classification: str) -> Mapping[str, Name]:
    """Return the codes of a classification (fields, industries, kinds or grades) with their names, in order.

    >>> names("fields")["coal_mine"].zh, names("kinds")["09"]
    ('煤矿', 'fall from a height')
    """
    return MappingProxyType({row[0]: Name(zh=row[1], en=row[2]) for row in _rows(classification)})


def field_of(text: str) -> str | None:
    """Return the field (one of `schema.FIELDS`) that a word of Chinese accident statistics means, or None.

    工矿商贸 is none: it holds mines, construction and commerce together.

    >>> field_of("金属非金属矿山"), field_of("道路交通事故"), field_of("coal_mine"), field_of("工矿商贸")
    ('non_coal_mine', 'road_transport', 'coal_mine', None)
    """
    return _named(text, "fields")


def kind_of(text: str) -> str | None:
    """Return the kind of accident in GB 6441, two digits, that a word or number means, or None.

    A number before a word must agree with it.

    >>> kind_of("冒顶、片帮"), kind_of("8"), kind_of("19.中毒和窒息"), kind_of("19.火灾")
    ('11', '08', '19', None)
    """
    if (named := _named(text, "kinds")) is not None:
        return named
    if (found := _KIND.fullmatch(_plain(text))) is None:
        return None
    code = found[1].zfill(2)
    agrees = found[2] is None or _named(found[2], "kinds") == code
    return code if code in names("kinds") and agrees else None


def grade_of(text: str, date: str) -> str | None:
    """Return the grade of State Council order 493 that a word meant on a day, or None.

    Before June 2007 重大事故 took 3 to 9 deaths and 特大事故 10 to 29. A date that leaves open which of the two it was
    (empty, or 2007) decides nothing where the words differ.

    >>> grade_of("重大事故", "2006-08-01"), grade_of("重大事故", "2018-03"), grade_of("重大事故", "2007")
    ('larger', 'major', None)
    """
    now, before = _named(text, "grades"), _before().get(_plain(text))
    if before is None or now == before:
        return now
    day = date.strip()
    if day[:7] >= ORDER_493[:7]:
        return now
    return before if day and (day < ORDER_493[:4] or (len(day) >= len("2007-05") and day < ORDER_493)) else None


def industry_of(text: str) -> str | None:
    """Return the digits of an industry in GB/T 4754 from a code, with or without its letter, or a division's name.

    Three digits without a letter are none: a spreadsheet makes 0610 a 610.

    >>> industry_of("C2614"), industry_of("煤炭开采和洗选业"), industry_of("C54"), industry_of("610")
    ('2614', '06', None, None)
    """
    plain = _plain(text)
    if (code := _spellings("industries").get(plain)) is not None:
        return code
    found = _INDUSTRY.fullmatch(plain)
    if found is None or found[2][:2] not in names("industries"):
        return None
    letter, code, name = found[1], found[2], found[3]
    if (letter and letter != _sections()[code[:2]]) or (len(code) == 3 and not letter):
        return None
    return code if name is None or _spellings("industries").get(name, "")[:2] == code[:2] else None


def field_of_industry(code: str, date: str = "") -> str | None:
    """Return the field that an industry of GB/T 4754 belongs to, or None where the industry does not tell it.

    The longest listed beginning of the code decides. Of a record before July 2012 only codes count that mean the
    same in the edition of 2002.

    >>> field_of_industry("0610"), field_of_industry("G5430"), field_of_industry("2614")
    ('coal_mine', 'road_transport', None)
    >>> field_of_industry("5430", "2010-05-01") is None
    True
    """
    digits = industry_of(code)
    listed = _industries()
    for length in range(len(digits or ""), 1, -1):
        if digits and (row := listed.get(digits[:length])) is not None:
            field, edition = row
            old = bool(date) and date < EDITION_2011
            return field if field and not (old and edition != "2002") else None
    return None


def _named(text: str, classification: str) -> str | None:
    plain = _plain(text)
    spellings = _spellings(classification)
    shortened = (plain.removesuffix(follower) for follower in FOLLOWERS if plain.endswith(follower))
    return next((spellings[one] for one in (plain, *shortened) if one in spellings), None)


def _plain(text: str) -> str:
    return re.sub(r"[\s_、,]", "", unicodedata.normalize("NFKC", text)).casefold()


@lru_cache
def _rows(classification: str) -> tuple[tuple[str, ...], ...]:
    """Return code, Chinese and English name, aliases, and what else a classification's table holds."""
    with (CLASSES / f"{classification}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first = next(iter(rows[0]))
    told = (first, "zh", "en", "aliases")
    return tuple((*(row[name] for name in told), *(row[name] for name in row if name not in told)) for row in rows)


@lru_cache
def _spellings(classification: str) -> dict[str, str]:
    """Return every spelling of every code; numbers are read with care elsewhere and are none."""
    spelled = ((row[0], (row[0], row[1], row[2], *row[3].split("|"))) for row in _rows(classification))
    plain = ((code, _plain(spelling)) for code, spellings in spelled for spelling in spellings)
    return {spelling: code for code, spelling in plain if spelling and not spelling.isdigit()}


@lru_cache
def _before() -> dict[str, str]:
    """Return the grades' words before June 2007."""
    return {_plain(word): row[0] for row in _rows("grades") for word in row[4].split("|") if word}


@lru_cache
def _industries() -> dict[str, tuple[str, str]]:
    return {row[0]: (row[5], row[6]) for row in _rows("industries")}


@lru_cache
def _sections() -> dict[str, str]:
    return {row[0]: row[4].casefold() for row in _rows("industries")}
