"""A YAML file as typed data: every scalar kept as text until pydantic gives it its type, every fault with its line.

The law is data: whoever reviews it reads no code, and is told of all that is wrong at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError
from pydantic_core import PydanticCustomError

from zzlib.errors import Fault, PlanError
from zzlib.language import Message, Name

FILL = "FILL"  # stands in a new plan for what only its text can tell
DEEPEST = 12  # a plan nests five levels; an alias to itself would nest for ever
MOST = 100_000  # nodes, aliases written out: ten names for ten names for ten names would fill the memory
Misfits = Iterable[tuple[tuple[Any, ...], Message]]  # what does not fit together, with the keys that lead to it


def _name(value: Any) -> Any:
    return Name(**value) if isinstance(value, dict) and set(value) == {"zh", "en"} else value


def _tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Bilingual = Annotated[
    Name,
    BeforeValidator(_name),
    PlainSerializer(lambda name: {"zh": name.zh, "en": str(name)}, when_used="json"),
]
Texts = Annotated[tuple[str, ...], BeforeValidator(_tuple)]


class Part(BaseModel):
    """A part of a file: no key beside those named, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


Held = TypeVar("Held", bound=Part)


def refusal(template: str, **values: Any) -> PydanticCustomError:
    """Return pydantic's own error carrying our catalogue message."""
    return PydanticCustomError("catalogue", "{message}", {"message": Message(template, **values)})


def load(
    path: Path, model: type[Held], *, parts: Mapping[str, type[Part]], misfits: Callable[[dict[str, Any]], Misfits]
) -> Held:
    """Return what a YAML file holds as a model, whose nested `parts` are known by their keys.

    `misfits` says what does not fit together in the content as it stands, which may be wrong itself. Raises PlanError
    listing every fault with its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise PlanError(
            Fault(
                Message("the plan cannot be read ({reason})", reason=getattr(fault, "strerror", "not UTF-8")),
                where=str(path),
                remedy=Message("Name an existing YAML file in UTF-8."),
            )
        ) from None
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        raise PlanError(
            Fault(
                Message("is not valid YAML: {problem}", problem=getattr(fault, "problem", None) or str(fault)),
                where=_where(path, mark.line + 1 if mark else 1),
            )
        ) from None
    except RecursionError:
        raise PlanError(
            Fault(Message("only plain keys, lists and values are allowed"), where=_where(path, 1))
        ) from None
    lines: dict[tuple[Any, ...], int] = {}
    faults: list[Fault] = []
    content = _plain(root, (), lines, faults, path) if root is not None else None
    if not isinstance(content, dict):
        faults.append(Fault(Message("the file does not hold a plan (a mapping of keys)"), where=str(path)))
        raise PlanError(faults)
    if any(fault.what == "still to be filled in" for fault in faults):
        raise PlanError(list(dict.fromkeys(faults)))  # what is wrong beside it may only be wrong for that
    faults += [Fault(misfit, where=_where(path, lines.get(at, 1))) for at, misfit in misfits(content)]
    try:
        held = model.model_validate(content)
    except ValidationError as invalid:
        errors = invalid.errors()
        # A list whose entries are all refused is reported as empty too: the entries' own faults say it better.
        blamed = [error["loc"] for error in errors if error["type"] != "too_short"]
        faults += [
            _fault(error, path, lines, {"": model, **parts})
            for error in errors
            if error["type"] != "too_short" or not any(loc[: len(error["loc"])] == error["loc"] for loc in blamed)
        ]
    if faults:
        raise PlanError(faults)
    return held


class _Loader(yaml.SafeLoader):
    """The safe loader with every scalar kept as text: pydantic gives it its type, decimals stay exact."""


def _plain(
    node: yaml.Node, at: tuple[Any, ...], lines: dict[tuple[Any, ...], int], faults: list[Fault], path: Path
) -> Any:
    lines[at] = node.start_mark.line + 1
    if len(at) > DEEPEST or not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
        faults.append(Fault(Message("only plain keys, lists and values are allowed"), where=_where(path, lines[at])))
        return None
    if len(lines) > MOST:
        what = Message("the file says more than {count} values", count=MOST)
        raise PlanError(Fault(what, where=_where(path, lines[at])))
    if isinstance(node, yaml.MappingNode):
        content: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                what = Message("only plain keys, lists and values are allowed")
                faults.append(Fault(what, where=_where(path, key.start_mark.line + 1)))
                continue
            if key.value in content:
                what = Message("key '{key}' stands twice", key=key.value)
                faults.append(Fault(what, where=_where(path, key.start_mark.line + 1)))
            content[key.value] = _plain(value, (*at, key.value), lines, faults, path)
            lines[(*at, key.value)] = key.start_mark.line + 1
        return content
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, (*at, i), lines, faults, path) for i, value in enumerate(node.value)]
    if node.value == FILL:
        faults.append(Fault(Message("still to be filled in"), where=_where(path, lines[at])))
    return None if node.tag.endswith(":null") else node.value


def _fault(error: Any, path: Path, lines: dict[tuple[Any, ...], int], parts: Mapping[str, type[Part]]) -> Fault:
    at = tuple(part for part in error["loc"] if part != "function-after")
    place = at
    while place not in lines and place:
        place = place[:-1]
    key = ".".join(str(part) for part in at)
    kind = error["type"]
    what: str
    if kind == "extra_forbidden":
        what = Message("unknown key '{key}'{hint}", key=key, hint=meant(str(at[-1]), _keys(at, parts)))
    elif kind == "missing":
        what = Message("key '{key}' is missing", key=key)
    elif kind == "catalogue":
        what = error["ctx"]["message"]
    else:
        given = error["input"] if isinstance(error["input"], str | int | float) else "..."
        what = Message("'{key}' cannot be '{given}' ({reason})", key=key, given=given, reason=_reason(error))
    return Fault(what, where=_where(path, lines.get(place, 1)))


def _reason(error: Any) -> str:
    """Return pydantic's reason in our words where they are known."""
    kind = error["type"]
    if kind in ("int_parsing", "int_from_float"):
        return Message("a whole number is needed")
    if kind in ("decimal_parsing", "float_parsing", "decimal_type", "float_type"):
        return Message("a number is needed")
    if kind == "is_instance_of":
        return Message("a name needs both zh and en")
    if kind == "literal_error":
        return Message("one of {codes} is needed", codes=error["ctx"]["expected"].replace(" or ", ", "))
    return str(error["msg"])


def _keys(at: tuple[Any, ...], parts: Mapping[str, type[Part]]) -> list[str]:
    """Return the keys that are allowed at a place."""
    named = [parts[part] for part in at[:-1] if part in parts]
    return list((named[-1] if named else parts[""]).model_fields)


def meant(text: str, known: list[str]) -> str:
    """Return the question after a name that nearly fits, or nothing."""
    near = difflib.get_close_matches(text, known, n=1)
    return Message("; did you mean '{name}'?", name=near[0]) if near else ""


def _where(path: Path, line: int) -> Message:
    return Message("{file}, line {line}", file=str(path.name), line=line)
