"""The register of a plan's commitments as typed data: what is promised, where, by whom, of what kind and until when.

It stands beside the plan as `<plan>.commitments.yaml`, and also lists every number of the text that promises nothing,
so that a test can prove that none was left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from zzlib.language import Message
from zzlib.periods import end, is_period
from zzlib.schema import FIELDS
from zzlib.typed import Bilingual, Part, Texts, load, meant, refusal

KINDS = ("threshold", "count", "deadline", "existence")
GROUPS = ("task", "sector", "project", "safeguard")
ALL_FIELDS = "all"
_DIGITS = "零一二三四五六七八九"


class Clause(Part):
    """A clause of the plan that holds commitments, and which part of the plan it belongs to."""

    clause: str
    group: Literal["task", "sector", "project", "safeguard"]
    name: Bilingual

    @property
    def anchor(self) -> str:
        """The clause as the end of an address, in plain letters.

        >>> from zzlib.language import Name
        >>> Clause(clause="三(三)12", group="sector", name=Name(zh="消防", en="Fire")).anchor
        'clause-3-3-12'
        """
        digits = "".join(str(_DIGITS.index(letter)) if letter in _DIGITS else letter for letter in self.clause)
        return "clause-" + "-".join(digits.replace("(", " ").replace(")", " ").split())


class Commitment(Part):
    """One promise: a share or number to reach, or something to be complete or to exist.

    `value` is a number of `of`, or for a share the per cent of all `of`; without it an office declares completion.
    `due` is a period, by whose last day it is owed; without it the plan states no date, and its last year is taken.
    """

    commitment: str
    clause: str
    field: Texts = (ALL_FIELDS,)
    responsible: str
    kind: Literal["threshold", "count", "deadline", "existence"]
    value: Decimal | None = None
    due: str | None = None
    of: Bilingual | None = None
    name: Bilingual
    evidence: Bilingual
    quote: str

    @model_validator(mode="after")
    def _whole(self) -> Commitment:
        if self.kind in ("threshold", "count") and self.value is None:
            raise refusal("'{kind}' needs a 'value'", kind=self.kind)
        if self.kind == "existence" and self.value is not None:
            raise refusal("what is to exist has no 'value': write a threshold, a count or a deadline")
        if self.kind == "deadline" and self.due is None:
            raise refusal("a deadline needs its date, 'due'")
        if (self.value is None) != (self.of is None):
            raise refusal("'value' and 'of' say together how many of what")
        if self.is_share and self.value is not None and not 0 < self.value <= 100:
            raise refusal("a share is written in per cent, above 0 and up to 100")
        return self

    @property
    def is_share(self) -> bool:
        """Whether a report gives a share of a known number, in per cent."""
        return self.value is not None and self.kind != "count"

    @property
    def goal(self) -> float:
        """The value at which it is done: the plan's own, or 1 for what is declared."""
        return 1.0 if self.value is None else float(self.value)


class NoCommitment(Part):
    """A number of the text that promises nothing, wherever it stands, and why."""

    text: str = ""
    pattern: str = ""
    reason: str

    @model_validator(mode="after")
    def _one(self) -> NoCommitment:
        if bool(self.text) == bool(self.pattern):
            raise refusal("either 'text' or 'pattern' says which number is meant")
        return self


class Register(Part):
    """All commitments of a plan, the clauses and offices they belong to, and the numbers that are none."""

    plan: str
    text: str
    starts: date
    bodies: dict[str, Bilingual]
    clauses: tuple[Clause, ...] = Field(min_length=1)
    commitments: tuple[Commitment, ...] = Field(min_length=1)
    numbers: tuple[NoCommitment, ...] = ()

    def commitment(self, code: str) -> Commitment:
        """Return the commitment with a code."""
        return next(one for one in self.commitments if one.commitment == code)

    def clause(self, code: str) -> Clause:
        """Return the clause with a code."""
        return next(one for one in self.clauses if one.clause == code)


PARTS: dict[str, type[Part]] = {"clauses": Clause, "commitments": Commitment, "numbers": NoCommitment}


def load_register(path: Path, *, plan: str) -> Register:
    """Return the register in a file; raises PlanError listing every fault with its line.

    >>> from zzlib.plan import PLANS
    >>> register = load_register(PLANS / "zhengzhou-2016-2020.commitments.yaml", plan="zhengzhou-2016-2020")
    >>> register.commitment("health-checks").goal, due(register.commitment("standard-producers"), 2020).isoformat()
    (90.0, '2017-03-31')
    """

    def misfits(content: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
        if content.get("plan") != plan:
            yield ("plan",), Message("this register is for the plan '{plan}'", plan=str(content.get("plan")))
        yield from _misfits(content)

    return load(path, Register, parts=PARTS, misfits=misfits)


def due(commitment: Commitment, target_year: int) -> date:
    """Return the last day on which a commitment is kept in time: the end of its period, or of the plan."""
    return end(commitment.due or str(target_year))


def _misfits(content: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Message]]:
    clauses = [str(one.get("clause")) for one in _entries(content, "clauses")]
    bodies = list(content["bodies"]) if isinstance(content.get("bodies"), dict) else []
    known = {"clause": clauses, "responsible": bodies, "field": [ALL_FIELDS, *FIELDS]}
    seen: set[str] = set()
    for i, one in enumerate(_entries(content, "commitments")):
        code = str(one.get("commitment"))
        if code in seen:
            yield ("commitments", i, "commitment"), Message("commitment '{code}' stands twice", code=code)
        seen.add(code)
        for key, allowed in known.items():
            given = one.get(key, [])
            for text in [given] if isinstance(given, str) else given if isinstance(given, list) else []:
                if text not in allowed:
                    hint = meant(str(text), allowed)
                    what = Message("{key} '{code}' is not known{hint}", key=key, code=str(text), hint=hint)
                    yield ("commitments", i, key), what
        if "due" in one and not is_period(str(one["due"])):
            what = Message("'{text}' is not a period such as 2017, 2017-03 or 2017-03-31", text=str(one["due"]))
            yield ("commitments", i, "due"), what


def _entries(content: dict[str, Any], part: str) -> list[dict[str, Any]]:
    found = content.get(part)
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []
