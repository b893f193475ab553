"""Periods as ISO text (`2018`, `2018-Q1`, `2018-03`, `2018-03-05`, `2011/2015`) and their first and last day.

Text sorts, joins and travels through every file format; mixed pandas Periods do not. Time differences are taken
between years, never between rows: over a missing year a row difference silently reports two years as one.
"""

import re
from calendar import monthrange
from datetime import date

from zzlib.errors import ParameterError

YEAR = re.compile(r"\d{4}", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
