"""Two deliveries of one ledger: which records were added, changed and withdrawn between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from zzlib.periods import end
from zzlib.schema import LEDGER, columns

DELIVERIES = ("change", "accident_id", "column", "before", "after", "file", "sheet", "row")
ABOUT = ("grade_stated", "organisation", "place", "summary")
BY_CONTENT = (
    ("date", "area", "field", "kind"),
    ("date", "area"),
    ("area", "field", "kind", "deaths", "loss_10k_yuan"),
)  # what a corrected record keeps, the surest first


def deliveries(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return what two deliveries of one ledger tell differently: columns of `DELIVERIES`.

    `change` is added, changed (a row for each column, with its text before and after) or withdrawn; file, sheet and row
    are those of the later delivery, of a withdrawn record those of the earlier. Records are matched by the number of
    the accident. Where there are none, or accidents were numbered anew (fewer than half of the common numbers name an
    accident of the same day and area), they are matched by what they tell: in everything, else by the keys of
    `BY_CONTENT`, wherever those name one record on either side. Raises nothing.

    >>> first = pd.DataFrame({"accident_id": ["A1"], "date": ["2018-03-05"], "area": ["410102"], "deaths": [1.0],
    ...                       "file": ["2018.csv"], "sheet": [""], "row": [2]})
    >>> deliveries(first, first.assign(deaths=2.0))[["change", "column", "before", "after"]].to_numpy().tolist()
    [['changed', 'deaths', '1', '2']]
    """
    told = [name for name in (*columns(LEDGER), *ABOUT) if name in before and name in after]
    content = [name for name in told if name != "accident_id"]
    was, now = (_cells(records, told) for records in (before, after))
    kept_numbers = _numbers_kept(was, now)
    found = _one_to_one(was, now, ["accident_id"], [], lambda rows: rows["accident_id"] != "") if kept_numbers else []
    found += _one_to_one(was, now, [*content, "again"], found)  # the same under another number, or under none
    for key in BY_CONTENT:
        if {*key} <= {*told}:
            found += _one_to_one(
                was, now, list(key), found, lambda rows: (rows["accident_id"] == "") | (not kept_numbers)
            )
    olds, news = [old for old, _ in found], [new for _, new in found]
    both_numbered = (
        kept_numbers & (was.loc[olds, "accident_id"].to_numpy() != "") & (now.loc[news, "accident_id"].to_numpy() != "")
    )
    rows = []
    for name in told:
        differ = was.loc[olds, name].to_numpy() != now.loc[news, name].to_numpy()
        for place in np.flatnonzero(differ & both_numbered if name == "accident_id" else differ):
            old, new = found[place]
            rows.append(_change("changed", after.loc[new], name, was.at[old, name], now.at[new, name]))
    rows += [_change("added", after.loc[place]) for place in now.index.difference(news)]
    rows += [_change("withdrawn", before.loc[place]) for place in was.index.difference(olds)]
    found = pd.DataFrame(rows, columns=list(DELIVERIES))
    return found.sort_values(["file", "sheet", "row"], kind="stable", ignore_index=True)


def by_area(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return for each area of two deliveries how many records came late, and how many were withdrawn.

    Late is what the later delivery adds though its day lies within the earlier one. Columns late, withdrawn.

    >>> first = pd.DataFrame({"accident_id": ["A1"], "date": ["2018-03-05"], "area": ["410102"], "deaths": [1.0],
    ...                       "file": ["old.csv"], "sheet": [""], "row": [2]})
    >>> then = pd.concat([first, first.assign(accident_id="A2", date="2018-02-01", row=3)], ignore_index=True)
    >>> by_area(first, then.assign(file="new.csv")).to_dict("index")
    {'410102': {'late': 1.0, 'withdrawn': 0.0}}
    """
    told, reached = deliveries(before, after), max(map(end, before["date"]), default=date.min)
    counts = {}
    for name, change, records in (("late", "added", after), ("withdrawn", "withdrawn", before)):
        place = ["file", "sheet", "row"]
        rows = told.loc[told["change"] == change, place].merge(records[[*place, "area", "date"]], on=place)
        rows = rows[rows["date"].map(end) <= reached] if name == "late" else rows
        counts[name] = rows["area"].value_counts()
    areas = pd.Index(sorted({*before["area"], *after["area"]}), name="area")
    return pd.DataFrame(counts).reindex(areas).fillna(0.0).astype(float)


def _cells(records: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return cells as text, without the names that only say where a record stood, and which of its copies each is."""
    cells = pd.DataFrame({name: records[name].map(as_text) for name in names}, index=records.index)
    places = records["file"] + ":" + records["sheet"].where(records["sheet"] == "", records["sheet"] + ":")
    cells["accident_id"] = cells["accident_id"].mask(cells["accident_id"] == places + records["row"].astype(str), "")
    copies = cells.groupby([name for name in names if name != "accident_id"], sort=False).cumcount()
    return cells.assign(again=copies.astype(str))


def _numbers_kept(was: pd.DataFrame, now: pd.DataFrame) -> bool:
    """Say whether both deliveries mean the same accidents by the same numbers."""
    one, other = (cells[cells["accident_id"] != ""] for cells in (was, now))
    both = one.merge(other, on="accident_id", suffixes=("", "_now"))
    same = (both["date"] == both["date_now"]) & (both["area"] == both["area_now"])
    return bool(same.mean() >= 0.5) if len(both) else False


def _one_to_one(
    was: pd.DataFrame,
    now: pd.DataFrame,
    key: list[str],
    found: Sequence[tuple[int, int]],
    may: Callable[[pd.DataFrame], pd.Series] = lambda rows: pd.Series(True, index=rows.index),
) -> list[tuple[int, int]]:
    """Return the records of both sides that may be matched, are not yet, and that a fully told key names alone."""
    sides = []
    for place, cells in enumerate((was, now)):
        left = cells.drop(index=[pair[place] for pair in found])
        left = left[may(left)]
        if "again" not in key:
            left = left[(left[key] != "").all(axis=1)]
        sides.append(left[~left.duplicated(key, keep=False)][key].rename_axis("place").reset_index())
    both = sides[0].merge(sides[1], on=key, suffixes=("_was", "_now"))
    return list(zip(both["place_was"].to_list(), both["place_now"].to_list(), strict=True))


def _change(change: str, record: pd.Series, column: str = "", before: str = "", after: str = "") -> dict[str, Any]:
    told = {"change": change, "accident_id": record["accident_id"], "column": column, "before": before, "after": after}
    return {**told, "file": record["file"], "sheet": record["sheet"], "row": record["row"]}


def as_text(value: Any) -> str:
    """Return a cell as text: whole numbers without point, nothing where it is unknown.

    >>> as_text(3.0), as_text(80.5), as_text(float("nan")), as_text("road")
    ('3', '80.5', '', 'road')
    """
    if isinstance(value, str):
        return value
    return "" if pd.isna(value) else str(int(value)) if value == int(value) else str(value)
