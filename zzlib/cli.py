"""Words on the terminal and exit codes: 0 done, 1 a run that failed, 2 a question or input refused, 130 interrupted.

What was asked for goes to standard output, everything else to standard error. Heavy modules are imported inside the
commands, so that help is quick.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zzlib import cli_runs, terminal
from zzlib.errors import DataError, PlanError, ZzlibError
from zzlib.language import LANGUAGES, Message, number, percent, say, sentence, word
from zzlib.periods import over
from zzlib.terminal import Json, Language, Outputs, Quiet

if TYPE_CHECKING:
    from zzlib.evaluation import Evaluation

DEFAULT_PLAN = "zhengzhou-2016-2020"
SPEAKS = LANGUAGES[0]

Kind = Annotated[
    str,
    typer.Argument(metavar="KIND", help=Message("What to run: midterm, annual, final, districts, monthly or effect.")),
]
PlanOption = Annotated[
    str, typer.Option("--plan", metavar="ID|FILE", help=Message("A plan's id (see: zzlib plans) or its YAML file."))
]
Plans = Annotated[
    list[str] | None,
    typer.Option(
        "--plan", metavar="ID|FILE", show_default=DEFAULT_PLAN,
        help=Message("A plan's id (see: zzlib plans) or its YAML file, or all: every plan there is. Repeatable."),
    ),
]  # fmt: skip
Through = Annotated[
    str | None,
    typer.Option(
        metavar="PERIOD",
        callback=lambda text: text and over(text, date.today()),
        help=Message(
            "Last period looked at, such as 2018 or 2018-Q1; for schedules last-month, last-quarter or last-year. "
            "Default: the plan's mid-term year."
        ),
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="DATE", help=Message("Use only what was known on this day, such as 2018-12-31. Never published.")
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH|URL",
        help=Message("A file, folder or database table, instead of the plan's own data. Repeatable."),
    ),
]
Rejects = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help=Message("Write refused rows with their reasons to this CSV file and go on with the rest.")
    ),
]
Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help=Message("Files, folders or database tables."))]
Before = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH",
        help=Message(
            "An earlier delivery of the same records, a file or a folder: list what was added, changed, withdrawn. "
            "Repeatable, one for each delivery; delays are learnt from all of them."
        ),
    ),
]
Event = Annotated[
    str,
    typer.Option("--event", metavar="EVENT", help=Message("The event of data/events.csv whose effect is asked for.")),
]
Kept = Annotated[
    Path | None, typer.Option("--outputs", metavar="DIR", help=Message("Also keep the tables, in this folder."))
]
Scheduler = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS", help=Message("Let the workers of this dask scheduler do it, such as tcp://10.0.0.1:8786.")
    ),
]
Workers = Annotated[int, typer.Option(min=1, metavar="N", help=Message("Let so many processes of this machine do it."))]

# What `zzlib --help` teaches: sentences, and commands with what they do.
LESSON: tuple[Message | tuple[str, Message], ...] = (
    Message("Is the plan on track, how sure are we, why, where, and what would it take?"),
    Message("Start here:"),
    ("zzlib plans", Message("which plans there are")),
    ("zzlib assess", Message("Zhengzhou's five targets, here in the terminal")),
    ("zzlib run midterm", Message("the mid-term evaluation as pages; prints the briefing's path")),
    Message("Then ask your own question:"),
    ("zzlib assess --plan china-2006-2010 --as-of 2008-12-31", Message("as it was known then")),
    ("zzlib check MY.xlsx", Message("what your own file holds, and every fault and doubt in it")),
    ("zzlib run midterm --data MY.xlsx", Message("on your own figures")),
    ("zzlib assess --json > assessments.json", Message("for another program")),
    Message("Every command explains itself: zzlib run --help"),
)

WRITING = Message("Writing pages")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_runs.app, name="runs", help=Message("List, explain, compare and prune the runs that are kept."))
app.command("explain", hidden=True)(cli_runs.diff_command)  # the name that `runs diff` had before there was `runs`


@app.callback()
def anywhere(language: Language = "zh") -> None:
    """Take --language before the command too; `main` hands it on."""


@app.command(
    "run", help=Message("Run the notebooks of one kind, write their pages and publish the briefing; print its path.")
)
def run_command(
    kind: Kind,
    plan: PlanOption = DEFAULT_PLAN,
    through: Through = None,
    as_of: AsOf = None,
    data: Data = None,
    rejects: Rejects = None,
    before: Before = None,
    event: Event = "",
    language: Language = "zh",
    outputs: Outputs = None,
    quiet: Quiet = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", help=Message("Write a line to standard error for each step, with the run's name.")),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run the notebooks of a kind and print where the briefing is."""

    def tell(said: Message) -> None:
        if not quiet:
            print(say(said, language), file=sys.stderr)

    with terminal.refusals(language):
        if verbose:
            terminal.logs()
        with terminal.progress(language, quiet=quiet or verbose) as progress:
            from zzlib.run import OUTPUTS
            from zzlib.watched import watched

            result = watched(
                kind,
                plan=plan,
                through=through,
                as_of=as_of,
                data=data or (),
                language=language,
                outputs=outputs or OUTPUTS,
                rejects=rejects,
                before=before or (),
                event=event,
                progress=progress,
                waiting=lambda: tell(Message("Another run of this plan is being made: waiting for its end.")),
            )
        if result.unchanged:
            tell(Message("Nothing has changed since run {run}: its pages stand.", run=result.folder.name))
        elif result.reused:
            tell(Message("Used again from earlier runs: {names}.", names=list(result.reused)))
        if as_json:
            terminal.as_json(vars(result))
        else:
            print(result.briefing)


@app.command("areas", help=Message("Write a page for each area of a plan, and publish the page that leads to them."))
def areas_command(
    plan: PlanOption = DEFAULT_PLAN,
    through: Through = None,
    as_of: AsOf = None,
    data: Data = None,
    scheduler: Scheduler = "",
    workers: Workers = 1,
    language: Language = "zh",
    outputs: Outputs = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write a page for each area and print where they are."""
    with terminal.refusals(language):
        from zzlib.workers import executor

        with executor(scheduler, workers) as by, terminal.progress(language, quiet=quiet, doing=WRITING) as progress:
            from zzlib.run import OUTPUTS
            from zzlib.watched import watched

            result = watched(
                "areas", plan=plan, through=through, as_of=as_of, data=data or (), language=language,
                outputs=outputs or OUTPUTS, progress=progress, by=by,
            )  # fmt: skip
        if as_json:
            terminal.as_json(vars(result))
        else:
            print(result.index)


@app.command("plans", help=Message("List the plans that come with the project."))
def plans_command(language: Language = "zh", as_json: Json = False, quiet: Quiet = False) -> None:
    """List the plans."""
    with terminal.refusals(language):
        from zzlib.plan import load_plan, plan_ids

        if as_json:
            terminal.as_json([_listed(name) for name in plan_ids()])
            return
        if quiet:
            print("\n".join(plan_ids()))
            return
        table = terminal.table(language, Message("Plan"), Message("Title"), Message("Years"), Message("Targets"))
        for name in plan_ids():
            try:
                plan = load_plan(name)
            except PlanError as unfinished:
                said = Message("cannot be used yet: {count} faults", count=len(unfinished.faults))
                table.add_row(name, say(said, language), "", "")
                continue
            years = f"{plan.baseline_year}-{plan.target_year}"
            table.add_row(plan.plan, say(plan.title, language), years, str(len(plan.targets)))
        terminal.console().print(table)


def _listed(name: str) -> dict[str, Any]:
    """Return a plan as a program lists it; of one that cannot be used yet, how many faults it has."""
    from zzlib.plan import load_plan

    facts = ("plan", "title", "area", "baseline_year", "midterm_year", "target_year")
    try:
        plan = load_plan(name)
    except PlanError as unfinished:
        return dict.fromkeys(facts) | {"plan": name, "targets": [], "faults": len(unfinished.faults)}
    told = vars(plan) | {"title": vars(plan.title)}
    return {fact: told[fact] for fact in facts} | {"targets": [one.indicator for one in plan.targets], "faults": 0}


@app.command("assess", help=Message("Judge every target of a plan; a table in the terminal, or JSON."))
def assess_command(
    plan: Plans = None,
    through: Through = None,
    as_of: AsOf = None,
    data: Data = None,
    rejects: Rejects = None,
    scheduler: Scheduler = "",
    workers: Workers = 1,
    language: Language = "zh",
    outputs: Kept = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge every target of a plan, or of several."""
    with terminal.refusals(language):
        from zzlib import folders
        from zzlib.interchange import json_array, objects
        from zzlib.several import evaluations, named
        from zzlib.workers import executor

        folders.check_rejects(rejects)
        if outputs:
            folders.check(outputs.resolve())
        plans = named(plan or [DEFAULT_PLAN])
        question = {
            "through": through, "as_of": as_of, "data": _places(data), "language": language,
            "rejects": rejects.resolve() if rejects else "",
        }  # fmt: skip
        with executor(scheduler, workers) as by:
            found = evaluations(plans, by=by, folder=outputs.resolve() if outputs else "", **question)
            if as_json:
                rows: list[dict[str, Any]] = []
                refused: ZzlibError | None = None
                try:
                    for _, one in found:
                        rows.extend(objects(one.assessments, one.plan))
                except ZzlibError as refusal:  # of other plans: what was answered is told all the same
                    refused = refusal
                if rows or refused is None:
                    sys.stdout.buffer.write(json_array(rows).encode())
                if refused is not None:
                    raise refused
                return
            for _, evaluation in found:
                _show(evaluation, language, quiet=quiet)


@app.command(
    "check",
    help=Message("Say what files or database tables hold, how they were read, and every fault and doubt in them."),
)
def check_command(
    paths: Paths,
    plan: PlanOption = DEFAULT_PLAN,
    rejects: Rejects = None,
    before: Before = None,
    language: Language = "zh",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the data-quality report of some data."""
    with terminal.refusals(language):
        from zzlib import folders
        from zzlib.checking import check

        folders.check_rejects(rejects)
        earlier = _places(before) if before else ()
        file = rejects.resolve() if rejects else None
        report = check(_places(paths), plan=plan, language=language, rejects=file, before=earlier)
        if as_json:
            found = {str(title): [say(line, language) for line in lines] for title, lines in report.sections}
            terminal.as_json({"sections": found, "faults": [sentence(one, language) for one in report.faults]})
        for title, lines in () if as_json else report.sections:
            if lines and not (quiet and title != report.sections[0][0]):
                terminal.console().print(terminal.plain(say(title, language)), style="bold", markup=False)
                for line in lines[: terminal.LISTED]:
                    terminal.console().print(f"  {terminal.plain(say(line, language))}", markup=False, soft_wrap=True)
                if len(lines) > terminal.LISTED:
                    more = Message("and {count} more", count=len(lines) - terminal.LISTED)
                    terminal.console().print(f"  {say(more, language)}", markup=False)
        if report.faults:
            raise DataError(report.faults)


@app.command(
    "template", help=Message("Write an Excel workbook for the bureaus to fill in; it loads without any mapping.")
)
def template_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=Message("The workbook to write, such as form.xlsx."))],
    plan: PlanOption = DEFAULT_PLAN,
    language: Language = "zh",
    as_json: Json = False,
) -> None:
    """Write the workbook that offices fill in."""
    with terminal.refusals(language):
        from zzlib.evaluation import plan_areas
        from zzlib.forms import write
        from zzlib.plan import load_plan

        chosen = load_plan(plan)
        years = range(chosen.baseline_year - 4, chosen.target_year + 1)
        write(file, chosen, areas=plan_areas(chosen), years=list(years), language=language)
        _print([file], as_json)


@app.command("new-plan", help=Message("Write the YAML of a new plan to fill in, and the register of its commitments."))
def new_plan_command(
    plan: Annotated[str, typer.Argument(metavar="ID", help=Message("The plan's id, such as kaifeng-2021-2025."))],
    area: Annotated[str, typer.Option(metavar="CODE", help=Message("Area that the plan promises for, GB/T 2260."))],
    baseline: Annotated[int, typer.Option(metavar="YEAR", help=Message("Year that the targets refer to."))],
    target: Annotated[int, typer.Option(metavar="YEAR", help=Message("Year by which they hold."))],
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help=Message("Where to write; default: data/plans."))
    ] = None,
    language: Language = "zh",
    as_json: Json = False,
) -> None:
    """Write the files of a new plan and print where they are."""
    with terminal.refusals(language):
        from zzlib.plan import PLANS
        from zzlib.scaffold import write

        _print(write(folder or PLANS, plan, area=area, baseline_year=baseline, target_year=target), as_json)


@app.command("validate", help=Message("Score the probabilities against what real series did."))
def validate_command(
    panel: Annotated[
        list[Path],
        typer.Option(
            "--panel",
            metavar="FILE",
            help=Message("A table with area, year and deaths, with a rate where known. Repeatable."),
        ),
    ],
    outputs: Annotated[
        Path | None, typer.Option(metavar="DIR", help=Message("Also write the record's tables, in this folder."))
    ] = None,
    language: Language = "zh",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score the stated probabilities and those of the benchmark methods."""
    with terminal.refusals(language):
        from zzlib.validation import as_text, read_panel, write

        panels = [read_panel(path) for path in panel]
        with terminal.progress(language, quiet=quiet) as bar:
            from zzlib.accuracy import validate

            def tell(what: str, share: float) -> None:
                if bar is not None:
                    bar(round(100 * share), 100, say(word("validation", what), language))

            found = validate(panels, progress=tell)
        if outputs:
            write(found, outputs, panels=[path.name for path in panel])
        if as_json:
            terminal.as_json({name: terminal.records(getattr(found, name)) for name in ("scores", "checks")})
        else:
            print(as_text(found, language))


def _places(data: Sequence[str] | None) -> list[str]:
    """Return paths in full, from the folder where the command was given, and addresses as they are."""
    return [place if "://" in place else str(Path(place).resolve()) for place in data or ()]


def _print(files: Sequence[Path], as_json: bool) -> None:
    """Print where files were written."""
    if as_json:
        terminal.as_json([str(file) for file in files])
    else:
        print(*files, sep="\n")


def main() -> None:
    """Run the command line in the language it asks for; the console script."""
    # What a console cannot show must not end a run: GBK lacks some names and signs.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's stop is the user's
    command: Any = typer.main.get_command(app)
    language = _language(sys.argv[1:])
    _translate(command, language)
    command.help = _lesson(language)
    command(prog_name="zzlib", default_map=_speaking(command, language))


def _speaking(command: Any, language: str) -> dict[str, Any]:
    """Return the language as every command's default, at whatever depth."""
    below = {name: _speaking(one, language) for name, one in getattr(command, "commands", {}).items()}
    return {"language": language} | below


def _language(arguments: list[str]) -> str:
    """Return the language that the arguments ask for; help needs it before anything is parsed.

    >>> _language(["assess", "--language", "en"]), _language(["--help"])
    ('en', 'zh')
    """
    joined = " ".join(arguments).replace("--language=", "--language ").split(" ")
    return next((value for name, value in pairwise(joined) if name == "--language" and value in LANGUAGES), SPEAKS)


def _lesson(language: str) -> str:
    """Return the lesson as help text, its commands kept in lines of their own."""
    text = ""
    for item in LESSON:
        if isinstance(item, Message):
            text += f"\n\n{say(item, language)}"
        else:
            command, does = item
            start = "\n" if text.rsplit("\n", 1)[-1].startswith(" ") else "\n\n\b\n"
            text += f"{start}  {command}\n      {say(does, language)}"
    return text.strip()


def _translate(command: Any, language: str) -> None:
    """Put the help of a command and of those below it into a language."""
    for part in (command, *command.params):
        if getattr(part, "help", None):
            part.help = say(Message(part.help), language)
    for below in getattr(command, "commands", {}).values():
        _translate(below, language)


def _show(evaluation: Evaluation, language: str, *, quiet: bool) -> None:
    from rich.padding import Padding

    from zzlib.narrative import verdict

    console = terminal.console()
    where = (Message("Indicator"), Message("Baseline"), Message("Now"), Message("Target"))
    table = terminal.table(language, *where, Message("Probability"), Message("Pace rule"), Message("Verdict"))
    notes = []
    for _, row in evaluation.assessments.iterrows():
        indicator = evaluation.indicator(row["indicator"])
        figures = (f"{number(row[part])}\n{row[f'{part}_period']}" for part in ("baseline", "value", "target"))
        cells = (
            f"{say(indicator.name, language)}\n{say(indicator.unit, language)}",
            *figures,
            percent(row["probability"]),
            say(word("pace", row["pace"]), language) if row["pace"] else "",
            say(verdict(evaluation, row), language),
        )
        table.add_row(*map(terminal.plain, cells))
        notes.append((indicator.name, [text for text in (row["reason"], *row["warnings"]) if text]))
    console.print(terminal.plain(f"{say(evaluation.plan.title, language)}  {evaluation.through}"), markup=False)
    if evaluation.mark:
        console.print(terminal.plain(say(evaluation.mark, language)), style="bold", markup=False)
    console.print(table)
    for name, texts in () if quiet else notes:
        console.print(terminal.plain(say(name, language)), style="bold", markup=False)
        for text in texts:
            console.print(Padding(terminal.plain(say(text, language)), (0, 0, 0, 2), expand=False), markup=False)
