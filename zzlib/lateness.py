"""What a period asks for and the data do not reach: figures of its last whole year, records of its last month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zzlib.language import Message
from zzlib.periods import end, is_year

if TYPE_CHECKING:
    import pandas as pd

RECORDS = "records"


@dataclass(frozen=True)
class Late:
    """A figure that the period looked at should have, and the last period that has one (empty: none has)."""

    what: str  # an indicator, or `records`: the accident records of a month
    wanted: str
    last: str


def figures(assessments: pd.DataFrame, indicators: pd.DataFrame, through: str) -> tuple[Late, ...]:
    """Return which targets have no figure of the last whole year up to a period.

    A year is asked for once it is over, and none after the target's own: through 2018-06 the figures of 2017 are.
    """
    until = end(through)
    whole = str(until.year if (until.month, until.day) == (12, 31) else until.year - 1)
    found = []
    asked = zip(assessments["area"], assessments["indicator"], assessments["target_period"], strict=True)
    for area, code, target in asked:
        year = min(whole, str(target))
        rows = indicators[
            (indicators["area"] == area) & (indicators["indicator"] == code) & indicators["value"].notna()
        ]
        last = max((period for period in rows["period"] if is_year(period) and period <= year), default="")
        if last < year:
            found.append(Late(code, year, last))
    return tuple(found)


def records(months: pd.DataFrame, areas: Sequence[str], through: str) -> tuple[Late, ...]:
    """Return whether the records of some areas reach the last month of a period; they count in runs by month only."""
    whole = months.loc[months["area"].isin(areas) & (months["field"] == ""), "period"]
    month = f"{end(through):%Y-%m}"
    if is_year(through) or whole.empty or whole.max() >= month:
        return ()
    return (Late(RECORDS, month, str(whole.max())),)


def sentences(late: Sequence[Late], name: Callable[[str], str]) -> list[Message]:
    """Say what is late, targets that lack the same together; `name` gives the name of an indicator."""
    alike: dict[tuple[bool, str, str], list[str]] = {}
    for one in late:
        alike.setdefault((one.what == RECORDS, one.wanted, one.last), []).append(one.what)
    return [_sentence(*key, [name(code) for code in what if code != RECORDS]) for key, what in alike.items()]


def _sentence(of_records: bool, wanted: str, last: str, names: list[str]) -> Message:
    if of_records:
        return Message("Accident records reach {last} only; {wanted} is asked for.", last=last, wanted=wanted)
    if not last:
        return Message("{name}: there is no figure of {wanted}, nor of any year before.", name=names, wanted=wanted)
    return Message(
        "{name}: there is no figure of {wanted}; the last is of {last}.", name=names, wanted=wanted, last=last
    )
