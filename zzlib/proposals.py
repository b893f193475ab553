"""A proposed map of a file whose headings are not understood: what is known, what is near, what only its owner knows.

The proposal is valid as it stands, and careful: what is unsure is marked so, in both languages, and what could be read
wrongly is left unused.
"""

import csv
import difflib
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from zzlib import classes
from zzlib.headings import LEDGER_COLUMNS, NUMBERS, OBSERVATION_COLUMNS, Meaning, kind, meaning, names, plain
from zzlib.language import Message
from zzlib.periods import plain as ordinary
from zzlib.raw import RawTable
from zzlib.rules import CODES, UNUSED, SheetRules
from zzlib.schema import MEASURES, UNKNOWN
from zzlib.understanding import understood

FEW = 30  # different texts of a column that holds codes
SEEN = 1000  # rows looked at
NEAR = 0.78  # how alike a heading must be to a known one to be proposed for it
# A code: a few letters and digits. Names, numbers of persons and telephones are longer, or are no codes at all.
_CODE = re.compile(r"[A-Za-z]{0,2}[0-9]{0,6}")
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}(?!\d)", re.ASCII)
_OUR_UNITS = {"gdp": "亿元", "coal_output": "百万吨", "vehicles": "万辆", "cars": "万辆", "loss_10k_yuan": "万元"}


def propose(raws: Sequence[RawTable]) -> str:
    """Return the YAML text of a map for the tables of one file: valid, and marked where it is unsure.

    >>> from pathlib import Path
    >>> crashes = pd.DataFrame({"ST_CASE": ["10001"], "FATALS": ["1"], "VE_TOTAL": ["2"]})
    >>> print(propose([RawTable(Path("crashes.csv"), crashes)]).split("columns:")[1].split("values:")[0].rstrip())
    <BLANKLINE>
          "ST_CASE": accident_id  # unsure / 待确认: accident_id?; 10001
          "FATALS": deaths
          "VE_TOTAL": unused  # unsure / 待确认: not known / 不认识; 2
    """
    about = Message("What the headings mean. Complete what is marked as unsure, then check the file again.")
    ours = textwrap.wrap(", ".join(dict.fromkeys((*LEDGER_COLUMNS, *OBSERVATION_COLUMNS, *MEASURES, UNUSED))), 116)
    lines = [f"# {_both(about)}", *(f"# {line}" for line in ours), "sheets:"]
    sheets: dict[str, RawTable] = {}
    for raw in raws:
        sheets.setdefault(raw.sheet, raw)
    for sheet, raw in sheets.items():
        lines += [f"  {_quoted(sheet)}:", *(f"    {line}" for line in _sheet(raw))]
    return "\n".join(lines if sheets else [*lines[:-1], "sheets: {'': {kind: ignore}}"]) + "\n"


def _sheet(raw: RawTable) -> Iterator[str]:
    sure = {one.name: one.meaning for one in understood(raw, SheetRules())}
    guesses = {name: sure.get(name) or _guess(name, raw) for name in map(str, raw.cells.columns)}
    told = _kind([one for one in guesses.values() if one is not None])
    unsure = kind(sure.values()) != told
    yield f"kind: {told}{_unsure(Message('ledger, observations or ignore?')) if unsure else ''}"
    yield "columns:"
    taken: dict[str, str] = {}
    for name, guess in guesses.items():
        if guess is not None and guess.column == "value" and guess.period and not guess.measure:
            yield f"  # {_quoted(name)}: {guess.period}"  # a year across the table, whose heading says enough
        else:
            yield f"  {_quoted(name)}: {_column(raw, name, guess, taken, told)}"
    yield from _values(raw, taken)
    yield from _constants(told, {*taken})


def _guess(name: str, raw: RawTable) -> Meaning | None:
    """Return what a heading may mean: a name used for other things too, or one much like a known name."""
    known = meaning(name, raw.caption)
    return known if known is not None and known.doubt == "name" else _nearest(name)


def _nearest(name: str) -> Meaning | None:
    near = difflib.get_close_matches(plain(name), list(names()), n=1, cutoff=NEAR)
    known = meaning(near[0]) if near else None
    return None if known is None else Meaning(known.column, known.measure, certain=False, doubt="near", columns=())


def _kind(guesses: Sequence[Meaning]) -> str:
    known = [replace(one, doubt="") for one in guesses]
    told = {one.column for one in known}
    dated = "date" in told or {"year", "month"} <= told
    # A database of accidents dates each of them, and numbers them or tells their deaths.
    if dated and told & {"accident_id", "deaths", "summary"}:
        return "ledger"
    return kind(known) or "ignore"


def _column(raw: RawTable, name: str, guess: Meaning | None, taken: dict[str, str], told: str) -> str:
    """Return what is proposed for one column, and why it is unsure."""
    if guess is None:
        return f"{UNUSED}{_unsure(Message('not known'), *_examples(raw, name))}"
    figure = told == "observations" and bool(guess.measure)
    column = guess.measure if figure else guess.column
    if not figure and ((column == "value" and told == "ledger") or column == UNUSED):
        return UNUSED
    if column in taken and not figure:
        what = Message("{column} is taken from '{other}'", column=column, other=taken[column])
        return f"{UNUSED}{_unsure(what, *_examples(raw, name))}"
    if guess.doubt in ("name", "near") and not _foreign(name, column):
        if column in ("deaths", *CODES):
            # Another database's numbers would be taken for deaths, or for our own codes.
            what = Message("{column}? Then say under 'values' what each code means", column=column)
            return f"{UNUSED}{_unsure(what, *_examples(raw, name))}"
        if figure or column in NUMBERS:
            return f"{UNUSED}{_unsure(f'{column}?', *_examples(raw, name))}"
    taken[column] = name
    if guess.doubt == "unit":
        unit = _OUR_UNITS.get(guess.measure or column, "人")
        about = f"value, measure: {column}" if figure and guess.column == "value" else guess.column
        return f"{{column: {about}, unit: {unit}}}{_unsure(Message('the unit of its figures?'))}"
    if column == "date" and (order := _order(raw.cells[name])):
        return order
    if figure and column not in MEASURES:
        return f"{{column: value, measure: {column}}}"
    return column if guess.certain else f"{column}{_unsure(f'{column}?', *_examples(raw, name))}"


def _order(dates: pd.Series) -> str:
    """Return the rule for dates such as 03/05/2018, whose order the numbers may show."""
    found = [match for text in dates.iloc[:SEEN] if (match := _SLASHED.match(ordinary(text)))]
    if not found:
        return ""
    day_first, month_first = (any(int(match[i]) > 12 for match in found) for i in (1, 2))
    order = "day first" if day_first and not month_first else "month first"
    sure = day_first != month_first
    return f"{{column: date, order: {order}}}{'' if sure else _unsure(Message('month first or day first?'))}"


def _values(raw: RawTable, taken: dict[str, str]) -> Iterator[str]:
    """Yield what the codes of a column may mean: those of known databases, else those that the owner must tell."""
    yield "values:"
    for column, name in taken.items():
        if column not in (*CODES, "deaths"):
            continue
        texts = list(dict.fromkeys(ordinary(text) for text in raw.cells[name].iloc[:SEEN] if ordinary(text)))
        known = _foreign(name, column)
        if known:
            yield f"  {column}:{_unsure(Message('codes as their source defines them'))}"
            for text in sorted({*texts, *known} - {""}):
                yield f"    {_quoted(text)}: {_quoted(known.get(text, known.get('', UNKNOWN)))}"
        elif column in ("field", "kind") and 0 < len(texts) <= FEW:
            read = classes.field_of if column == "field" else classes.kind_of
            if open_ := [text for text in texts if read(text) is None]:
                yield f"  {column}:{_unsure(Message('what do these mean? Take the mark # away'))}"
                yield from (f"    # {_quoted(text)}: {CODES[column][0]}" for text in open_)


def _constants(told: str, taken: set[str]) -> Iterator[str]:
    """Yield what no column tells, as lines to complete."""
    needed = {"ledger": ("area", "date", "deaths", "field"), "observations": ("area", "scope", "status", "source")}
    yield "constants:"
    for column in needed.get(told, ()):
        if column in taken or (column == "date" and {"year", "month"} <= taken):
            continue
        example = {"area": '"410100"', "field": "road_transport", "scope": "from-2016", "status": "published"}
        if column in ("date", "deaths"):
            what = Message("no column tells '{column}': name one above", column=column)
            yield f"  #{_unsure(what).removeprefix('  #')}"
        else:
            what = Message("no column tells '{column}'", column=column)
            yield f"  # {column}: {example.get(column, '')}{_unsure(what)}"


def _examples(raw: RawTable, name: str) -> list[str]:
    """Return the first codes of a column; of anything that may tell a person, nothing."""
    texts = list(dict.fromkeys(ordinary(text) for text in raw.cells[name].iloc[:SEEN] if ordinary(text)))
    return texts[:3] if texts and all(_CODE.fullmatch(text) for text in texts) else []


def _foreign(heading: str, column: str) -> dict[str, str]:
    """Return what the codes under a heading of a known database mean for a column of ours; '' is any other code."""
    rows = _foreign_rows()
    return {
        row["value"]: row["ours"] for row in rows if plain(row["heading"]) == plain(heading) and row["column"] == column
    }


@lru_cache
def _foreign_rows() -> tuple[dict[str, str], ...]:
    with (classes.CLASSES / "foreign.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _unsure(*said: str) -> str:
    words = "; ".join(_both(one) if isinstance(one, Message) else one for one in said)
    return f"  # unsure / 待确认: {''.join(letter for letter in words if letter.isprintable())}"


def _both(message: Message) -> str:
    return f"{message} / {message.say('zh')}"


def _quoted(text: str) -> str:
    """Return a text as YAML writes it between quotes; what cannot be printed by its number."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in shown)
