"""Periods as ISO text (`2018`, `2018-Q1`, `2018-03`, `2018-03-05`, `2011/2015`) and their first and last day.

Text sorts, joins and travels through every file format; mixed pandas Periods do not. Time differences are taken
between years, never between rows: over a missing year a row difference silently reports two years as one.

Files write them in many other ways. `read_day` and `read_period` take those that can mean only one thing; where two
meanings are possible, or none, they say which, and choose nothing.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from zzlib.errors import ParameterError

YEAR = re.compile(r"\d{4}", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1949, 2099  # a date outside is a slip of the pen
SERIALS = (date(1990, 1, 1), date(2035, 12, 31))  # a number between these days' serials is a date of a spreadsheet
_SERIAL_ZERO = date(1899, 12, 30)  # of the 1900 system, from March 1900 on

# Full-width forms and the many spaces and minus signs become the plain ones. Not NFKC: it would turn 12③ into 123.
_PLAIN: dict[int, str | None] = {0xFF01 + i: chr(0x21 + i) for i in range(94)}
_PLAIN |= dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_PLAIN |= {ord("−"): "-", 0x200B: None, 0xFEFF: None}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―~～至到", "-"))
_NUMERAL = re.compile(r"[〇○零一二三四五六七八九十]+(?=个?[年月日号季-])")
_DIGITS = {letter: str(i % 10) for i, letter in enumerate("零一二三四五六七八九〇")} | {"○": "0"}


@dataclass(frozen=True)
class Reading:
    """What a text was read as: a period as ISO text, or the `problem` and what the text could mean.

    Problems: `unreadable`; `two_digits` (of the year); `several_meanings`; `impossible` (no day of the calendar);
    `far_away` (before `FIRST_YEAR` or after `LAST_YEAR`).
    """

    period: str = ""
    problem: str = ""
    could_mean: tuple[str, ...] = ()


_UNREADABLE = Reading(problem="unreadable")


def bounds(period: str) -> tuple[date, date]:
    """Return the first and last day of a period.

    Raises ParameterError when the text is none of the forms of ISO 8601 used here.

    >>> bounds("2018-Q1")
    (datetime.date(2018, 1, 1), datetime.date(2018, 3, 31))
    >>> bounds("2011/2015")
    (datetime.date(2011, 1, 1), datetime.date(2015, 12, 31))
    """
    text = str(period)
    try:
        if text.count("/") == 1:
            first, _, last = text.partition("/")
            start, end = bounds(first)[0], bounds(last)[1]
            if start <= end:
                return start, end
        elif YEAR.fullmatch(text):
            return date(int(text), 1, 1), date(int(text), 12, 31)
        elif found := _QUARTER.fullmatch(text):
            year, quarter = int(found[1]), int(found[2])
            return date(year, 3 * quarter - 2, 1), _month_end(year, 3 * quarter)
        elif found := _MONTH.fullmatch(text):
            year, month = int(found[1]), int(found[2])
            return date(year, month, 1), _month_end(year, month)
        elif _DAY.fullmatch(text):
            return date.fromisoformat(text), date.fromisoformat(text)
    except ValueError:  # the form of a date, but no day of the calendar
        pass
    raise ParameterError(
        f"'{text}' is not a period. Write a year (2018), a quarter (2018-Q1), a month (2018-03), "
        "a day (2018-03-05) or a range (2011/2015)."
    )


def end(period: str) -> date:
    """Return the last day of a period; of a partial date, the end of it.

    >>> end("2017-02")
    datetime.date(2017, 2, 28)
    """
    return bounds(period)[1]


def over(text: str, on: date) -> str:
    """Return the period that `last-month`, `last-quarter` or `last-year` names on a day; other text as it is.

    >>> [over(text, date(2018, 1, 31)) for text in ("last-month", "last-quarter", "last-year", "2018-06")]
    ['2017-12', '2017-Q4', '2017', '2018-06']
    """
    before = {"last-month": 1, "last-quarter": 3, "last-year": 12}.get(text)
    if before is None:
        return text
    begun = 12 * on.year + (on.month - 1) // before * before  # the month in which the period of this day began
    year, month = divmod(begun - before, 12)
    return {1: f"{year}-{month + 1:02}", 3: f"{year}-Q{month // 3 + 1}", 12: f"{year}"}[before]


def is_period(text: str) -> bool:
    """Say whether the text is a period.

    >>> is_period("2018"), is_period("last year")
    (True, False)
    """
    try:
        bounds(text)
    except ParameterError:
        return False
    return True


def is_year(period: str) -> bool:
    """Say whether the period is one calendar year.

    >>> is_year("2018"), is_year("2011/2015")
    (True, False)
    """
    return YEAR.fullmatch(str(period)) is not None


def is_years(period: str) -> bool:
    """Say whether the period is several calendar years.

    >>> is_years("2011/2015"), is_years("2018-01/2018-07"), is_years("2018")
    (True, False, False)
    """
    first, _, last = str(period).partition("/")
    return is_year(first) and is_year(last)


def is_cumulative(period: str) -> bool:
    """Say whether the period is the months of a year since January.

    >>> is_cumulative("2018-01/2018-07"), is_cumulative("2018-07/2018-12")
    (True, False)
    """
    first, _, last = str(period).partition("/")
    return first.endswith("-01") and last[:5] == first[:5] and _MONTH.fullmatch(last) is not None


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def plain(text: str) -> str:
    """Return a text with ordinary digits, letters, punctuation, spaces and minus signs, and no space around it.

    Footnote marks and superscripts stay what they are: they are no digits.

    >>> plain("　２０１８．３ "), plain("−12③")
    ('2018.3', '-12③')
    """
    return (text if text.isascii() else text.translate(_PLAIN)).strip()


def read_day(text: str) -> Reading:
    """Return the day that a text names, or the month where it names no day; a time of day after it is left out.

    A number between the days of `SERIALS` is a spreadsheet's date. Two-digit years, and numbers whose order does not
    say which is the day, are not read.

    >>> [read_day(text).period for text in ("2018年3月5日", "2018.3.5", "20180305 14:30", "43164", "2018.03")]
    ['2018-03-05', '2018-03-05', '2018-03-05', '2018-03-05', '2018-03']
    >>> read_day("3/5/2018")
    Reading(period='', problem='several_meanings', could_mean=('2018-03-05', '2018-05-03'))
    """
    written = _CLOCK.sub("", _NUMERAL.sub(_arabic, plain(text).translate(_DASHES)))
    return _first_form(_DAYS, _AROUND.sub(r"\1", written))


def read_period(text: str) -> Reading:
    """Return the period that a text names: year, quarter, half-year, month, months since January, or years.

    Months that add up are a range; all twelve are the year.

    >>> [read_period(text).period for text in ("2018年", "2018年3月", "2018.03", "2018年一季度", "“十二五”期间")]
    ['2018', '2018-03', '2018-03', '2018-Q1', '2011/2015']
    >>> [read_period(text).period for text in ("2018年上半年", "2018年1—7月累计", "2018年前三季度", "2011—2015年")]
    ['2018-01/2018-06', '2018-01/2018-07', '2018-01/2018-09', '2011/2015']
    >>> read_period("2018.1").could_mean  # a spreadsheet takes the last zero from 2018.10
    ('2018-01', '2018-10')
    """
    written = plain(text)
    if is_period(written):
        return _near(written)
    written = re.sub(r"[\s“”\"‘’'「」]", "", written.translate(_DASHES))
    return _first_form(_PERIODS, _NUMERAL.sub(_arabic, written))


def read_in_year(year: str, text: str = "") -> Reading:
    """Return the period that a text names within a year that stands apart from it, as in two columns.

    >>> [read_in_year("2018年", text).period for text in ("3", "7月", "1-7月累计", "上半年", "", "2018-03")]
    ['2018-03', '2018-07', '2018-01/2018-07', '2018-01/2018-06', '2018', '2018-03']
    >>> read_in_year("2018", "2017-03").problem
    'unreadable'
    """
    number = read_number(year, "年")
    if number is None or number < 1000:
        return _UNREADABLE if number is None else Reading(problem="two_digits")
    month = read_number(text, "月")
    if month is not None and month < 1000:
        return _month(str(number), str(month))
    if re.match(r"\d{4}", plain(text), re.ASCII):
        found = read_period(text)
        return found if not found.period or found.period.startswith(str(number)) else _UNREADABLE
    return read_period(f"{number}年{plain(text)}")


def read_parts(year: str = "", month: str = "", day: str = "") -> Reading:
    """Return the day that two or three cells name together; without a day, the month.

    >>> read_parts("2018年", "３月", "5").period, read_parts("2018", "12").period, read_parts("18", "3", "5").problem
    ('2018-03-05', '2018-12', 'two_digits')
    """
    number, the_month, the_day = read_number(year, "年"), read_number(month, "月"), read_number(day, "日")
    if number is None or the_month is None or (the_day is None and plain(day)):
        return _UNREADABLE
    if number < 1000:
        return Reading(problem="two_digits")
    return _month(str(number), str(the_month)) if the_day is None else day_of(number, the_month, the_day)


def read_number(text: str, unit: str) -> int | None:
    """Return the number that a cell of years, months or days holds, with its unit or without; else None.

    >>> read_number("２０１８年", "年"), read_number("十二月份", "月"), read_number("5", "日"), read_number("5月", "日")
    (2018, 12, 5, None)
    """
    bare = plain(text).removesuffix("度").removesuffix("份").removesuffix(unit)
    written = _NUMERAL.sub(_arabic, bare + unit).removesuffix(unit)
    return int(written) if re.fullmatch(r"\d{1,4}", written, re.ASCII) else None


def day_of(year: int, month: int, day: int) -> Reading:
    """Return a day from its parts.

    >>> day_of(2018, 3, 5).period, day_of(2018, 2, 30).problem
    ('2018-03-05', 'impossible')
    """
    try:
        return _near(date(year, month, day).isoformat())
    except ValueError:
        return Reading(problem="impossible")


def _near(period: str) -> Reading:
    first, last = bounds(period)
    return Reading(period) if first.year >= FIRST_YEAR and last.year <= LAST_YEAR else Reading(problem="far_away")


def _first_form(forms: "_Forms", written: str) -> Reading:
    for form, read in forms.items():
        if found := form.fullmatch(written):
            return read(*(part for part in found.groups() if part is not None))
    return _UNREADABLE


def _arabic(numeral: re.Match[str]) -> str:
    """Return a Chinese numeral up to 99, or the digits of a year, in Arabic digits."""
    tens, ten, ones = numeral[0].partition("十")
    if not ten:
        return "".join(_DIGITS[letter] for letter in tens)
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return numeral[0]
    return str(10 * int(_DIGITS.get(tens, "1")) + int(_DIGITS.get(ones, "0")))


def _day(year: str, month: str, day: str) -> Reading:
    return day_of(int(year), int(month), int(day))


def _month(year: str, month: str) -> Reading:
    found = f"{year}-{int(month):02}"
    return _near(found) if is_period(found) else _UNREADABLE


def _dotted(year: str, month: str) -> Reading:
    """Of months written as decimals only the first is doubtful: 2018.10 is 2018.1 to a spreadsheet."""
    return _several(f"{year}-01", f"{year}-10") if month == "1" else _month(year, month)


def _months(year: str, first: str, last: str) -> Reading:
    start, stop = _month(year, first), _month(year, last)
    if not (start.period and stop.period) or int(first) > int(last):
        return start if start.problem == "far_away" else _UNREADABLE
    if int(first) == int(last):
        return start
    return Reading(year if (int(first), int(last)) == (1, 12) else f"{start.period}/{stop.period}")


def _range(first: str, last: str) -> Reading:
    return _near(f"{first}/{last}") if first < last and is_period(f"{first}/{last}") else _UNREADABLE


def _across(year: str, month: str, last_year: str, last_month: str) -> Reading:
    if year == last_year:
        return _months(year, month, last_month)
    return _range(f"{year}-{int(month):02}", f"{last_year}-{int(last_month):02}")


def _since_january(year: str, month: str) -> Reading:
    """A month that is said to be a sum may be the sum since January, or the month's own."""
    found = _months(year, "1", month)
    return _several(found.period, f"{year}-{int(month):02}") if found.period and int(month) > 1 else found


def _five_years(number: str) -> Reading:
    """Return the years of a five-year plan, which run regularly from the sixth on (1981 to 1985)."""
    plan = int(_arabic(match)) if (match := re.fullmatch("[一二三四五六七八九十]+", number)) else 0
    start = 1981 + 5 * (plan - 6)
    return _near(f"{start}/{start + 4}") if 6 <= plan <= 15 else _UNREADABLE


def _serial(number: str) -> Reading:
    day = _SERIAL_ZERO + timedelta(days=int(number))
    return Reading(day.isoformat()) if SERIALS[0] <= day <= SERIALS[1] else _UNREADABLE


def _six_digits(text: str) -> Reading:
    """Read 201803 as a month, where it cannot be a day of a two-digit year."""
    month, day = _month(text[:4], text[4:]), day_of(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    if month.period and day.period:
        return _several(month.period, day.period)
    return month if month.period else Reading(problem="two_digits" if day.period else "unreadable")


def _unordered(one: str, _: str, other: str, year: str) -> Reading:
    days = (day_of(int(year), int(one), int(other)), day_of(int(year), int(other), int(one)))
    return _several(*(day.period for day in days if day.period))


def _several(*meanings: str) -> Reading:
    return Reading(problem="several_meanings" if meanings else "impossible", could_mean=tuple(dict.fromkeys(meanings)))


_Forms = dict[re.Pattern[str], Callable[..., Reading]]


def _forms(forms: dict[str, Callable[..., Reading]]) -> _Forms:
    return {re.compile(form, re.ASCII): read for form, read in forms.items()}


# What is no part of the day: half a day's name, a clock, "about".
_CLOCK = re.compile(
    r"(?:[T ]|(?<=[日号])) *(?:凌晨|早上?|上午|中午|下午|傍晚|晚上?|夜间)? *(?:[01]?\d|2[0-4])"
    r"(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?|[时点](?:[0-5]?\d分?(?:[0-5]?\d秒)?)?)(?:许|左右|Z)?$",
    re.ASCII,
)
_AROUND = re.compile(r" *([年月日号./-]) *")
_DAYS = _forms({
    r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})": lambda year, _, month, day: _day(year, month, day),
    r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?": _day,
    r"(\d{4})(\d\d)(\d\d)": _day,
    r"(\d{4})年(\d{1,2})月份?|(\d{4})[-/](\d{1,2})|(\d{4})\.(\d\d)": _month,
    r"(\d{4})\.(\d)": _dotted,
    r"(\d{5})(?:\.\d+)?": _serial,
    r"(\d{6})": _six_digits,
    r"'?\d\d([-./])\d{1,2}\1\d{1,2}|'?\d\d年\d{1,2}月(?:\d{1,2}[日号]?)?": lambda *_: Reading(problem="two_digits"),
    r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})": _unordered,
})  # fmt: skip
_SUM = r"(?:累计|\(累计\))?"
_PERIODS = _forms({
    r"(\d{4})(?:年度?|年?全年)?": _near,
    r"(\d{4})年?度?[-/](\d{4})年?度?": _range,
    r"(\d{4})年(\d{1,2})月份?|(\d{4})[-/](\d{1,2})月?|(\d{4})\.(\d\d)月?|(\d{4})(\d\d)": _month,
    r"(\d{4})\.(\d)月?": _dotted,
    rf"(\d{{4}})[年.](\d{{1,2}})月?份?-(\d{{1,2}})月份?{_SUM}": _months,
    rf"(\d{{4}})年前(\d{{1,2}})个?月{_SUM}": lambda year, month: _months(year, "1", month),
    r"(\d{4})年(\d{1,2})月份?-(\d{4})年(\d{1,2})月份?": _across,
    r"(\d{4})年(\d{1,2})月份?(?:累计|\(累计\))": _since_january,
    r"(\d{4})年第?([1-4])季度?|(\d{4})[年-]?[Qq]([1-4])": lambda year, quarter: _near(f"{year}-Q{quarter}"),
    rf"(\d{{4}})年(?:第?1季?度?-第?([2-4])季度|前([2-4])季度){_SUM}": (
        lambda year, quarter: _months(year, "1", str(3 * int(quarter)))
    ),
    rf"(\d{{4}})(?:年?上半年{_SUM}|年?[Hh]1)": lambda year: _months(year, "1", "6"),
    r"(\d{4})(?:年?下半年|年?[Hh]2)": lambda year: _months(year, "7", "12"),
    r"([一二三四五六七八九十]{1,2})五(?:期间|时期|规划期?)?": _five_years,
})  # fmt: skip
