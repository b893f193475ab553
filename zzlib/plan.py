"""A plan as typed data: indicators, targets, bands and primary choices, built from one YAML file.

The law is data: a planner reviews the YAML without reading code, and every fault in it is listed at once with its line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PositiveFloat,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from zzlib.errors import Fault, PlanError
from zzlib.language import Message, Name
from zzlib.periods import is_period

PROJECT = Path(__file__).resolve().parents[1]
PLANS = PROJECT / "data" / "plans"
DEEPEST = 12  # a plan nests five levels; an alias to itself would nest for ever


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


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Quantity(_Part):
    """A measure on a scope. Of several, an exposure uses the first that has a value, a numerator its first only."""

    measure: str
    scope: Texts
    unit: str


class Exposure(Quantity):
    """A denominator; the rate is numerator / (denominator / `per`)."""

    per: PositiveFloat = 1.0


class Indicator(_Part):
    """A number judged against a target: a count, or a count per exposure."""

    indicator: str
    name: Bilingual
    unit: Bilingual
    bureau: Bilingual
    numerator: Quantity
    denominator: Exposure | None = None
    clause: str = ""

    @property
    def scope(self) -> str:
        """The statistical definition that the indicator follows: its numerator's first choice."""
        return self.numerator.scope[0]


class Target(_Part):
    """A value that the plan commits to.

    `change` and `change_at_least` are relative to the observed baseline (−0.30, or 0.20 for a rise); `ceiling` and
    `floor` are levels in the indicator's unit ("at least 85 %" of a share in per cent is `floor: 85`). `printed` is the
    level that the plan prints beside a change, to be checked and not used.
    """

    indicator: str
    form: Literal["change", "change_at_least", "ceiling", "floor"]
    change: Decimal | None = None
    level: Decimal | None = None
    printed: Decimal | None = None
    clause: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _one_value(self) -> Target:
        wanted, other = ("change", "level") if self.form.startswith("change") else ("level", "change")
        if getattr(self, wanted) is None or getattr(self, other) is not None:
            raise _refusal(
                "a target of form '{form}' needs '{wanted}' and no '{other}'",
                form=self.form, wanted=wanted, other=other,
            )  # fmt: skip
        if self.change is not None and not -1 <= self.change <= 10:
            raise _refusal("change {change} is not a share: write -0.10 for ten per cent less", change=str(self.change))
        return self

    @property
    def falls(self) -> bool:
        """Whether less is better."""
        return self.form == "ceiling" if self.change is None else self.change <= 0


class Scope(_Part):
    """A statistical definition (口径), when it started and what it replaced."""

    name: Bilingual
    starts: date | None = None
    replaces: str | None = None


class Bands(_Part):
    """Where a probability becomes a verdict."""

    off_track: float = Field(ge=0, le=1)
    on_track: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Bands:
        if self.off_track >= self.on_track:
            raise _refusal("off_track must be below on_track")
        return self


class Choices(_Part):
    """The primary choices that give the verdict, fixed before the data are read."""

    measure: Literal["straight_path"]
    model: Literal["shared_level"]
    baseline: Literal["one_year"]
    prices: Literal["current"]
    allocation: Literal["proportional", "exposure", "converging", "historical"] = "proportional"


class ExtraArea(_Part):
    """An area that the common table of areas does not hold, such as another country."""

    area: str
    name: Bilingual
    parent: str = ""
    kind: Literal["nation", "province", "city", "district", "zone"] = "nation"


class Plan(_Part):
    """A plan: what it promises, for whom, from when to when, and by which rules it is judged."""

    plan: str
    title: Bilingual
    area: str
    baseline_year: int = Field(ge=1900, le=2200)
    target_year: int = Field(ge=1900, le=2200)
    midterm_year: int = Field(ge=1900, le=2200)
    published: str
    source: str
    data: Texts
    bands: Bands
    choices: Choices
    scopes: dict[str, Scope] = {}
    areas: tuple[ExtraArea, ...] = ()
    breakdown: str | None = None
    boundaries: str = ""
    contact: Bilingual | None = None
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = Field(min_length=1)

    def indicator(self, code: str) -> Indicator:
        """Return the indicator with a code."""
        return next(i for i in self.indicators if i.indicator == code)

    def target(self, indicator: str) -> Target:
        """Return the target on an indicator."""
        return next(t for t in self.targets if t.indicator == indicator)

    def restates(self, scope: str, year: int) -> str | None:
        """Return the definition in force in a year, when `scope` only started after it, else None."""
        known = self.scopes.get(scope)
        if known is not None and known.starts is not None and known.starts > date(year, 12, 31):
            return known.replaces
        return None


def _refusal(template: str, **values: Any) -> PydanticCustomError:
    """Return pydantic's own error carrying our catalogue message."""
    return PydanticCustomError("catalogue", "{message}", {"message": Message(template, **values)})


def _misfits(content: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    """Yield what does not fit together, with its place; the parts may be wrong themselves, so nothing is assumed."""
    years = [str(content.get(key)) for key in ("baseline_year", "midterm_year", "target_year")]
    if all(year.isdigit() for year in years) and not int(years[0]) < int(years[1]) <= int(years[2]):
        yield ("target_year",), Message("years must run baseline_year < midterm_year <= target_year")
    if "published" in content and not is_period(str(content["published"])):
        yield ("published",), Message("'{text}' is not a date such as 2017-03-03", text=str(content["published"]))
    codes = list(_codes(content, "indicators"))
    defined = [code for _, code in codes]
    for i, (at, code) in enumerate(codes):
        if code in defined[:i]:
            yield at, Message("indicator '{code}' is defined twice", code=code)
    used = list(_codes(content, "targets"))
    for i, (at, code) in enumerate(used):
        if code in [earlier for _, earlier in used[:i]]:
            yield at, Message("indicator '{code}' has two targets", code=code)
    scopes: dict[str, Any] = content["scopes"] if isinstance(content.get("scopes"), dict) else {}
    for scope, law in scopes.items():
        if isinstance(law, dict) and law.get("replaces") and law["replaces"] not in scopes:
            hint = _meant(str(law["replaces"]), list(scopes))
            what = Message("'{code}' is not among the plan's scopes{hint}", code=str(law["replaces"]), hint=hint)
            yield ("scopes", scope, "replaces"), what
    if content.get("breakdown"):
        used.append((("breakdown",), str(content["breakdown"])))
    for at, code in used:
        if code not in defined:
            hint = _meant(code, defined)
            yield at, Message("'{code}' is not among the plan's indicators{hint}", code=code, hint=hint)


def _codes(content: dict[str, Any], part: str) -> Iterator[tuple[tuple[Any, ...], str]]:
    for i, entry in enumerate(content[part] if isinstance(content.get(part), list) else []):
        if isinstance(entry, dict) and "indicator" in entry:
            yield (part, i, "indicator"), str(entry["indicator"])


def plan_ids() -> list[str]:
    """Return the ids of the plans that come with the project."""
    return sorted(path.stem for path in PLANS.glob("*.yaml") if "." not in path.stem)


def load_plan(plan: str | Path | Plan) -> Plan:
    """Return a plan by its id or file.

    Raises PlanError listing every fault with its line.

    >>> load_plan("zhengzhou-2016-2020").targets[1].change
    Decimal('-0.30')
    """
    if isinstance(plan, Plan):
        return plan
    path = Path(plan)
    if path.suffix not in (".yaml", ".yml"):
        path = PLANS / f"{plan}.yaml"
        if str(plan) not in plan_ids():
            known = plan_ids()
            raise PlanError(
                Fault(
                    Message("there is no plan '{plan}'{hint}", plan=str(plan), hint=_meant(str(plan), known)),
                    remedy=Message("Known plans: {plans}. Or name a YAML file.", plans=known),
                )
            )
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
    return _build(text, path)


def _build(text: str, path: Path) -> Plan:
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
    lines: dict[tuple[Any, ...], int] = {}
    faults: list[Fault] = []
    content = _plain(root, (), lines, faults, path) if root is not None else None
    if not isinstance(content, dict):
        faults.append(Fault(Message("the file does not hold a plan (a mapping of keys)"), where=str(path)))
        raise PlanError(faults)
    faults += [Fault(misfit, where=_where(path, lines.get(at, 1))) for at, misfit in _misfits(content)]
    try:
        plan = Plan.model_validate(content)
    except ValidationError as invalid:
        errors = invalid.errors()
        # A list whose entries are all refused is reported as empty too: the entries' own faults say it better.
        blamed = [error["loc"] for error in errors if error["type"] != "too_short"]
        faults += [
            _fault(error, path, lines)
            for error in errors
            if error["type"] != "too_short" or not any(loc[: len(error["loc"])] == error["loc"] for loc in blamed)
        ]
    if faults:
        raise PlanError(faults)
    return plan


class _Loader(yaml.SafeLoader):
    """The safe loader with every scalar kept as text: pydantic gives it its type, decimals stay exact."""


def _plain(
    node: yaml.Node, at: tuple[Any, ...], lines: dict[tuple[Any, ...], int], faults: list[Fault], path: Path
) -> Any:
    lines[at] = node.start_mark.line + 1
    if len(at) > DEEPEST or not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
        faults.append(Fault(Message("only plain keys, lists and values are allowed"), where=_where(path, lines[at])))
        return None
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
    return None if node.tag.endswith(":null") else node.value


def _fault(error: Any, path: Path, lines: dict[tuple[Any, ...], int]) -> Fault:
    at = tuple(part for part in error["loc"] if part != "function-after")
    place = at
    while place not in lines and place:
        place = place[:-1]
    key = ".".join(str(part) for part in at)
    kind = error["type"]
    what: str
    if kind == "extra_forbidden":
        what = Message("unknown key '{key}'{hint}", key=key, hint=_meant(str(at[-1]), _keys(at)))
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


def _keys(at: tuple[Any, ...]) -> list[str]:
    """Return the keys that are allowed at a place."""
    parts: dict[str, type[BaseModel]] = {
        "indicators": Indicator, "targets": Target, "numerator": Quantity, "denominator": Exposure,
        "bands": Bands, "choices": Choices, "scopes": Scope, "areas": ExtraArea,
    }  # fmt: skip
    named = [parts[part] for part in at[:-1] if part in parts]
    return list((named[-1] if named else Plan).model_fields)


def _meant(text: str, known: list[str]) -> str:
    near = difflib.get_close_matches(text, known, n=1)
    return Message("; did you mean '{name}'?", name=near[0]) if near else ""


def _where(path: Path, line: int) -> Message:
    return Message("{file}, line {line}", file=str(path.name), line=line)
