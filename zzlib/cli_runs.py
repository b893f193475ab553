"""`zzlib runs`: which runs are kept, why one says what it says, what differs between two, which may go."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zzlib import terminal
from zzlib.errors import Fault, ParameterError
from zzlib.language import Message, day, number, percent, say, word
from zzlib.terminal import Json, Language, Outputs, Quiet

if TYPE_CHECKING:
    import pandas as pd

    from zzlib.provenance import Chain, Difference
    from zzlib.runs import Kept

LONGEST = 160  # letters of a reason in a list; all of it stands in the run's record
KEPT = 24  # runs of a plan, kind and period that stay: two years of a monthly schedule
# What `why` shows, in this order, where it is there; and which of it are codes, for which there are words.
ANSWER = (
    "baseline_period", "baseline", "value_period", "value", "target_period", "target", "probability", "verdict",
    "state", "due", "goal", "status", "reason",
)  # fmt: skip
FIGURES = ("scope", "period", "value", "numerator", "denominator", "status")
ROWS = ("measure", "commitment", "scope", "period", "date", "value", "status", "source", "vintage", "file", "row")
RECORDS = ("measure", "scope", "period", "deaths", "fatal_accidents", "file", "row")
ASKED = ("plan", "kind", "commit", "through", "as_of", "data", "language", "event")  # in what two runs may differ
CODED = ("verdict", "state", "status", "scope", "measure")
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Run = Annotated[str, typer.Argument(metavar="RUN", help=Message("A run's name, its beginning, or its folder."))]


@app.callback()
def anywhere(language: Language = "zh") -> None:
    """Take --language before the command too."""


@app.command("list", help=Message("List the runs that are kept, the newest first."))
def list_command(language: Language = "zh", outputs: Outputs = None, as_json: Json = False) -> None:
    """List the runs."""
    with terminal.refusals(language):
        from zzlib import published
        from zzlib.provenance import every

        found = every(_folder(outputs))[::-1]
        shown = {str(home / one.run) for home in {run.folder.parent for run in found} if (one := published.read(home))}
        rows = [
            {
                "run": one.run, "plan": one.record["plan"], "kind": one.record["kind"], "through": one.through,
                "as_of": one.record["parameters"]["as_of"], "made": one.made,
                "state": "read" if str(one.folder) in shown else "kept" if one.finished else "failed",
                "reason": one.reason, "folder": str(one.folder),
            }
            for one in found
        ]  # fmt: skip
        if as_json:
            terminal.as_json(rows)
            return
        headings = (Message("Run"), Message("Plan"), Message("Kind of run"), Message("Through"), Message("Made on"))
        table = terminal.table(language, *headings, Message("State"))
        for row in rows:
            told = (row["run"], row["plan"], say(word("kind", row["kind"]), language), row["through"])
            table.add_row(*told, say(day(row["made"]), language), say(word("run", row["state"]), language))
        terminal.console().print(table)
        for row in rows:
            if row["reason"]:
                line = terminal.plain(f"{row['run']}: {_short(row['reason'])}")
                terminal.console().print(line, markup=False, soft_wrap=True)


def _short(reason: str) -> str:
    """Return the beginning of a reason, on one line.

    >>> _short("a.ipynb: stopped.\\nb.ipynb: stopped."), _short("no rows")
    ('a.ipynb: stopped. …', 'no rows')
    """
    line = reason.partition("\n")[0][:LONGEST]
    return line if line == reason else f"{line} …"


def _outcome(run: Kept) -> dict[str, str]:
    return {"run": run.run, "outcome": run.outcome, "reason": run.reason}


def _tell_failures(language: str, *shown: Kept) -> None:
    """Say, before anything that they hold, which runs failed: nothing of them was ever shown to readers."""
    for run in shown:
        if run.outcome == "failed":
            said = Message("Run {run} failed and was never published: {reason}", run=run.run, reason=run.reason)
            terminal.console().print(terminal.plain(say(said, language)), style="bold", markup=False, soft_wrap=True)


@app.command("why", help=Message("Say what an answer of a run rests on, down to the rows of the files."))
def why_command(
    run: Run,
    target: Annotated[str, typer.Argument(metavar="TARGET", help=Message("Code of a target or a commitment."))],
    language: Language = "zh",
    outputs: Outputs = None,
    as_json: Json = False,
) -> None:
    """Print the chain from an answer to its rows."""
    with terminal.refusals(language):
        from zzlib.provenance import find, why

        found = find(_folder(outputs), run)
        chain = why(found, target)
        if as_json:
            parts = {
                "figures": terminal.records(chain.figures),
                "rows": terminal.records(chain.rows),
                "records": terminal.records(chain.records),
                "inputs": chain.inputs,
                "untold": chain.untold,
            }
            terminal.as_json(_outcome(found) | {"target": target, "answer": chain.answer} | parts)
        else:
            _tell_failures(language, found)
            _show(chain, language)


def _show(chain: Chain, language: str) -> None:
    console, answer = terminal.console(), chain.answer
    console.print(say(Message("Answer"), language), style="bold", markup=False)
    for name in [name for name in ANSWER if answer.get(name) not in (None, "")]:
        line = f"  {say(word('column', name), language)}: {terminal.plain(_cell(name, answer[name], language))}"
        console.print(line, markup=False, soft_wrap=True)
    shown = (
        (Message("Figures"), FIGURES, chain.figures),
        (Message("Rows"), ROWS, chain.rows),
        (Message("Accident records"), RECORDS, _by_period(chain.records)),
    )
    for heading, columns, rows in shown:
        if len(rows):
            console.print(say(heading, language), style="bold", markup=False)
            _print(rows, [name for name in columns if name in rows], language)
    console.print(say(Message("Files"), language), style="bold", markup=False)
    for one in chain.inputs:
        console.print(f"  {one['path']}  SHA-256 {one['sha256']}", markup=False, soft_wrap=True)
    for path in chain.untold:
        said = Message("{file} cannot be read again as it was, so its records are not told.", file=path)
        console.print(f"  {say(said, language)}", markup=False, soft_wrap=True)


def _by_period(records: pd.DataFrame) -> pd.DataFrame:
    """Return accident records a line for each count and file, with all rows of it."""
    place = records["file"] + (":" + records["sheet"]).where(records["sheet"] != "", "")
    groups = records.assign(file=place).groupby(["measure", "scope", "period", "file"], sort=False)
    counts = groups.agg(
        deaths=("deaths", "sum"), fatal_accidents=("row", "size"),
        row=("row", lambda rows: ", ".join(map(str, rows))),
    )  # fmt: skip
    return counts.reset_index()


def _print(rows: pd.DataFrame, columns: Sequence[str], language: str) -> None:
    from rich.cells import cell_len  # a Chinese letter takes the room of two

    cells = {name: [terminal.plain(_cell(name, cell, language)) for cell in rows[name]] for name in columns}
    told = {say(word("column", name), language): column for name, column in cells.items() if any(column)}
    widths = [max(map(cell_len, (name, *column))) for name, column in told.items()]
    for row in [list(told), *zip(*told.values(), strict=True)]:  # a figure that is cut short is another figure
        line = "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        terminal.console().print(f"  {line}", markup=False, soft_wrap=True)


def _cell(column: str, cell: Any, language: str) -> str:
    if cell is None or cell != cell or cell == "" or (column == "row" and cell == 0):  # no row: it was counted
        return ""
    if column in CODED:
        return say(word(column, cell), language)
    return number(cell) if isinstance(cell, float) else say(cell, language)


@app.command("diff", help=Message("Say what differs between two runs, and why their verdicts do."))
def diff_command(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help=Message("The earlier run: name or folder."))],
    after: Annotated[str, typer.Argument(metavar="AFTER", help=Message("The later run: name or folder."))],
    language: Language = "zh",
    outputs: Outputs = None,
    as_json: Json = False,
) -> None:
    """Say why two runs differ, cause by cause."""
    with terminal.refusals(language):
        from zzlib.evaluation import reopen
        from zzlib.provenance import diff, find

        earlier, later = (find(_folder(outputs), text) for text in (before, after))
        found = diff(earlier, later)
        if as_json:
            parts = {"asked": found.asked, "inputs": found.inputs, "versions": found.versions}
            runs = {"before": _outcome(earlier), "after": _outcome(later)}
            terminal.as_json(runs | parts | {"explanation": terminal.records(found.explanation)})
            return
        _tell_failures(language, earlier, later)
        evaluation = reopen(later.folder)
        _differences(found, language)
        if evaluation.mark:
            terminal.console().print(terminal.plain(say(evaluation.mark, language)), style="bold", markup=False)
        causes = [Message("Indicator"), Message("Before")]
        causes += [word("cause", cause) for cause in found.explanation["cause"].unique()]
        table = terminal.table(language, *causes, Message("After"))
        for code, steps in found.explanation.groupby("indicator", sort=False):
            first, last = steps.iloc[0], steps.iloc[-1]
            start, end = (
                f"{percent(row[f'probability{side}'])} {say(word('verdict', row[f'verdict{side}']), language)}"
                for row, side in ((first, "_before"), (last, ""))
            )
            effects = (_effect(step, language) for step in steps.to_dict("records"))
            name = say(evaluation.indicator(str(code)).name, language)
            table.add_row(name, *map(terminal.plain, (start, *effects, end)))
        terminal.console().print(table)


def _effect(step: Mapping[Hashable, Any], language: str) -> str:
    """Return what a cause did: the points by which a probability moved, or the verdict where points cannot tell."""
    from zzlib.history import turns

    if turns(step):
        return f"→ {say(word('verdict', step['verdict']), language)}"
    effect = step["effect"]
    return say(Message("{points} points", points=f"{100 * effect:+.0f}"), language) if effect == effect else ""


def _differences(found: Difference, language: str) -> None:
    lines = [
        f"{say(word('asked', name), language)}: {_asked(name, was, language)} -> {_asked(name, now, language)}"
        for name, (was, now) in found.asked.items()
    ]
    lines += [f"{name}: {was or '-'} -> {now or '-'}" for name, (was, now) in found.versions.items()]
    lines += [f"{one['path']}: {one['before'][:12] or '-'} -> {one['after'][:12] or '-'}" for one in found.inputs]
    for line in lines or [say(Message("The same question, inputs and versions."), language)]:
        terminal.console().print(terminal.plain(line), markup=False, soft_wrap=True)


def _asked(name: str, value: Any, language: str) -> str:
    return say(word("kind", value) if name == "kind" and value else value or "-", language)


@app.command("prune", help=Message("Remove old runs; the ones that readers see stay. Prints what it removed."))
def prune_command(
    keep: Annotated[
        int, typer.Option(metavar="N", help=Message("Runs that stay of each plan, kind and period."))
    ] = KEPT,
    language: Language = "zh",
    outputs: Outputs = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remove old runs."""
    with terminal.refusals(language):
        from zzlib.provenance import prune

        gone = prune(_folder(outputs), keep)
        if as_json:
            terminal.as_json(gone)
        elif gone and not quiet:
            print(*gone, sep="\n")


def _folder(outputs: Path | None) -> Path:
    """Return the folder of runs in full; one that was named has to be there, ours is empty before the first run."""
    from zzlib.run import OUTPUTS

    if outputs and not outputs.is_dir():
        remedy = Message("Name the folder in which the runs are: --outputs DIR.")
        raise ParameterError(Fault(Message("there is no such folder"), where=str(outputs), remedy=remedy))
    return (outputs or OUTPUTS).resolve()
