"""The record of the model on real series, as files: panels read, a validation written and read back."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd

from zzlib.accuracy import Validation, panel
from zzlib.errors import DataError, Fault, ParameterError
from zzlib.files import read
from zzlib.language import Message, number, percent, say, word
from zzlib.plan import PROJECT

RECORD = PROJECT / "data" / "validation"  # what `zzlib validate` said of the panels named in docs/validation.md


def read_panel(path: Path) -> pd.DataFrame:
    """Return a panel file as a table of texts and numbers; DataError names what is wrong with it."""
    cells = read(path).cells
    areas = {name: cells[name].astype(str) for name in ("area",) if name in cells}
    rest = {name: pd.to_numeric(cells[name].replace("", None), errors="coerce") for name in cells if name != "area"}
    table = pd.DataFrame(areas | rest)
    try:
        panel(table)
    except DataError as refused:
        raise DataError(Fault(f.what, where=f"{path.name}, {f.where}" if f.where else path.name, remedy=f.remedy)
                        for f in refused.faults) from None  # fmt: skip
    return table


def write(found: Validation, folder: Path, *, panels: Sequence[str]) -> None:
    """Write a validation's tables into a folder as CSV, with the names of the panels."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for field in fields(found):
            table: pd.DataFrame = getattr(found, field.name)
            rounded = table.round(6)
            rounded.to_csv(folder / f"{field.name}.csv", index=False, lineterminator="\n", encoding="utf-8")
        (folder / "panels.txt").write_text("\n".join(panels) + "\n", encoding="utf-8")
    except OSError as fault:
        what = Message("the tables cannot be written ({reason})", reason=fault.strerror or "?")
        raise ParameterError(Fault(what, where=str(folder), remedy=Message("Name another folder."))) from None


def read_validation(folder: str | Path = RECORD) -> Validation:
    """Return a validation that was written into a folder; a relative one is taken from the project's folder.

    >>> set(read_validation().scores["slice"]) >= {"areas_200", "counties_2_10"}
    True
    """
    place = PROJECT / folder
    try:
        tables = {field.name: pd.read_csv(place / f"{field.name}.csv") for field in fields(Validation)}
        tables["checks"]["blocks"] = tables["checks"]["blocks"].fillna("")
        return Validation(**tables)
    except (OSError, ValueError, TypeError):
        what = Message("holds no record of a validation")
        remedy = Message("Write one: zzlib validate --panel FILE --outputs DIR.")
        raise ParameterError(Fault(what, where=str(folder), remedy=remedy)) from None


def as_text(found: Validation, language: str) -> str:
    """Return scores and checks as lines for a terminal."""
    lines = []
    for name, rows in found.scores.groupby("slice", sort=False):
        lines.append(say(Message("{slice}: Brier score, log score, lead of the model in Brier (lower 5 % bound)",
                                 slice=word("slice", str(name))), language))  # fmt: skip
        for _, row in rows.iterrows():
            lead = ""
            if row["improvement"] == row["improvement"]:
                lead = f"{percent(row['improvement'], signed=True):>7} ({percent(row['lower'], signed=True)})"
            lines.append(f"  {row['method']:<22}{row['brier']:.4f}  {row['log_score']:.4f}  {lead}")
    lines.append(say(Message("What must hold:"), language))
    for _, row in found.checks.iterrows():
        held = say(Message("yes") if row["holds"] else Message("no"), language)
        at = " ".join(filter(None, (row["slice"], row["check"], row["blocks"])))
        lines.append(f"  {at:<46}{say(number(row['value']), language):>8}  {row['required']:<12} {held}")
    return "\n".join(lines)
