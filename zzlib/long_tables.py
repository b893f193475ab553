"""Tables of figures as one figure a row: long ones renamed, wide ones made long.

What a figure measures is told by its heading, by its line's label (指标, 行业) or by the caption; its period likewise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd

from zzlib import classes
from zzlib.areas import resolve
from zzlib.cells import FACTOR
from zzlib.errors import DataError, Fault
from zzlib.headings import OBSERVATION_COLUMNS, Meaning, is_unit, meaning, of_measure, period_in, period_of, tidy
from zzlib.language import Message, word
from zzlib.periods import is_year, read_in_year
from zzlib.periods import plain as ordinary
from zzlib.raw import Note, RawTable
from zzlib.rules import SheetRules, rules_path
from zzlib.schema import FIELDS, MEASURES, OBSERVATIONS, columns
from zzlib.understanding import (
    OWN_FORM,
    Column,
    contradicted,
    each,
    heading_of,
    join,
    no_unit,
    note_converted,
    note_default,
    note_unused,
    one_each,
    place_of,
    slips,
    translator,
    with_constants,
    word_of,
)

# What stands for "no figure" in a table made of figures; an empty cell does too.
NO_FIGURE = frozenset(("", "-", "--", "—", "——", "–", "…", "……", "...", "..", "/", "无", "\\"))
BREAKDOWNS = ("field", "kind", "industry", "grade")  # what a line of a table of figures may be about
FORM = "(zzlib)"  # above the header of a form that `forms` wrote, whose empty figures were not reported
SHOWN = 12  # labels named in a note
_OF_THE_LINE = ("area", "scope", "vintage", "status", "source", "note")  # what holds for every figure of a line
_NO_WEIGHT = (
    "附表|表[0-9一二三四五六七八九十.-]*[:、]?|[一二三四五六七八九十]{1,3}、|全市|全省|全国|历年来?|近年来?|各区|分?各?(?:地区|县区|区县|县市区)|"
    "各?县\\(市、区\\)|各?县\\(市\\)区|各县|主要|年度|[:,、·-]|的|及"
)
_ENDINGS = re.compile("(?:基本)?(?:情况)?(?:统计|汇总|一览|对比|明细|分布|变化)?(?:情况)?表?$")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_AFTER_UNIT = re.compile(r"\(?(?:计量)?单位:.*$")


@dataclass(frozen=True)
class _Told:
    """What a line's label tells of its figures; `problem` is `label` (not known) or `unit` (not told for certain)."""

    measure: str = ""
    unit: str = ""
    factor: float = 1.0
    problem: str = ""


def observations(
    raw: RawTable, found: Sequence[Column], sheet: SheetRules, areas: pd.DataFrame
) -> RawTable | None:  # fmt: skip
    """Return a table of figures with one figure a row, or None when nothing tells what they measure.

    Raises DataError listing what the table does not tell.
    """
    figures = [one for one in found if _is_figure(one)]
    chosen = one_each(raw, found, {*OBSERVATION_COLUMNS, "date", *BREAKDOWNS} - ({"value"} if figures else set()))
    if {"period", "year"} & {*chosen}:
        chosen.pop("date", None)
    if "period" in chosen and "year" not in chosen:
        chosen.pop("month", None)
    if not figures or {"measure", "value"} <= {*chosen}:
        return _long(raw, chosen, sheet)
    if all(one.meaning.measure for one in figures):
        chosen.pop("unit", None)  # each heading has its own
    long = _wide(raw, chosen, figures, sheet, areas)
    if long is None and sheet.kind:
        what = Message("the table does not tell what its figures measure")
        remedy = Message("Give 'value' and 'measure' for its columns in {file}.", file=rules_path(raw.path).name)
        raise DataError(Fault(what, where=place_of(raw), remedy=remedy))
    return long


def _is_figure(one: Column) -> bool:
    of_deaths = one.meaning.column == "deaths"
    return of_deaths or (one.meaning.column == "value" and bool(one.meaning.measure or one.meaning.period or one.area))


def _long(raw: RawTable, chosen: Mapping[str, Column], sheet: SheetRules) -> RawTable:
    """Return a table that has one figure a row already under our names."""
    own = len({*raw.cells.columns} & {*columns(OBSERVATIONS)}) >= OWN_FORM
    faults = list(slips(raw, chosen, columns(OBSERVATIONS))) if own else []
    kept = {name: one for name, one in chosen.items() if name in OBSERVATION_COLUMNS}
    if "date" in chosen:
        kept["period"] = chosen["date"]
    cells = pd.DataFrame({name: raw.cells[one.name] for name, one in kept.items()}, index=raw.cells.index, dtype=str)
    cells = with_constants(raw, cells, sheet, faults)
    value = kept["value"].meaning if "value" in kept else Meaning("value")
    if value.unit and "unit" not in cells:
        cells["unit"] = value.unit
    for name in cells:
        if name not in ("measure", "unit", "value"):
            cells[name] = each(cells[name], translator(str(name), sheet.values.get(str(name), {})))
    notes = [note_unused(raw, [*kept.values(), *(chosen[name] for name in BREAKDOWNS if name in chosen)])]
    if "measure" in cells:
        labels = each(cells["measure"], translator("measure", sheet.values.get("measure", {})))
        cells = _with_measures(raw, cells, labels, chosen, own, value.factor)
    if "value" in cells and (not own or any(FORM in tidy(line) for line in raw.caption)):
        blank = cells["value"].map(ordinary).isin(NO_FIGURE)
        if blank.any():
            cells = cells[~blank]
            notes.append(
                Note("default_taken", Message("{count} lines without a figure are left out", count=int(blank.sum())))
            )
    if faults:
        raise DataError(faults)
    if not own:
        cells, more = _with_defaults(raw, cells)
        notes += more
    if value.factor != 1:
        notes.append(note_converted(raw, kept["value"], value))
    headings = {name: heading_of(raw, one.name) for name, one in kept.items()}
    factors = {"value": value.factor} if value.factor != 1 and FACTOR not in cells else {}
    result = replace(raw, cells=cells, headings=headings, factors=factors)
    return result.noting(*(note for note in notes if note is not None))


def _with_measures(
    raw: RawTable, cells: pd.DataFrame, labels: pd.Series, chosen: Mapping[str, Column], own: bool, times: float
) -> pd.DataFrame:  # fmt: skip
    """Return long observations with the codes of their measures, and our units where the label or the file tells one.

    A measure that is not known stays as it stands: a plan may define it. `times` is the map's factor of all figures.
    """
    units = cells.get("unit", pd.Series("", index=cells.index, dtype=str))
    about = _breakdown(raw, chosen).reindex(cells.index)
    keys: list[tuple[str, str, str]] = list(zip(about, labels, units, strict=True))
    caption = () if own else raw.caption
    told = {key: _told(*key, caption) for key in dict.fromkeys(keys)}
    known = {key: one if one.problem != "label" else _Told(join(*key[:2]), key[2]) for key, one in told.items()}
    cells = cells.assign(measure=[known[key].measure for key in keys])
    if "unit" in cells or not own:
        cells["unit"] = [known[key].unit for key in keys]
    if any(one.factor != 1 for one in known.values()):
        # A row's own factor stands in the place of the table's.
        factors = {key: str(Decimal(repr(one.factor)) * Decimal(repr(times))) for key, one in known.items()}
        cells[FACTOR] = [factors[key] for key in keys]
    return cells


def _wide(
    raw: RawTable, chosen: Mapping[str, Column], figures: Sequence[Column], sheet: SheetRules, areas: pd.DataFrame
) -> RawTable | None:  # fmt: skip
    """Return a table with figures side by side as one with a figure a row, or None when no measure is known."""
    faults: list[Fault] = []
    common = {
        name: each(raw.cells[chosen[name].name], translator(name, sheet.values.get(name, {})))
        for name in _OF_THE_LINE
        if name in chosen
    }
    fixed = with_constants(raw, pd.DataFrame(common, index=raw.cells.index, dtype=str), sheet, faults)
    fixed = fixed[[name for name in fixed if name in _OF_THE_LINE]]
    faults += contradicted(raw, sheet, [name for name in chosen if name not in fixed])
    given = sheet.constants.get("measure", "")
    caption_measure = "" if "measure" in chosen else given or _caption_measure(raw.caption, areas)
    if not caption_measure and "measure" not in chosen and not any(one.meaning.measure for one in figures):
        return None
    parts = [
        part
        for i, one in enumerate(figures)
        for part in [_figures(raw, one, chosen, sheet, caption_measure, faults)]
        for part["order"] in [range(i, i + len(part) * len(figures), len(figures))]
    ]
    together = pd.concat(parts).sort_values("order", kind="stable")
    together = together[~together["value"].map(ordinary).isin(NO_FIGURE)]
    unknown = list(dict.fromkeys(together.loc[together["measure"] == "", "label"]))
    together = together[together["measure"] != ""]
    if together.empty and unknown and not faults:
        return None
    whole = together.join(fixed.rename(columns={"area": "area_of_line", "scope": "scope_of_line"}))
    if "area" not in fixed and (whole["area"] == "").any():
        remedy = Message(
            "Add a column of areas, or give 'area' under 'constants' in {file}.", file=rules_path(raw.path).name
        )
        faults.append(Fault(Message("the table does not tell its area"), where=place_of(raw), remedy=remedy))
    if faults:
        raise DataError(faults)
    return _finished(raw, whole, chosen, figures, unknown)


def _finished(
    raw: RawTable, whole: pd.DataFrame, chosen: Mapping[str, Column], figures: Sequence[Column],
    unknown: Sequence[str],
) -> RawTable:  # fmt: skip
    """Return the figures as observations, with notes on what was taken, converted and not used."""
    for name in ("area", "scope"):  # told by the heading, else by the line
        if f"{name}_of_line" in whole:
            whole[name] = whole[name].mask(whole[name] == "", whole[f"{name}_of_line"])
    lines = pd.Series([raw.line(int(row)) for row in whole.index], dtype=int)
    whole = whole.reset_index(drop=True)
    cells, notes = _with_defaults(raw, whole.drop(columns="scope") if (whole["scope"] == "").all() else whole)
    if (cells["factor"].astype(float) == 1).all():
        cells = cells.drop(columns=FACTOR)
    kept = [name for name in (*columns(OBSERVATIONS), FACTOR) if name in cells]
    all_notes = [note_unused(raw, [*chosen.values(), *figures]), *notes]
    if unknown:
        what = Message("figures under {labels} are left aside: no measure is known by these words",
                       labels=[*unknown[:SHOWN], *["…"][: len(unknown) > SHOWN]])  # fmt: skip
        all_notes.append(Note("column_unused", what))
    all_notes += [note_converted(raw, one, one.meaning) for one in figures if one.meaning.factor != 1]
    headings = {name: heading_of(raw, one.name) for name, one in chosen.items()}
    for name in ("year", "date", "month"):
        if name in chosen:
            headings.setdefault("period", heading_of(raw, chosen[name].name))
    result = replace(
        raw, cells=cells[kept].astype(str), headings=headings, factors={}, lines=lines, under=whole["under"]
    )
    return result.noting(*(note for note in all_notes if note is not None))


def _figures(
    raw: RawTable, one: Column, chosen: Mapping[str, Column], sheet: SheetRules, caption_measure: str,
    faults: list[Fault],
) -> pd.DataFrame:  # fmt: skip
    """Return one column of figures with what its heading, the line and the caption tell of each."""
    rows = raw.cells.index
    empty = pd.Series("", index=rows, dtype=str)
    about = _breakdown(raw, chosen)
    labels, units = empty, pd.Series(sheet.constants.get("unit", ""), index=rows, dtype=str)
    if "measure" in chosen:
        words = sheet.values.get("measure", {})
        labels = each(raw.cells[chosen["measure"].name], translator("measure", words))
    if "unit" in chosen:
        units = raw.cells[chosen["unit"].name]
    keys = list(zip(about, labels, units, strict=True))
    told = {key: _of_figure(raw, one, chosen, *key, caption_measure) for key in dict.fromkeys(keys)}
    blank = raw.cells[one.name].map(ordinary).isin(NO_FIGURE)
    used = dict.fromkeys(key for key, no in zip(keys, blank, strict=True) if not no)
    if any(told[key].problem == "unit" for key in used):
        faults.append(no_unit(raw, one, *(join(*key[:2]) for key in used if told[key].problem == "unit")))
    return pd.DataFrame(
        {
            "area": one.area,
            "period": _periods(raw, one, chosen, sheet.constants, faults),
            "measure": [told[key].measure for key in keys],
            "value": raw.cells[one.name],
            "unit": [told[key].unit for key in keys],
            FACTOR: [repr(told[key].factor) for key in keys],
            "scope": one.rule.scope if one.rule else "",
            "label": [join(key[0], key[1] or heading_of(raw, one.name)) for key in keys],
            "under": heading_of(raw, one.name),
        },
        index=rows,
    )


def _of_figure(
    raw: RawTable, one: Column, chosen: Mapping[str, Column], about: str, label: str, unit: str, caption_measure: str
) -> _Told:  # fmt: skip
    """Return what a figure measures: by its heading, by its line's label, or by the caption."""
    broken_down = any(name in chosen for name in BREAKDOWNS)
    if broken_down and not about:
        return _Told(problem="label")
    if one.meaning.measure:
        if broken_down:
            return _told(about, one.name, "", raw.caption)
        if "measure" in chosen and label:
            return _Told(problem="label")  # a heading and a line that both name what is measured
        problem = "unit" if one.meaning.doubt == "unit" else ""
        return _Told(one.meaning.measure, one.meaning.unit, one.meaning.factor, problem)
    return _told(about, label or caption_measure, unit, raw.caption)


def _told(about: str, label: str, unit: str, caption: Sequence[str]) -> _Told:
    """Return what the words of a line tell: what it is about (煤矿), its label (死亡人数) and its unit."""
    if label in MEASURES and not about:
        return _as_coded(label, unit, caption)
    joined = join(about, label)
    told = meaning(f"{joined}({unit})" if unit else joined, caption)
    if told is None and unit and not is_unit(unit) and (alone := meaning(joined)) is not None:
        told = replace(alone, certain=False, doubt="unit")
    if told is not None and told.measure and not told.period and told.doubt not in ("name", "cells"):
        return _Told(told.measure, told.unit if told.certain else unit, told.factor, "" if told.certain else "unit")
    code = word_of(label, "measure")
    return _as_coded(code, unit, caption) if code and not about else _Told(problem="label")


def _as_coded(code: str, unit: str, caption: Sequence[str]) -> _Told:
    """Return what a label tells that is a measure's code or its word in the catalogue; `load` converts its unit."""
    if unit:
        return _Told(code, word_of(unit, "unit") or unit)
    known = of_measure(code, "", caption)
    return _Told(code, known.unit if known.certain else "", known.factor, "" if known.certain else "unit")


def _periods(
    raw: RawTable, one: Column, chosen: Mapping[str, Column], constants: Mapping[str, str], faults: list[Fault]
) -> pd.Series | str:  # fmt: skip
    """Return the period of each figure of a column: by its heading, by columns, by the map, or by the caption alone."""
    told = [name for name in ("period", "year", "date") if name in chosen]
    own = one.meaning.period
    if own and told:
        other = heading_of(raw, chosen[told[0]].name)
        what = Message(
            "'{heading}' and the column '{column}' both tell a period", heading=heading_of(raw, one.name), column=other
        )
        remedy = Message("Say in {file} which is meant: give the other 'unused'.", file=rules_path(raw.path).name)
        faults.append(Fault(what, where=place_of(raw), remedy=remedy))
        return own
    year = own or constants.get("period") or constants.get("year") or period_in(raw.caption)
    if "period" in told and "year" not in told:
        return raw.cells[chosen["period"].name]
    if "year" in told or ("month" in chosen and is_year(year)):
        years = raw.cells[chosen["year"].name] if "year" in told else pd.Series(year, index=raw.cells.index, dtype=str)
        within = next((name for name in ("period", "month") if name in chosen), None)
        if within is None:
            return years
        pairs = list(zip(years, raw.cells[chosen[within].name], strict=True))
        # What cannot be read is said where it stands: the two texts side by side are no period either.
        read = {pair: read_in_year(*pair).period or f"{pair[0]} {pair[1]}" for pair in dict.fromkeys(pairs)}
        return pd.Series([read[pair] for pair in pairs], index=raw.cells.index, dtype=str)
    for name in ("date", "month"):
        if name in chosen:
            return raw.cells[chosen[name].name]
    if not year:
        what = Message("'{heading}' does not tell its period", heading=heading_of(raw, one.name))
        remedy = Message("Add a column of years, or write the year into the heading or above the table.")
        faults.append(Fault(what, where=place_of(raw), remedy=remedy))
    return year


def _breakdown(raw: RawTable, chosen: Mapping[str, Column]) -> pd.Series:
    """Return what each line is about, such as a field; empty where the table is not broken down."""
    about = [raw.cells[chosen[name].name] for name in BREAKDOWNS if name in chosen]
    if not about:
        return pd.Series("", index=raw.cells.index, dtype=str)
    names = classes.names("fields")
    joined = pd.Series([join(*texts) for texts in zip(*about, strict=True)], index=raw.cells.index, dtype=str)
    return each(joined, lambda text: names[text].zh if text in FIELDS else text)


def areas_across(raw: RawTable, found: Sequence[Column], areas: pd.DataFrame) -> list[Column]:
    """Return the columns that are areas, where at least two are and no column tells the area."""
    if any(one.meaning.column == "area" for one in found):
        return []
    left = [str(name) for name in raw.cells.columns if str(name) not in {one.name for one in found}]
    codes = resolve(left, areas)
    across = [Column(name, Meaning("value", columns=("value",)), area=code) for name in left if (code := codes[name])]
    if len(across) < 2:
        return []
    named = any(one.meaning.column == "measure" for one in found) or _caption_measure(raw.caption, areas)
    return across if named else []


def _caption_measure(caption: Sequence[str], areas: pd.DataFrame) -> str:
    """Return the words by which the caption names what the whole table measures, when exactly one line does.

    What is left of a title without table number, period, areas, unit and 统计表 must be a listed name.
    """
    places = sorted({text for names in areas[["zh", "aliases"]].itertuples(index=False) for name in names
                     for text in str(name).split("|") if text}, key=len, reverse=True)  # fmt: skip
    leading = re.compile(
        "|".join([*map(re.escape, places), _NO_WEIGHT, "(?:19|20)[0-9]{2}[0-9年月度上下半全季至到~.-]*"])
    )
    found = {}
    for line in caption:
        rest = _AFTER_UNIT.sub("", tidy(line)).removeprefix("指标:").removeprefix("项目:")
        while (start := leading.match(rest)) and start.end():
            rest = rest[start.end() :]
        rest = _IN_BRACKETS.sub(lambda found: "" if period_of(found[1]) or is_unit(found[1]) else found[0], rest)
        for words in (rest, _ENDINGS.sub("", rest)):
            known = meaning(words, caption) if words else None
            if known is not None and known.measure and known.doubt != "name" and not known.period:
                found[known.measure] = words
                break
    return next(iter(found.values())) if len(found) == 1 else ""


def _with_defaults(raw: RawTable, cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Return observations with what the table does not tell, and a note on each."""
    notes: list[Note] = []
    for name, text in (("status", "preliminary"), ("source", raw.path.name)):
        if name not in cells:
            notes.append(note_default(name))
            cells = cells.assign(**{name: text})
    if "scope" not in cells:
        cells = cells.assign(scope="")
    if "measure" in cells and len(without := dict.fromkeys(cells.loc[cells["scope"] == "", "measure"])):
        measures = [word("measure", measure) for measure in without]
        what = Message("no definition is given for {measures}: say under 'constants' or 'columns' of the map which"
                       " 'scope' they follow", measures=measures)  # fmt: skip
        notes.append(Note("unsure", what))
    return cells.assign(**{name: "" for name in ("vintage", "note") if name not in cells}), notes
