"""Where a verdict comes from, down to the rows of the files; what differs between two runs; which runs may go."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from zzlib import folders, intake, ledger, manifest, published, runs
from zzlib.errors import DataError, Fault, ParameterError
from zzlib.evaluation import Evaluation, reopen
from zzlib.history import explain
from zzlib.language import Message
from zzlib.periods import end
from zzlib.plan import PROJECT
from zzlib.runs import Kept
from zzlib.sources import is_url

RECORDS = ["file", "sheet", "row", "measure", "scope", "period", "deaths"]


@dataclass(frozen=True)
class Chain:
    """What an answer rests on: the answer, its figures, the rows they were computed from, the files of those rows.

    Where a row was counted from accident records, `records` are those (file, sheet, row, measure, scope, period,
    deaths); `untold` are the inputs whose records, read again, are not the ones that were counted.
    """

    answer: dict[str, Any]
    figures: pd.DataFrame
    rows: pd.DataFrame
    records: pd.DataFrame
    inputs: list[dict[str, Any]]
    untold: list[str]


@dataclass(frozen=True)
class Difference:
    """What differs between two runs: what was asked, the inputs and versions, each target's answer by its causes."""

    asked: dict[str, tuple[Any, Any]]
    inputs: list[dict[str, str]]
    versions: dict[str, tuple[str, str]]
    explanation: pd.DataFrame


def why(run: Kept, target: str) -> Chain:
    """Return the chain from a target, or a commitment, of a run down to the rows and files that it rests on.

    Of a target: the assessment, the indicator in every period looked at, the observations of its numerator and
    denominator, and where these were counted, the accident records. Of a commitment: its state, and what was reported
    on it. Raises ParameterError for what the run does not hold.
    """
    evaluation = reopen(run.folder)
    if target in set(evaluation.assessments["indicator"]):
        answer = evaluation.assessment(target)
        figures, rows = _figures(evaluation, target), _observed(evaluation, target)
    elif target in set(evaluation.commitments["commitment"]):
        answer = evaluation.commitments.set_index("commitment", drop=False).loc[target]
        rows = evaluation.reports[evaluation.reports["commitment"] == target]
        rows = rows[rows["date"].astype(str) <= _last_day(evaluation)]
        figures = evaluation.commitments.iloc[:0]
    else:
        known = [*evaluation.assessments["indicator"], *evaluation.commitments["commitment"]]
        what = Message("the run has no target and no commitment '{target}'", target=target)
        raise ParameterError(Fault(what, where=run.run, remedy=Message("Known: {codes}.", codes=known)))
    inputs = _behind(rows, run.record["inputs"])
    records, untold = _counted(evaluation, rows, inputs)
    return Chain(_plain(answer), figures.reset_index(drop=True), rows.reset_index(drop=True), records, inputs, untold)


def _last_day(evaluation: Evaluation) -> str:
    """Return the last day that the answer looks at: of the period, or of knowledge where that is earlier."""
    last = end(evaluation.through).isoformat()
    return min(last, evaluation.as_of) if evaluation.as_of else last


def _figures(evaluation: Evaluation, target: str) -> pd.DataFrame:
    found = evaluation.indicators
    scopes = {evaluation.assessment(target)["scope"], *evaluation.indicator(target).numerator.scope}
    chosen = found["area"].eq(evaluation.plan.area) & found["indicator"].eq(target) & found["scope"].isin(scopes)
    return found[chosen].sort_values(["scope", "period"], kind="stable")


def _observed(evaluation: Evaluation, target: str) -> pd.DataFrame:
    """Return the observations of a target's numerator and denominator, or of a rate that is printed itself."""
    indicator, found = evaluation.indicator(target), evaluation.observations
    parts = [(indicator.numerator.measure, set(indicator.numerator.scope)), (target, set(indicator.numerator.scope))]
    if indicator.denominator:
        parts.append((indicator.denominator.measure, set(indicator.denominator.scope)))
    own = found[found["area"] == evaluation.plan.area]
    mine = [own[own["measure"].eq(measure) & own["scope"].isin(scopes)] for measure, scopes in dict(parts).items()]
    return pd.concat(mine).sort_values(["measure", "scope", "period", "vintage"], kind="stable")


def _counted(
    evaluation: Evaluation, rows: pd.DataFrame, inputs: list[dict[str, Any]]
) -> tuple[pd.DataFrame, list[str]]:  # fmt: skip
    """Return the accident records that some rows were counted from, read again; else the inputs that do not tell them.

    What is read again has to add up to the rows: a ledger, its map or the way it is read may have changed since.
    """
    nothing = pd.DataFrame(columns=RECORDS)
    counted = rows[rows["row"].eq(0)]
    if counted.empty:
        return nothing, []
    named = _behind(counted, inputs)
    places = [one["path"] if is_url(one["path"]) else PROJECT / one["path"] for one in named]
    untold = [one["path"] for one in named]
    count = ["measure", "scope", "period"]
    parts = []
    try:
        now = manifest.inputs(places, addresses=map(str, places))
        if [one["sha256"] for one in now] != [one["sha256"] for one in named]:
            return nothing, untold
        ledgers = [raw for path in places for raw in intake.read(path, evaluation.areas).ledgers]
        known = ledger.records(ledgers, evaluation.areas, rejected=[])
    except (DataError, OSError):
        return nothing, untold
    for (measure, scope), part in counted.groupby(count[:2], sort=False):
        found = ledger.behind(known, evaluation.areas, area=evaluation.plan.area, measure=measure, scope=scope)
        found = found[found["period"].isin(part["period"])]
        parts.append(found.assign(measure=measure, scope=scope)[RECORDS])
    together = pd.concat(parts, ignore_index=True)
    expected = counted.set_index(count)["value"]
    if not together.groupby(count)["deaths"].sum().reindex(expected.index, fill_value=0).eq(expected).all():
        return nothing, untold
    return together.sort_values([*count, "file", "sheet", "row"], ignore_index=True), []


def _behind(rows: pd.DataFrame, inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the inputs that some rows name; what was counted from several ledgers names them all."""
    named = [f", {text}, " for text in rows["file"].unique()]
    return [one for one in inputs if any(f", {manifest.name(one['path'])}, " in text for text in named)]


def _plain(row: pd.Series) -> dict[str, Any]:
    """Return a row as plain values and messages, what is absent as None."""
    values = row.astype(object).items()
    return {
        str(name): None if not isinstance(value, list) and value != value else
        value.item() if hasattr(value, "item") else value
        for name, value in values
    }  # fmt: skip


def diff(before: Kept, after: Kept) -> Difference:
    """Return what differs between two runs; the explanation has the shape of `schema.EXPLANATION`."""
    asked = {name: (before.record.get(name), after.record.get(name)) for name in ("plan", "kind", "commit")}
    if end(after.through) < end(before.through):
        what = Message("the second run looks at an earlier period than the first")
        raise ParameterError(Fault(what, where=after.run, remedy=Message("Name the run of the earlier period first.")))
    given, now = before.record.get("parameters", {}), after.record.get("parameters", {})
    asked |= {name: (given.get(name), now.get(name)) for name in sorted({*given, *now})}
    was, is_ = before.record.get("versions", {}), after.record.get("versions", {})
    versions = {name: (was.get(name, ""), is_.get(name, "")) for name in sorted({*was, *is_})}
    return Difference(
        {name: pair for name, pair in asked.items() if pair[0] != pair[1]},
        list(_inputs(before, after)),
        {name: pair for name, pair in versions.items() if pair[0] != pair[1]},
        explain(reopen(before.folder), reopen(after.folder)),
    )


def _inputs(before: Kept, after: Kept) -> Iterator[dict[str, str]]:
    """Yield path and SHA-256 of every input that only one of the runs has, or that differs."""
    was, now = ({one["path"]: one["sha256"] for one in run.record.get("inputs", ())} for run in (before, after))
    for path in sorted({*was, *now}):
        if was.get(path) != now.get(path):
            yield {"path": path, "before": was.get(path, ""), "after": now.get(path, "")}


def find(outputs: Path, text: str) -> Kept:
    """Return the one run that a text names: its folder, its name, or the beginning of its name.

    A folder of tables that `zzlib assess --outputs` kept is a run whose record tells no more than the period looked at.
    Raises ParameterError when there is none, or more than one.
    """
    if os.path.isdir(text):  # unlike a Path, it says of what can be no path that it is none
        folder = Path(text).resolve()
        found = [one for one in runs.kept([folder.parent]) if one.folder == folder]
        if not found and (folder / "tables").is_dir():
            through = reopen(folder).through
            found = [Kept(folder, {"run": folder.name, "inputs": [], "parameters": {"through": through}})]
    else:
        found = [one for one in every(outputs) if one.run.startswith(text) or one.folder.name.startswith(text)]
    if len(found) == 1:
        return found[0]
    what = Message("{count} runs are called so", count=len(found)) if found else Message("there is no such run")
    raise ParameterError(Fault(what, where=text, remedy=Message("List them with: zzlib runs list")))


def every(outputs: Path) -> list[Kept]:
    """Return every run that is kept in a folder, finished or failed, the earliest first."""
    return runs.kept(sorted(path for path in outputs.glob("*/*-*") if path.is_dir()))


def prune(outputs: Path, keep: int) -> list[str]:
    """Remove all but the newest runs of each plan, kind and period, and return their names.

    `keep` of those that finished stay, the one that readers see always; of those that failed, the ones after the
    newest that finished. A run disappears in one step. Raises ParameterError for a number below one.
    """
    if keep < 1:
        raise ParameterError(Fault(Message("{count} runs cannot be kept", count=keep), remedy=Message("Keep one.")))
    gone = []
    for home in sorted({one.folder.parent for one in every(outputs)}):
        with folders.alone(home.parent, lambda: None):
            seen = published.read(home)
            found = runs.kept([home])
            finished = [one for one in found if one.finished]
            last = finished[-1].run if finished else ""
            old = finished[:-keep] + [one for one in found if not one.finished and one.run < last]
            shown = [one.run for one in found if one.published][-1:] + ([seen.run] if seen else [])
            for one in old:
                if one.run not in shown:
                    hidden = one.folder.rename(folders.staging_name(one.folder))
                    shutil.rmtree(hidden)
                    gone.append(one.run)
    return gone
