"""A plan as typed data: indicators, targets, bands and primary choices, built from one YAML file.

The law is data: a planner reviews the YAML without reading code, and every fault in it is listed at once with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveFloat, model_validator

from zzlib.errors import Fault, PlanError
from zzlib.language import Message
from zzlib.periods import is_period
from zzlib.register import Register, load_register
from zzlib.typed import Bilingual, Part, Texts, load, meant, refusal

PROJECT = Path(__file__).resolve().parents[1]
PLANS = PROJECT / "data" / "plans"


class Quantity(Part):
    """A measure on a scope. Of several, an exposure uses the first that has a value, a numerator its first only."""

    measure: str
    scope: Texts
    unit: str


class Exposure(Quantity):
    """A denominator; the rate is numerator / (denominator / `per`)."""

    per: PositiveFloat = 1.0


class Indicator(Part):
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


class Target(Part):
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
            raise refusal(
                "a target of form '{form}' needs '{wanted}' and no '{other}'",
                form=self.form, wanted=wanted, other=other,
            )  # fmt: skip
        if self.change is not None and not -1 <= self.change <= 10:
            raise refusal("change {change} is not a share: write -0.10 for ten per cent less", change=str(self.change))
        return self

    @property
    def falls(self) -> bool:
        """Whether less is better."""
        return self.form == "ceiling" if self.change is None else self.change <= 0


class Scope(Part):
    """A statistical definition (口径), when it started and what it replaced."""

    name: Bilingual
    starts: date | None = None
    replaces: str | None = None


class Bands(Part):
    """Where a probability becomes a verdict."""

    off_track: float = Field(ge=0, le=1)
    on_track: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Bands:
        if self.off_track >= self.on_track:
            raise refusal("off_track must be below on_track")
        return self


class Choices(Part):
    """The primary choices that give the verdict, fixed before the data are read."""

    measure: Literal["straight_path"]
    model: Literal["shared_level"]
    baseline: Literal["one_year"]
    prices: Literal["current"]
    allocation: Literal["proportional", "exposure", "converging", "historical"] = "proportional"


class ExtraArea(Part):
    """An area that the common table of areas does not hold, such as another country."""

    area: str
    name: Bilingual
    parent: str = ""
    kind: Literal["nation", "province", "city", "district", "zone"] = "nation"


class Plan(Part):
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
    scopes: dict[str, Scope] = Field(default_factory=dict)
    areas: tuple[ExtraArea, ...] = ()
    breakdown: str | None = None
    boundaries: str = ""
    contact: Bilingual | None = None
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = Field(min_length=1)
    commitments: Register | None = None  # every one of them; read from the file beside the plan's own

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


ID = re.compile(r"[^\W_][\w-]{0,59}")  # a plan's id names the folder of its runs
PARTS: dict[str, type[Part]] = {
    "indicators": Indicator, "targets": Target, "numerator": Quantity, "denominator": Exposure,
    "bands": Bands, "choices": Choices, "scopes": Scope, "areas": ExtraArea,
}  # fmt: skip


def _misfits(content: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    """Yield what does not fit together, with its place; the parts may be wrong themselves, so nothing is assumed."""
    years = [str(content.get(key)) for key in ("baseline_year", "midterm_year", "target_year")]
    if all(year.isdigit() for year in years) and not int(years[0]) < int(years[1]) <= int(years[2]):
        yield ("target_year",), Message("years must run baseline_year < midterm_year <= target_year")
    if "plan" in content and not ID.fullmatch(str(content["plan"])):
        yield ("plan",), Message("'{text}' is not an id: letters, digits, - and _, at most 60", text=content["plan"])
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
            hint = meant(str(law["replaces"]), list(scopes))
            what = Message("'{code}' is not among the plan's scopes{hint}", code=str(law["replaces"]), hint=hint)
            yield ("scopes", scope, "replaces"), what
    if content.get("breakdown"):
        used.append((("breakdown",), str(content["breakdown"])))
    for at, code in used:
        if code not in defined:
            hint = meant(code, defined)
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
                    Message("there is no plan '{plan}'{hint}", plan=str(plan), hint=meant(str(plan), known)),
                    remedy=Message("Known plans: {plans}. Or name a YAML file.", plans=known),
                )
            )
    law = load(path, Plan, parts=PARTS, misfits=_misfits)
    beside = path.with_suffix(".commitments.yaml")
    if law.commitments is not None or not beside.is_file():
        return law
    return law.model_copy(update={"commitments": load_register(beside, plan=law.plan)})
