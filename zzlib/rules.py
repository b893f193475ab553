"""The map beside a file: what its headings, units, codes and words mean, written by its owner as YAML.

`her.xlsx.map.yaml` lies beside `her.xlsx`. It is refused with all its faults at once, each with its line and key; a
misspelt key changes nothing in silence.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from zzlib import classes
from zzlib.cells import slip
from zzlib.errors import DataError, Fault
from zzlib.headings import LEDGER_COLUMNS, NUMBERS, OBSERVATION_COLUMNS, factor_of, our_unit, plain
from zzlib.language import Message
from zzlib.raw import RawTable
from zzlib.schema import CHANGE_UNIT, FIELDS, MEASURES, STATUSES, UNKNOWN

UNUSED = "unused"
COLUMNS = tuple(dict.fromkeys((*LEDGER_COLUMNS, *OBSERVATION_COLUMNS)))
# Columns whose words are codes of ours; every other column takes any text.
CODES: dict[str, tuple[str, ...]] = {
    "field": (*FIELDS, UNKNOWN),
    "kind": tuple(classes.names("kinds")),
    "status": STATUSES,
    "counted_from_2016": ("yes", "no", UNKNOWN),
}
_PLAIN = {f"tag:yaml.org,2002:{tag}" for tag in ("map", "str", "int", "float", "bool", "null", "timestamp", "merge")}
_DEEPEST = 8  # a map nests five levels; an alias to itself would nest for ever


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnRule(_Part):
    """What a heading means: a column of ours, or `value` with the measure that its cells are figures of.

    `unit` is the file's unit, `factor` the number that turns its figures into ours; one of them is enough. `scope` is
    the definition that the figures of a measure follow; `order` tells how dates such as 03/05/2018 are written.
    """

    column: str
    measure: str = ""
    unit: str = ""
    factor: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    scope: str = ""
    order: Literal["", "month first", "day first"] = ""

    @model_validator(mode="after")
    def _known(self) -> ColumnRule:
        if self.column not in (*COLUMNS, UNUSED):
            hint = meant(self.column, (*COLUMNS, *MEASURES, UNUSED))
            raise _refusal("'{text}' is none of our columns or measures{hint}", text=self.column, hint=hint)
        if self.measure and (near := slip(self.measure, MEASURES)):
            raise _refusal("'{text}' is no measure; did you mean '{name}'?", text=self.measure, name=near)
        if self.measure and self.column != "value":
            raise _refusal("a measure stands in the column 'value', not in '{column}'", column=self.column)
        ours = self.our_unit
        if self.unit and self.factor is not None and ours:
            raise _refusal("give 'unit' or 'factor', not both")
        if self.unit and ours and factor_of(self.unit, ours) is None:
            raise _refusal("'{unit}' cannot be converted into '{wanted}'", unit=self.unit, wanted=ours)
        if self.unit and not ours and self.column != "value":
            raise _refusal("the column '{column}' has no unit", column=self.column)
        return self

    @property
    def our_unit(self) -> str:
        """Our unit of the column or measure, or the empty text where there is none."""
        if self.column == "deaths":
            return MEASURES["deaths"]
        unit = our_unit(self.measure) if self.measure else NUMBERS.get(self.column, "")
        return CHANGE_UNIT if not unit and self.measure.endswith("_change") else unit

    @property
    def times(self) -> float | None:
        """The number that turns the file's figures into ours, or None where neither unit nor factor tells it."""
        return self.factor if self.factor is not None else factor_of(self.unit, self.our_unit)


def _short(value: Any) -> Any:
    """Take the name of a column, or of a measure, for a whole rule."""
    if isinstance(value, str):
        return {"column": "value", "measure": value} if value in MEASURES and value != "deaths" else {"column": value}
    return value


def _checked(words: Mapping[str, str], column: str) -> None:
    for ours in words.values():
        if column in CODES and ours not in CODES[column]:
            hint = meant(ours, CODES[column])
            raise _refusal("'{text}' is no {column} of ours{hint}", text=ours, column=column, hint=hint)


_MAY_BE_EMPTY = BeforeValidator(lambda value: {} if value is None else value)  # a key with comments below it only


class SheetRules(_Part):
    """What one sheet, or a file without sheets, holds."""

    kind: Literal["ledger", "observations", "ignore"] | None = None
    columns: Annotated[dict[str, Annotated[ColumnRule, BeforeValidator(_short)]], _MAY_BE_EMPTY] = {}
    values: Annotated[dict[str, Annotated[dict[str, str], _MAY_BE_EMPTY]], _MAY_BE_EMPTY] = {}
    constants: Annotated[dict[str, str], _MAY_BE_EMPTY] = {}

    @model_validator(mode="after")
    def _known(self) -> SheetRules:
        for part, names in (("values", self.values), ("constants", self.constants)):
            for name in names:
                if name not in COLUMNS:
                    hint = meant(name, COLUMNS)
                    raise _refusal("'{part}': '{text}' is none of our columns{hint}", part=part, text=name, hint=hint)
        for column, words in self.values.items():
            _checked(words, column)
        for column, ours in self.constants.items():
            _checked({"": ours}, column)
        return self


class Rules(_Part):
    """A map: what each sheet holds; the sheet '' is a file without sheets, or any sheet that is not named."""

    sheets: dict[str, SheetRules] = Field(min_length=1)

    def of(self, sheet: str) -> SheetRules | None:
        """Return the rules for a sheet, or None."""
        return self.sheets.get(sheet, self.sheets.get(""))


def rules_path(path: Path) -> Path:
    """Return where the map of a file lies.

    >>> rules_path(Path("data/her.xlsx")).name
    'her.xlsx.map.yaml'
    """
    return path.with_name(f"{path.name}.map.yaml")


def read_rules(path: Path) -> Rules | None:
    """Return the map beside a file, or None when there is none.

    Raises DataError listing every fault with the map's line and key.
    """
    beside = rules_path(path)
    if not beside.is_file():
        return None
    try:
        text = beside.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        what = Message("the map cannot be read ({reason})", reason=getattr(fault, "strerror", None) or "not UTF-8")
        raise DataError(Fault(what, where=beside.name, remedy=Message("Save it as text in UTF-8."))) from None
    return build(text, beside.name)


def build(text: str, name: str) -> Rules:
    """Return the rules that a YAML text holds; `name` is the file named in faults.

    >>> build("sheets: {'': {columns: {FATALS: deths}}}", "crashes.csv.map.yaml")
    Traceback (most recent call last):
    zzlib.errors.DataError: crashes.csv.map.yaml, line 1: 'sheets.''.columns.FATALS': 'deths' is none of our columns
    or measures; did you mean 'deaths'?
    """
    try:
        aliases = [token.start_mark.line + 1 for token in yaml.scan(text) if isinstance(token, yaml.AliasToken)]
        root = None if aliases else yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise DataError(Fault(Message("only plain keys and values are allowed"), where=_where(name, 1))) from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        what = Message("is not valid YAML: {problem}", problem=getattr(fault, "problem", None) or str(fault))
        raise DataError(Fault(what, where=_where(name, mark.line + 1 if mark else 1))) from None
    lines: dict[tuple[str, ...], int] = {}
    faults = [Fault(Message("only plain keys and values are allowed"), where=_where(name, line)) for line in aliases]
    if faults:  # written out, ten names for ten names for ten names would fill the memory
        raise DataError(faults)
    content = _plain(root, (), lines, faults, name) if root is not None else {}
    try:
        rules = Rules.model_validate(content)
    except ValidationError as invalid:
        faults += [_fault(error, lines, name) for error in invalid.errors()]
    if faults:
        raise DataError(faults)
    return rules


def refuse_unknown(rules: Rules | None, raws: Sequence[RawTable], path: Path) -> None:
    """Raise DataError for every sheet and heading of a map that its file does not have: they would do nothing."""
    name = rules_path(path).name
    there = {raw.sheet for raw in raws}
    faults = []
    for sheet, part in rules.sheets.items() if rules else ():
        mine = [raw for raw in raws if sheet in ("", raw.sheet)]
        if sheet and not mine:
            what = Message("the file has no sheet '{sheet}'{hint}", sheet=sheet, hint=meant(sheet, there))
            remedy = Message("Sheets with a table: {sheets}.", sheets=sorted(there - {""}) or "-")
            faults.append(Fault(what, where=name, remedy=remedy))
            continue
        spelled = {text: column for raw in mine for text, column in spellings(raw).items()}
        for heading in part.columns:
            if plain(heading) not in spelled:
                hint = meant(heading, spelled.values())
                what = Message("the table has no column '{column}'{hint}", column=heading, hint=hint)
                faults.append(Fault(what, where=name, remedy=Message("Write the heading as it stands in the file.")))
    if faults:
        raise DataError(faults)


def spellings(raw: RawTable) -> dict[str, str]:
    """Return the columns of a table by their headings, as they stand in the file and as they were cleaned."""
    return {
        plain(spelling): str(name)
        for name in raw.cells.columns
        for spelling in (str(raw.headings.get(name, name)), str(name))
    }


def meant(text: str, known: Collection[str]) -> str:
    """Return a hint at the known name that a text is nearest to, or nothing."""
    near = difflib.get_close_matches(text, [name for name in known if name], n=1, cutoff=0.5)
    return Message("; did you mean '{name}'?", name=near[0]) if near else ""


def _refusal(template: str, **values: Any) -> PydanticCustomError:
    """Return pydantic's own error carrying our catalogue message."""
    return PydanticCustomError("catalogue", "{message}", {"message": Message(template, **values)})


def _plain(
    node: yaml.Node, at: tuple[str, ...], lines: dict[tuple[str, ...], int], faults: list[Fault], name: str
) -> Any:
    """Return a node with every scalar as the text that it is: 01 stays 01."""
    lines.setdefault(at, node.start_mark.line + 1)
    if len(at) > _DEEPEST or node.tag not in _PLAIN:
        what = Message("only plain keys and values are allowed")
        faults.append(Fault(what, where=_where(name, lines[at])))
        return {}
    if isinstance(node, yaml.MappingNode):
        content: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                faults.append(Fault(Message("only plain keys and values are allowed"), where=_where(name, line)))
                continue
            if key.value in content:
                faults.append(Fault(Message("key '{key}' stands twice", key=key.value), where=_where(name, line)))
            lines[(*at, key.value)] = line
            content[key.value] = _plain(value, (*at, key.value), lines, faults, name)
        return content
    return None if node.tag.endswith(":null") else node.value


def _fault(error: Any, lines: Mapping[tuple[str, ...], int], name: str) -> Fault:
    at = tuple(str(part) for part in error["loc"])
    place = at
    while place not in lines and place:
        place = place[:-1]
    key = ".".join(part or "''" for part in at)
    kind = error["type"]
    what: str
    if kind == "extra_forbidden":
        what = Message("unknown key '{key}'{hint}", key=key, hint=meant(at[-1], _keys(at)))
    elif kind == "missing":
        what = Message("key '{key}' is missing", key=key)
    elif kind == "catalogue":
        what = Message("'{key}': {message}", key=key, message=error["ctx"]["message"])
    else:
        given = error["input"] if isinstance(error["input"], str) else "..."
        what = Message("'{key}' cannot be '{given}' ({reason})", key=key, given=given, reason=_reason(error))
    return Fault(what, where=_where(name, lines.get(place, 1)))


def _reason(error: Any) -> str:
    """Return pydantic's reason in our words."""
    kind = error["type"]
    if kind == "literal_error":
        return Message("one of {codes} is needed", codes=error["ctx"]["expected"].replace(" or ", ", "))
    if kind in ("float_parsing", "float_type", "greater_than", "finite_number"):
        return Message("a number above zero is needed")
    if kind == "string_type":
        return Message("a text is needed")
    return Message("a mapping of keys is needed")


def _keys(at: Sequence[str]) -> list[str]:
    """Return the keys that are allowed at a place."""
    model: type[BaseModel] = ColumnRule if len(at) > 4 else SheetRules if len(at) > 2 else Rules
    return list(model.model_fields)


def _where(name: str, line: int) -> Message:
    return Message("{file}, line {line}", file=name, line=line)
