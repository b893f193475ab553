"""How many deaths the text of an accident record tells."""

import math
import re
import unicodedata
from collections.abc import Iterator

NUMERAL = r"(?:\d+|[一二两三四五六七八九十百]+)"
_TOKEN = re.compile(
    rf"(?P<none>(?:无(?!效)|未|没)[^,;。、()]{{0,6}}?(?:死亡|伤亡|身亡|遇难))"
    rf"|(?P<short>(?<![\d第]){NUMERAL}(?=人?死(?!亡|者)))人?死"
    rf"|(?P<persons>(?<![\d第.余多几数近]){NUMERAL})个?[人名位]"
    rf"|(?P<figure>死亡人?数?[为达是:]+{NUMERAL}(?![\d人名位]))"
    rf"|(?P<dead>死亡(?!率|赔偿|证明|原因|时间|地点|报告)|身亡|溺亡|遇难|罹难|丧生|殉职|牺牲)"
    rf"|(?P<hurt>[受重轻烧灼]伤|伤(?!亡)|中毒|失踪|被困|被埋|受困|获救|脱险|生还|逃生)"
)
_CLAUSES = re.compile(r"[,;。、()\n]")
_TOTAL = re.compile(r"共(?!同)|合计|总计|累计")
_UNNUMBERED = re.compile(r"无效|不治")
_UNITS = {letter: value for value, letter in enumerate("一二三四五六七八九", 1)} | {"两": 2}


def deaths_told(text: str) -> tuple[int, float] | None:
    """Return how many deaths a text tells, at least and at most; None where it numbers none.

    Several mentions may be parts of a sum, or the same deaths again. Raises nothing.

    >>> deaths_told("2018年3月5日14时，造成三人死亡、5人受伤"), deaths_told("致1死2伤"), deaths_told("一名工人坠落")
    ((3, 3), (1, 1), None)
    >>> deaths_told("1人当场死亡，2人经抢救无效死亡"), deaths_told("2人受伤1人死亡"), deaths_told("未造成人员伤亡")
    ((2, 3), (1, 1), (0, 0))
    """
    mentions: list[int] = []
    totals: list[int] = []
    more = False
    for clause in _CLAUSES.split(unicodedata.normalize("NFKC", text)):
        found = list(_in_clause(clause))
        mentions += found
        if _TOTAL.search(clause):
            totals += found
        more |= not found and _UNNUMBERED.search(clause) is not None
    if not mentions:
        return None
    if totals:
        return max(totals), max(totals)
    return max(mentions), math.inf if more else sum(mentions)


def _in_clause(clause: str) -> Iterator[int]:
    """Yield the numbers of persons that a clause says are dead, in either order: 3人死亡 or 死亡3人."""
    tokens = [(str(found.lastgroup), found.group()) for found in _TOKEN.finditer(clause)]
    number_first = next((kind == "persons" for kind, _ in tokens if kind in ("persons", "dead", "hurt")), True)
    if not number_first:
        tokens.reverse()  # each number then comes before its word, as in the other order
    persons = 0
    for kind, text in tokens:
        if kind == "none":
            yield 0
        elif kind in ("short", "figure"):
            yield _value(text)
        elif kind == "persons":
            persons = _value(text)
        elif kind == "dead" and persons:
            yield persons
            persons = 0


def _value(text: str) -> int:
    """Return the whole number in a text, in digits or in Chinese.

    >>> [_value(text) for text in ("12名", "十二", "二十", "一百零三", "两人")]
    [12, 12, 20, 103, 2]
    """
    if digits := re.search(r"\d+", text):
        return int(digits[0])
    total = unit = 0
    for letter in text:
        if letter in "十百":
            total, unit = total + (unit or 1) * (10 if letter == "十" else 100), 0
        else:
            unit = _UNITS.get(letter, unit)
    return total + unit
