"""What a column's heading means: Chinese and English names of our columns and measures, units, periods in a heading.

`data/headings.csv` lists the names; a heading means what is listed for exactly its words, once its unit, its period and
words that add nothing are set apart. Nothing is guessed from a part of a heading: 死亡人数同比 is not 死亡人数.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from zzlib.errors import ParameterError
from zzlib.language import Name
from zzlib.periods import read_in_year, read_period
from zzlib.schema import CHANGE_UNIT, LEDGER, MEASURES, OBSERVATIONS, columns

HEADINGS = Path(__file__).parents[1] / "data" / "headings.csv"
LEDGER_COLUMNS = (*columns(LEDGER), "grade", "summary", "place", "organisation", "time", "year", "month", "day")
OF_ONE_ACCIDENT = {"accident_id", "summary", "organisation", "place", "time", "grade"}  # no total has them
LEDGER_ONLY = {"field", "industry", "kind", "serious_injuries", "loss_10k_yuan", "counted_from_2016"} | OF_ONE_ACCIDENT
REQUIRED = {"area", "period", "measure", "value", "unit", "scope", "status", "source"}  # of observations
TOLD_BY = 4  # columns that tell what a table is meant as, even when others are missing or misspelt
OBSERVATION_COLUMNS = (*columns(OBSERVATIONS), "year", "month")
NUMBERS = {"serious_injuries": "persons", "loss_10k_yuan": "10,000 yuan"}  # columns of a ledger that carry a unit
# What a unit measures, and how much of it one is. 起 counts accidents, 辆 vehicles.
UNITS: dict[str, tuple[str, Decimal]] = {
    unit: (of, Decimal(size))
    for of, sizes in {
        "money": {
            "元": 1, "千元": 10**3, "万元": 10**4, "百万元": 10**6, "千万元": 10**7, "亿元": 10**8, "yuan": 1,
            "10,000yuan": 10**4, "100millionyuan": 10**8,
        },
        "persons": {
            "人": 1, "名": 1, "千人": 10**3, "万人": 10**4, "十万人": 10**5, "persons": 1, "10,000persons": 10**4,
        },
        "accidents": {"起": 1, "次": 1, "件": 1, "宗": 1, "accidents": 1},
        "vehicles": {
            "辆": 1, "台": 1, "千辆": 10**3, "万辆": 10**4, "万台": 10**4, "百万辆": 10**6, "vehicles": 1,
            "10,000vehicles": 10**4,
        },
        "tonnes": {
            "吨": 1, "千吨": 10**3, "万吨": 10**4, "百万吨": 10**6, "亿吨": 10**8, "tonnes": 1, "milliontonnes": 10**6,
        },
        "share": {"%": 1},
        "per gdp": {"人/亿元": 1, "personsper100millionyuan": 1},
        "per workers": {"人/十万人": 1, "人/10万人": 1, "personsper100,000workers": 1},
        "per vehicles": {"人/万车": 1, "人/万辆": 1, "personsper10,000vehicles": 1},
        "per coal": {"人/百万吨": 1, "personspermilliontonnes": 1},
    }.items()
    for unit, size in sizes.items()
}  # fmt: skip
# Words of a change on the year before, as they follow a measure or stand in the lower row of a header.
_SINCE = "同比|[比较](?:上|去)年(?:同期)?"
_HOW = "增长率|增减率|变化率|变动率|增长|增减|增速|增幅|变化|升降"
_CHANGE = re.compile(
    rf"(.*?)\(?((?:环比|(?:{_SINCE})?(?:{_HOW})?(?:±|幅度)?|%?change|yoy|year-on-year(?:change)?)%?)\)?"
)
_BRACKETS = re.compile(r"[(\[{<【〔](?:(?:计量)?单位:?)?([^()\[\]{}<>【】〔〕]*)[)\]}>】〕]")
_CAPTION_UNIT = re.compile(r"单位\s*:\s*([^)\]】〕。]+)")
_NUMERAL = "[一二三四五六七八九十]{1,3}"
_NUMBERING = re.compile(rf"(?:[0-9]{{1,2}}[.、)]|{_NUMERAL}、|\((?:{_NUMERAL}|[0-9]{{1,2}})\))(?=[^0-9])")
_A_DAY = re.compile(r"(?:19|20)[0-9]{2}(?:年[0-9]{1,2}月[0-9]{1,2}日?|([-./])[0-9]{1,2}\1[0-9]{1,2}(?![0-9]))")
_ANY_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
# What a period in a caption may be written with, after its year.
_SPAN = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}[0-9年月份度前上下半全一二三四第季至到~.\-]*(?:累计)?")
_WITHOUT_YEAR = re.compile("第?[一二三四1-4]季度|[上下]半年|前三季度|[0-9一二三四五六七八九十~至到-]+月份?(?:累计)?")


@dataclass(frozen=True)
class Meaning:
    """What a heading means: a column of ours, or `value` with the measure that its cells are figures of.

    `period` is ISO text where the heading tells it. `unit` is our unit and `factor` turns the file's number into it;
    of a bare `value` without a measure it is the file's unit.
    What is not certain is so for a `doubt`: the `unit` is not told, the `name` is used for other things too, or only
    the `cells` can tell which of several `columns` it is.
    """

    column: str
    measure: str = ""
    period: str = ""
    unit: str = ""
    factor: float = 1.0
    certain: bool = True
    doubt: str = ""
    columns: tuple[str, ...] = ()


def meaning(heading: str, caption: Sequence[str] = ()) -> Meaning | None:
    """Return what a heading means, or None when it is not known.

    A heading over two rows is `upper/lower`. The caption gives the unit that the heading does not (单位：万元), and the
    year of a month without one. Raises nothing.

    >>> meaning("2018年死亡人数（人）")
    Meaning(column='value', measure='deaths', period='2018', unit='persons', factor=1.0, certain=True, ...)
    >>> gdp = meaning("地区生产总值", caption=["单位：万元"])
    >>> gdp.measure, gdp.unit, gdp.factor
    ('gdp', '100 million yuan', 0.0001)
    >>> meaning("直接经济损失（元）").factor, meaning("死亡率"), meaning("GDP").certain
    (0.0001, None, False)
    """
    listed = _listed()
    if (code := heading.strip().casefold().removesuffix("_change")) != heading.strip().casefold() and code in MEASURES:
        return Meaning("value", measure=f"{code}_change", unit=CHANGE_UNIT)
    text = _NUMBERING.sub("", tidy(heading).strip(":*#"))
    if (row := listed.get(plain(text))) is not None:
        return _meant(row, (), "", caption)
    parts = _dissected(text, caption)
    if parts is None:
        return None
    names, units, periods, change = parts
    if len({*units}) > 1 or len({*periods}) > 1:
        return None
    period = periods[0] if periods else ""
    if not names:
        return Meaning("value", period=period) if period and not units and not change else None
    row = _looked_up(names)
    if row is None:
        return None
    if change:
        return _change(row, units, period)
    meant = _meant(row, units, period, caption)
    if meant is None or not period:
        return meant
    return replace(meant, column="value") if meant.measure else None


def of_measure(measure: str, heading: str, caption: Sequence[str] = ()) -> Meaning:
    """Return what a heading means that is known to stand over figures of a measure: its unit and its period.

    Serious injuries and losses of a ledger are told likewise.

    >>> told = of_measure("gdp", "2018年产值（亿元）")
    >>> told.measure, told.period, told.factor
    ('gdp', '2018', 1.0)
    >>> of_measure("loss_10k_yuan", "财产损失（元）").factor
    0.0001
    """
    parts = _dissected(_NUMBERING.sub("", tidy(heading).strip(":*#")), caption)
    _, units, periods, _ = parts if parts is not None else ([], (), (), False)
    period = periods[0] if len({*periods}) == 1 else ""
    row = _listed().get(plain(measure))
    ours = our_unit(measure) or NUMBERS.get(measure, "")
    if row is None or not ours:
        unit = CHANGE_UNIT if measure.endswith("_change") else "".join(units[:1])
        return Meaning("value", measure, period, unit, columns=("value",))
    meant = _meant(replace(row, columns=("value",) if row.measure else row.columns), units, period, caption)
    return meant or Meaning("value", measure, period, ours, certain=False, doubt="unit")


def plain(text: str) -> str:
    """Return a heading as it is compared: without spaces, underscores, hyphens, full-width forms and capitals.

    >>> plain("ＳＴ_Case （人）")
    'stcase(人)'
    """
    return re.sub(r"[\s_\-]", "", unicodedata.normalize("NFKC", text)).casefold()


def tidy(text: str) -> str:
    """Return a heading without spaces, full-width forms and capitals, every dash between numbers a hyphen."""
    return re.sub(r"[\s_]", "", re.sub("[–—―−]+", "-", unicodedata.normalize("NFKC", text))).casefold()


def period_of(text: str, caption: Sequence[str] = ()) -> str:
    """Return a text as an ISO period when it is nothing else, or the empty text.

    Without a year of its own it takes the only one of the caption.

    >>> period_of("2018年1—7月累计"), period_of("一季度", ["2018年情况"]), period_of("2018年末")
    ('2018-01/2018-07', '2018-Q1', '2018')
    """
    written = tidy(text)
    if _WITHOUT_YEAR.fullmatch(written):
        years = {year for line in caption for year in _ANY_YEAR.findall(_A_DAY.sub("", tidy(line)))}
        return read_in_year(years.pop(), written).period if len(years) == 1 else ""
    # A stock is counted at the end of its period: 2018年末, 2018年6月底.
    return _read(re.sub("(?<=[年月])年?[末底]$", "", written))


def period_in(caption: Sequence[str]) -> str:
    """Return the period that a caption speaks of, when it is exactly one, or the empty text.

    >>> period_in(["2018年郑州市各县区事故统计"]), period_in(["2017年与2018年对比"]), period_in(["2016-2020年"])
    ('2018', '', '2016/2020')
    """
    found = {period for line in caption for period in _periods_in(tidy(line))}
    return found.pop() if len(found) == 1 else ""


def factor_of(unit: str, ours: str) -> float | None:
    """Return the number that turns figures in a unit into ours, or None when they measure different things.

    >>> factor_of("万元", "100 million yuan"), factor_of("辆", "10,000 vehicles"), factor_of("人", "million tonnes")
    (0.0001, 0.0001, None)
    """
    theirs, wanted = UNITS.get(_unit(unit)), UNITS.get(_unit(ours))
    if theirs is None or wanted is None or theirs[0] != wanted[0]:
        return None
    return float(theirs[1] / wanted[1])


def is_unit(text: str) -> bool:
    """Say whether a text is a unit that can be converted.

    >>> is_unit("万 辆"), is_unit("郑州某公司")
    (True, False)
    """
    return _unit(text) in UNITS


def our_unit(measure: str) -> str:
    """Return the unit in which a measure is kept, or the empty text for a measure that is not known."""
    return MEASURES.get(measure, "accidents" if measure.startswith("accidents_") else "")


def names() -> dict[str, str]:
    """Return every listed name as it is compared, with the column or measure that it means: what a near miss may be."""
    return {name: row.measure or row.columns[0] for name, row in _listed().items()}


@lru_cache
def column_name(column: str) -> Name:
    """Return what a column of ours is called in Chinese, by the first of its listed headings, and in English.

    >>> column_name("accident_id").zh
    '事故编号'
    """
    listed = [row["heading"] for row in _rows() if row["column"] == column]
    return Name(zh=next((heading for heading in listed if not heading.isascii()), column), en=column)


def examples(column: str) -> list[str]:
    """Return a few headings under which a column of ours is understood, its own name last.

    >>> examples("deaths")
    ['死亡人数', '死亡', 'deaths']
    """
    listed = [row["heading"] for row in _rows() if row["column"] == column]
    return [*[heading for heading in listed if not heading.isascii()][:2], column]


def kind(meanings: Iterable[Meaning]) -> str:
    """Return what headings make of a table: an accident `ledger`, a table of `observations`, or neither (empty text).

    >>> kind(filter(None, map(meaning, ("事故时间", "县区", "事故类别", "死亡人数"))))
    'ledger'
    >>> kind(filter(None, map(meaning, ("县区", "事故起数", "死亡人数"))))
    'observations'
    """
    known = list(meanings)
    told = {one.column for one in known}
    sure = {one.column for one in known if one.doubt != "cells"}
    figures = [one for one in known if one.column == "value" and (one.measure or one.period)]
    dated = "date" in told or {"year", "month", "day"} <= told
    by_month = "period" in told and bool(sure & {"accident_id", "summary", "time", "grade"})
    if {"measure", "value"} <= told or len(told & REQUIRED) >= TOLD_BY:
        return "observations"
    if "deaths" in told and ((dated and sure & OF_ONE_ACCIDENT) or by_month):
        return "ledger"
    if figures:
        return "observations"
    if dated and "deaths" in told and told & {"area", *LEDGER_ONLY}:
        return "ledger"
    if len(told & {*LEDGER_COLUMNS} - {"year", "month"}) >= TOLD_BY and (dated or "accident_id" in told):
        return "ledger"
    return (
        "observations" if "deaths" in told and "day" not in told and told & {"area", "period", "year", "field"} else ""
    )


@dataclass(frozen=True)
class _Row:
    columns: tuple[str, ...]
    measure: str
    unit: str
    certain: bool


def _dissected(
    text: str, caption: Sequence[str]
) -> tuple[list[str], tuple[str, ...], tuple[str, ...], bool] | None:  # fmt: skip
    """Return the names in a heading, its units, its periods, and whether it is a change in per cent.

    None when it tells a change without saying that it is in per cent.
    """
    units: list[str] = []
    periods: list[str] = []

    def set_apart(found: re.Match[str]) -> str:
        whole = plain(found[1]) in _without_weight("bracket") or _unit(found[1]) in UNITS
        left = [
            word
            for word in ([found[1]] if whole else re.split("[、,;]", found[1]))
            if not told(word) and plain(word) not in _without_weight("bracket")
        ]
        return f"({'、'.join(left)})" if left else ""

    def told(word: str) -> bool:
        if _unit(word) in UNITS:
            units.append(_unit(word))
        elif iso := period_of(word, caption):
            periods.append(iso)
        else:
            return False
        return True

    rest = _BRACKETS.sub(set_apart, text)
    head, mark, unit = _after_mark(rest)
    if mark and _unit(unit) in UNITS:
        rest = head
        units.append(_unit(unit))
    names: list[str] = []
    changed = False
    for part in filter(None, rest.split("/")):
        if _unit(part) in UNITS:
            units.append(_unit(part))
            continue
        name, iso = _without_period(part, caption)
        if iso:
            periods.append(iso)
        name, unit = _without_unit(name)
        if unit:
            units.append(unit)
        if plain(name) not in _listed() and (found := _CHANGE.fullmatch(name)) is not None and found[2].strip("%"):
            changed = True
            per_cent = "%" in text or re.search("率|增速|增幅|幅度", found[2])
            name = found[1]
            if not per_cent or found[2].startswith("环比"):
                return None
        if name:
            names.append(name)
    if changed:
        units = [unit for unit in units if unit != "%"]
    if len(names) > 1:
        names = [name for name in names if plain(name) not in _without_weight("group")] or names
    return names, tuple(units), tuple(periods), changed


def _after_mark(text: str) -> tuple[str, str, str]:
    """Split what follows the last mark such as 、 or a comma; a unit such as 人/亿元 holds a stroke of its own."""
    found = re.fullmatch(r"(.+?)([、,:;])([^、,:;]+)", text)
    return (found[1], found[2], found[3]) if found else (text, "", "")


def _without_period(part: str, caption: Sequence[str]) -> tuple[str, str]:
    """Return a part without the period that it begins or ends with, and that period; a listed name stays whole."""
    if plain(part) in _listed():
        return part, ""
    if iso := period_of(part, caption):
        return "", iso
    # The longest period that leaves something: 2018年6月末机动车保有量 before 2018年.
    for length in range(len(part) - 1, 3, -1):
        if iso := period_of(part[:length]):
            return part[length:].removeprefix("的"), iso
        if iso := period_of(part[-length:]):
            return part[:-length], iso
    return part, ""


def _without_unit(part: str) -> tuple[str, str]:
    """Return a part without a unit of several letters that it ends with (直接经济损失万元), and that unit."""
    if plain(part) in _listed():
        return part, ""
    for length in (4, 3, 2):
        unit = part[-length:]
        if unit in UNITS and plain(part[:-length]) in _listed():
            return part[:-length], unit
    return part, ""


def _looked_up(parts: Sequence[str]) -> _Row | None:
    """Return the row for one name, or for two of a header over two rows, in either order."""
    listed = _listed()
    if len(parts) == 1:
        return listed.get(plain(parts[0]))
    if len(parts) != 2:
        return None
    upper, lower = map(plain, parts)
    for joined in (upper + lower, lower + upper, f"{upper}({lower})", f"{lower}({upper})"):
        if (row := listed.get(joined)) is not None:
            return row
    above, below = listed.get(upper), listed.get(lower)
    # 发生时间 over 年, 月 and 日.
    if above is not None and below is not None and above.columns[0] == "date":
        return below if below.columns[0] in ("year", "month", "day", "date", "time") else None
    return None


def _change(row: _Row, units: Sequence[str], period: str) -> Meaning | None:
    """Return a printed change of a measure. The growth of GDP is printed at constant prices: no change of its level."""
    if not row.measure or not row.certain or row.measure == "gdp" or any(unit not in ("%", row.unit) for unit in units):
        return None
    return Meaning("value", measure=f"{row.measure}_change", period=period, unit=CHANGE_UNIT)


def _meant(row: _Row, units: Sequence[str], period: str, caption: Sequence[str]) -> Meaning | None:
    column, several = row.columns[0], row.columns[1:]
    doubt = "" if row.certain else "name"
    if several:
        doubt = doubt or "cells"
    ours = our_unit(row.measure) if row.measure else NUMBERS.get(column, "")
    if not ours and column == "value" and units:
        return Meaning(column, period=period, unit=units[0])
    if not ours:
        known = Meaning(column, period=period, certain=not doubt, doubt=doubt, columns=row.columns)
        return None if units else known
    factor = _factor(units, row.unit, ours, caption)
    doubt = doubt or ("unit" if factor is None else "")
    factor = 1.0 if factor is None else factor
    return Meaning(column, row.measure, period, ours, factor, not doubt, doubt, row.columns)


def _factor(units: Sequence[str], implied: str, ours: str, caption: Sequence[str]) -> float | None:
    """Return the factor into our unit, or None when the unit is not told, or told in two ways."""
    if units:
        return factor_of(units[0], ours)
    stated = {factor for unit in _caption_units(caption) if (factor := factor_of(unit, ours)) is not None}
    if implied:
        stated.add(factor_of(implied, ours) or 1.0)
    return stated.pop() if len(stated) == 1 else None


def _caption_units(caption: Sequence[str]) -> list[str]:
    """Return the units that a caption states for the whole table (单位：起、人、万元)."""
    stated = [found[1] for line in caption for found in _CAPTION_UNIT.finditer(unicodedata.normalize("NFKC", line))]
    each = (takewhile(is_unit, filter(None, re.split(r"[、,;和及\s]+", part))) for part in stated)
    return [unit for units in each for unit in units]


def _periods_in(line: str) -> Iterator[str]:
    """Yield the periods in a line, the longest form at each place; of a day of publication nothing."""
    for found in _SPAN.finditer(_A_DAY.sub("", line)):
        readings = (_read(found[0][:length]) for length in range(len(found[0]), 3, -1))
        if period := next(filter(None, readings), ""):
            yield period


def _read(text: str) -> str:
    try:
        return read_period(text).period
    except ParameterError:  # 0000 has the form of a year
        return ""


def _unit(text: str) -> str:
    return tidy(text).replace("每", "/").removeprefix("单位:")


@lru_cache
def _rows() -> tuple[dict[str, str], ...]:
    with HEADINGS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@lru_cache
def _listed() -> dict[str, _Row]:
    return {
        plain(row["heading"]): _Row(
            tuple(row["column"].split("|")), row["measure"], _unit(row["unit"]), row["certain"] != "no"
        )
        for row in _rows()
        if row["column"] not in ("group", "bracket")
    }


@lru_cache
def _without_weight(where: str) -> frozenset[str]:
    """Return the words that add nothing: in brackets, or to the other row of a header over two rows (`group`)."""
    return frozenset(plain(row["heading"]) for row in _rows() if row["column"] == where)
