"""A new plan to be filled in: a YAML with the five usual indicators, and the register beside it.

What only the plan's text can tell stands there as FILL, which is no number, date or name: loading the file lists every
such line, so that nothing is taken for promised that nobody read.
"""

from __future__ import annotations

import re
from pathlib import Path

from zzlib.areas import read_areas
from zzlib.errors import Fault, ParameterError
from zzlib.language import Message
from zzlib.plan import load_plan

TEMPLATES = Path(__file__).parent / "templates"
MODEL = "zhengzhou-2016-2020"  # whose indicators are those of the national plan, in its words
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def write(folder: Path, plan: str, *, area: str, baseline_year: int, target_year: int) -> tuple[Path, Path]:
    """Write the two files of a new plan into a folder and return them.

    Raises ParameterError when the id cannot be a file name, a file exists already, the years do not follow each other
    or the area is unknown; an area that the common table lacks is asked for in the plan itself.
    """
    law, register = folder / f"{plan}.yaml", folder / f"{plan}.commitments.yaml"
    faults = []
    if not _ID.fullmatch(plan):
        what = Message("'{plan}' cannot name a plan", plan=plan)
        faults.append(
            Fault(what, remedy=Message("Write small letters, digits and hyphens, such as kaifeng-2021-2025."))
        )
    for path in (law, register):
        if path.exists():
            what = Message("there is a file already, and it may have been filled in")
            faults.append(Fault(what, where=str(path), remedy=Message("Name another plan, or move that file away.")))
    if not 1900 <= baseline_year < target_year - 1 <= 2200:
        what = Message("a plan of {first} to {last} has no mid-term", first=baseline_year, last=target_year)
        faults.append(Fault(what, remedy=Message("Give the baseline year and the target year, such as 2020 and 2025.")))
    if not folder.is_dir():
        faults.append(Fault(Message("there is no such folder"), where=str(folder)))
    if faults:
        raise ParameterError(faults)
    known = area in set(read_areas()["area"])
    own = "" if known else f'areas:\n  - {{area: "{area}", name: {{zh: FILL, en: FILL}}, kind: FILL}}\n'
    midterm = (baseline_year + target_year + 1) // 2
    law.write_text(
        (TEMPLATES / "plan.yaml").read_text(encoding="utf-8").format(
            plan=plan, area=area, baseline=baseline_year, target=target_year, midterm=midterm, own=own,
            indicators=_indicators(),
        ),
        encoding="utf-8",
    )  # fmt: skip
    text = (TEMPLATES / "commitments.yaml").read_text(encoding="utf-8")
    register.write_text(text.format(plan=plan, first=baseline_year + 1), encoding="utf-8")
    return law, register


def _indicators() -> str:
    """Return the five indicators of the model as lines of YAML, on the definition in force since 2016."""
    lines = []
    law = load_plan(MODEL)
    for target in law.targets:
        one = law.indicator(target.indicator)
        lines += [
            f"  - indicator: {one.indicator}",
            f'    name: {{zh: {one.name.zh}, en: "{one.name}"}}',
            f'    unit: {{zh: {one.unit.zh}, en: "{one.unit}"}}',
            "    bureau: {zh: FILL, en: FILL}",
            "    clause: FILL",
            f"    numerator: {{measure: {one.numerator.measure}, scope: {one.numerator.scope[0]}, "
            f"unit: {one.numerator.unit}}}",
        ]
        if one.denominator:
            per = "" if one.denominator.per == 1 else f", per: {one.denominator.per:g}"
            scope = "current prices" if one.denominator.measure == "gdp" else one.denominator.scope[0]
            lines.append(
                f'    denominator: {{measure: {one.denominator.measure}, scope: "{scope}", '
                f'unit: "{one.denominator.unit}"{per}}}'
            )
    return "\n".join(lines)
