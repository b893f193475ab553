"""Words on the terminal and exit codes: 0 done, 1 a run that failed, 2 a question or input refused, 130 interrupted.

What was asked for goes to standard output, everything else to standard error. Heavy modules are imported inside the
commands, so that help is quick.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zzlib.errors import DataError, ZzlibError
from zzlib.language import LANGUAGES, Message, number, percent, say, sentence, word
from zzlib.periods import over

if TYPE_CHECKING:
    from rich.console import Console

    from zzlib.evaluation import Evaluation
    from zzlib.run import Progress

DEFAULT_PLAN = "zhengzhou-2016-2020"
SPEAKS = LANGUAGES[0]

Kind = Annotated[
    str,
    typer.Argument(metavar="KIND", help=Message("What to run: midterm, annual, final, districts, monthly or effect.")),
]
PlanOption = Annotated[
    str, typer.Option("--plan", metavar="ID|FILE", help=Message("A plan's id (see: zzlib plans) or its YAML file."))
]
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
Language = Annotated[
    Literal["zh", "en"], typer.Option(help=Message("Language of everything that is written for people."))
]
Before = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH",
        help=Message("An earlier delivery of the same records: list what was added, changed, withdrawn. Repeatable."),
    ),
]
Event = Annotated[
    str,
    typer.Option("--event", metavar="EVENT", help=Message("The event of data/events.csv whose effect is asked for.")),
]
Outputs = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help=Message("Where runs are kept. Default: the project's outputs folder.")),
]
Kept = Annotated[
    Path | None, typer.Option("--outputs", metavar="DIR", help=Message("Also keep the tables, in this folder."))
]
Quiet = Annotated[bool, typer.Option("--quiet", help=Message("Only the answer: no progress, no notes."))]
Json = Annotated[bool, typer.Option("--json", help=Message("Print the assessments exactly as a run keeps them."))]

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

LISTED = 50  # faults that a terminal can take

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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
) -> None:
    """Run the notebooks of a kind and print where the briefing is."""
    with _refusals(language):
        with _progress(language, quiet=quiet) as progress:
            from zzlib.run import OUTPUTS
            from zzlib.scheduled import watched

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
            )
        print(result.briefing)


@app.command("plans", help=Message("List the plans that come with the project."))
def plans_command(language: Language = "zh", quiet: Quiet = False) -> None:
    """List the plans."""
    with _refusals(language):
        from zzlib.plan import load_plan, plan_ids

        if quiet:
            print("\n".join(plan_ids()))
            return
        table = _table(language, Message("Plan"), Message("Title"), Message("Years"), Message("Targets"))
        for plan in map(load_plan, plan_ids()):
            years = f"{plan.baseline_year}-{plan.target_year}"
            table.add_row(plan.plan, say(plan.title, language), years, str(len(plan.targets)))
        _console().print(table)


@app.command("assess", help=Message("Judge every target of a plan; a table in the terminal, or JSON."))
def assess_command(
    plan: PlanOption = DEFAULT_PLAN,
    through: Through = None,
    as_of: AsOf = None,
    data: Data = None,
    rejects: Rejects = None,
    language: Language = "zh",
    outputs: Kept = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge every target of a plan."""
    with _refusals(language):
        from zzlib.evaluation import evaluate
        from zzlib.interchange import assessments_json

        evaluation = evaluate(
            plan,
            through=through,
            as_of=as_of,
            data=_places(data),
            language=language,
            folder=outputs.resolve() if outputs else "",
            rejects=rejects.resolve() if rejects else "",
        )
        if as_json:
            sys.stdout.buffer.write(assessments_json(evaluation.assessments, evaluation.plan).encode())
        else:
            _show(evaluation, language, quiet=quiet)


@app.command("explain", help=Message("Say why the verdicts of two runs differ; BEFORE and AFTER are folders of runs."))
def explain_command(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help=Message("Folder of the earlier run."))],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help=Message("Folder of the later run."))],
    language: Language = "zh",
) -> None:
    """Say why the verdicts of two runs differ, cause by cause."""
    with _refusals(language):
        from zzlib.evaluation import reopen
        from zzlib.history import explain

        earlier, later = reopen(before), reopen(after)
        found = explain(earlier, later)
        causes = [Message("Indicator"), Message("Before")]
        causes += [word("cause", cause) for cause in found["cause"].unique()]
        table = _table(language, *causes, Message("After"))
        for code, steps in found.groupby("indicator", sort=False):
            first, last = steps.iloc[0], steps.iloc[-1]
            ends = (
                f"{percent(row[f'probability{side}'])} {say(word('verdict', row[f'verdict{side}']), language)}"
                for row, side in ((first, "_before"), (last, ""))
            )
            effects = (percent(effect, signed=True) if effect == effect else "" for effect in steps["effect"])
            start, end = ends
            table.add_row(say(later.indicator(str(code)).name, language), *map(_plain, (start, *effects, end)))
        if later.mark:
            _console().print(_plain(say(later.mark, language)), style="bold", markup=False)
        _console().print(table)


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
    quiet: Quiet = False,
) -> None:
    """Print the data-quality report of some data."""
    with _refusals(language):
        from zzlib.checking import check

        earlier = _places(before) if before else ()
        report = check(_places(paths), plan=plan, rejects=rejects.resolve() if rejects else None, before=earlier)
        for title, lines in report.sections:
            if lines and not (quiet and title != report.sections[0][0]):
                _console().print(_plain(say(title, language)), style="bold", markup=False)
                for line in lines[:LISTED]:
                    _console().print(f"  {_plain(say(line, language))}", markup=False, soft_wrap=True)
                if len(lines) > LISTED:
                    more = Message("and {count} more", count=len(lines) - LISTED)
                    _console().print(f"  {say(more, language)}", markup=False)
        if report.faults:
            raise DataError(report.faults)


@app.command(
    "template", help=Message("Write an Excel workbook for the bureaus to fill in; it loads without any mapping.")
)
def template_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=Message("The workbook to write, such as form.xlsx."))],
    plan: PlanOption = DEFAULT_PLAN,
    language: Language = "zh",
) -> None:
    """Write the workbook that offices fill in."""
    with _refusals(language):
        from zzlib.evaluation import plan_areas
        from zzlib.forms import write
        from zzlib.plan import load_plan

        chosen = load_plan(plan)
        years = range(chosen.baseline_year - 4, chosen.target_year + 1)
        write(file, chosen, areas=plan_areas(chosen), years=list(years), language=language)
        print(file)


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
) -> None:
    """Write the files of a new plan and print where they are."""
    with _refusals(language):
        from zzlib.plan import PLANS
        from zzlib.scaffold import write

        print(*write(folder or PLANS, plan, area=area, baseline_year=baseline, target_year=target), sep="\n")


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
    quiet: Quiet = False,
) -> None:
    """Score the stated probabilities and those of the benchmark methods."""
    with _refusals(language):
        from zzlib.validation import as_text, read_panel, write

        panels = [read_panel(path) for path in panel]
        with _progress(language, quiet=quiet) as bar:
            from zzlib.accuracy import validate

            def tell(what: str, share: float) -> None:
                if bar is not None:
                    bar(round(100 * share), 100, say(word("validation", what), language))

            found = validate(panels, progress=tell)
        if outputs:
            write(found, outputs, panels=[path.name for path in panel])
        print(as_text(found, language))


def _places(data: Sequence[str] | None) -> list[str]:
    """Return paths in full, from the folder where the command was given, and addresses as they are."""
    return [place if "://" in place else str(Path(place).resolve()) for place in data or ()]


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
    command(prog_name="zzlib", default_map={name: {"language": language} for name in command.commands})


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


@contextmanager
def _refusals(language: str) -> Iterator[None]:
    """Turn a refusal into its sentences and its exit code, and an interruption into 130."""
    try:
        yield
    except ZzlibError as refusal:
        for fault in refusal.faults[:LISTED]:
            print(_plain(sentence(fault, language)), file=sys.stderr)
        if len(refusal.faults) > LISTED:
            more = Message("and {count} more faults", count=len(refusal.faults) - LISTED)
            print(say(more, language), file=sys.stderr)
        raise typer.Exit(refusal.exit_code) from None
    except KeyboardInterrupt:
        print(say(Message("Interrupted. Nothing was published."), language), file=sys.stderr)
        raise typer.Exit(130) from None
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def _console() -> Console:
    from rich.console import Console

    # Without a terminal nobody folds lines to a window: give the table room.
    return Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def _table(language: str, *headings: Message) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for place, heading in enumerate(headings):  # a narrow terminal folds the names, in the first column
        table.add_column(say(heading, language), overflow="fold", no_wrap=place > 0)
    return table


@contextmanager
def _progress(language: str, *, quiet: bool) -> Iterator[Progress | None]:
    """Give a bar on the terminal's error stream; without a terminal, or when quiet, nothing."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(say(Message("Evaluating"), language), total=None)

        def tell(done: int, total: int, title: str) -> None:
            doing = Message("Done: {title}", title=title) if title else Message("Running notebooks")
            bar.update(task, completed=done, total=total, description=say(doing, language))

        yield tell


def _show(evaluation: Evaluation, language: str, *, quiet: bool) -> None:
    from rich.padding import Padding

    from zzlib.narrative import verdict

    console = _console()
    where = (Message("Indicator"), Message("Baseline"), Message("Now"), Message("Target"))
    table = _table(language, *where, Message("Probability"), Message("Pace rule"), Message("Verdict"))
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
        table.add_row(*map(_plain, cells))
        notes.append((indicator.name, [text for text in (row["reason"], *row["warnings"]) if text]))
    console.print(_plain(f"{say(evaluation.plan.title, language)}  {evaluation.through}"), markup=False)
    if evaluation.mark:
        console.print(_plain(say(evaluation.mark, language)), style="bold", markup=False)
    console.print(table)
    for name, texts in () if quiet else notes:
        console.print(_plain(say(name, language)), style="bold", markup=False)
        for text in texts:
            console.print(Padding(_plain(say(text, language)), (0, 0, 0, 2), expand=False), markup=False)


def _plain(text: str) -> str:
    """Return a text with the signs of good typography that a GBK console lacks in their plain form.

    >>> _plain("\N{MINUS SIGN}3.4\N{NO-BREAK SPACE}%")
    '-3.4 %'
    """
    return text.translate({0x2212: "-", 0xA0: " ", 0x202F: " "})
