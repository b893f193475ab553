"""Words on a terminal: refusals and their exit codes, tables, progress, logs; what a GBK console can show."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zzlib.errors import Fault, ZzlibError
from zzlib.language import Message, say, sentence

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from zzlib.making import Progress

Language = Annotated[
    Literal["zh", "en"], typer.Option(help=Message("Language of everything that is written for people."))
]
Outputs = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help=Message("Where runs are kept. Default: the project's outputs folder.")),
]
Quiet = Annotated[bool, typer.Option("--quiet", help=Message("Only the answer: no progress, no notes."))]
Json = Annotated[bool, typer.Option("--json", help=Message("Print the answer as JSON, for another program."))]

LISTED = 50  # faults that a terminal can take


@contextmanager
def refusals(language: str) -> Iterator[None]:
    """Turn a refusal into its sentences and its exit code, and an interruption into 130."""
    try:
        yield
    except ZzlibError as refusal:
        for fault in refusal.faults[:LISTED]:
            print(plain(sentence(fault, language)), file=sys.stderr)
        if len(refusal.faults) > LISTED:
            more = Message("and {count} more faults", count=len(refusal.faults) - LISTED)
            print(say(more, language), file=sys.stderr)
        raise typer.Exit(refusal.exit_code) from None
    except OSError as failure:
        if isinstance(failure, BrokenPipeError):  # the reader, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        what = Message("a file could not be read or written ({reason})", reason=failure.strerror or str(failure))
        print(plain(sentence(Fault(what, where=str(failure.filename or "")), language)), file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print(say(Message("Interrupted. Nothing was published."), language), file=sys.stderr)
        raise typer.Exit(130) from None


def console(width: int = 120) -> Console:
    """Return the console; without a terminal nobody folds lines to a window, and a table gets this room."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else width)


def table(language: str, *headings: Message) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for place, heading in enumerate(headings):  # a narrow terminal folds the names, in the first column
        table.add_column(say(heading, language), overflow="fold", no_wrap=place > 0)
    return table


@contextmanager
def progress(language: str, *, quiet: bool, doing: Message | None = None) -> Iterator[Progress | None]:
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
            now = Message("Done: {title}", title=title) if title else doing or Message("Running notebooks")
            bar.update(task, completed=done, total=total, description=say(now, language))

        yield tell


def plain(text: str) -> str:
    """Return a text with the signs of good typography that a GBK console lacks in their plain form.

    >>> plain("\N{MINUS SIGN}3.4\N{NO-BREAK SPACE}%")
    '-3.4 %'
    """
    return text.translate({0x2212: "-", 0xA0: " ", 0x202F: " "})


def as_json(content: Any) -> None:
    """Print something as JSON for another program; messages in English, paths and numbers as they are."""
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    sys.stdout.buffer.write(f"{text}\n".encode())


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as a list of its rows, what is absent as None."""
    plain = rows.astype(object).where(rows.notna(), None)
    return [{str(name): cell for name, cell in row.items()} for row in plain.to_dict("records")]


def logs() -> None:
    """Write what a run does to standard error, a line each: the moment, the run's name, what was done."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)sZ %(message)s", datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger("zzlib").addHandler(handler)
    logging.getLogger("zzlib").setLevel(logging.INFO)
