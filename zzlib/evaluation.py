"""The evaluation: load, compute, keep. One result object from which every number, sentence and picture comes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pandera.errors import SchemaError

from zzlib import files, indicators, kept, ledger, load
from zzlib.areas import read_areas
from zzlib.cells import in_order, slip
from zzlib.discrepancies import discrepancies
from zzlib.errors import DataError, Fault, ParameterError, PlanError
from zzlib.language import LANGUAGES, Message, Name, word
from zzlib.periods import end, is_year
from zzlib.plan import PROJECT, Indicator, Plan, load_plan
from zzlib.schema import DISCREPANCIES, QUALITY, SIZES, SUMS, table, weakest
from zzlib.targets import checked_dates, judge, last_year

ABOUT_SIZES = ("_variance_ratio", "_mean_size")  # what the ledger tells about the sizes of accidents
T = TypeVar("T")
QUESTION = "question.json"  # the plan and the question that the kept tables answer
BREAKS_FILE = PROJECT / "data" / "breaks.csv"


@dataclass(frozen=True)
class Evaluation:
    """A plan evaluated through a period: the question, and its answer as tables (see docs/data-dictionary.md)."""

    plan: Plan
    through: str
    as_of: str
    language: str
    inputs: tuple[str, ...]
    observations: pd.DataFrame
    indicators: pd.DataFrame
    forecasts: pd.DataFrame
    assessments: pd.DataFrame
    safety: pd.DataFrame
    changes: pd.DataFrame
    readings: pd.DataFrame
    promises: pd.DataFrame
    consistency: pd.DataFrame
    joint: pd.DataFrame
    robustness: pd.DataFrame
    revisions: pd.DataFrame
    sizes: pd.DataFrame
    discrepancies: pd.DataFrame
    quality: pd.DataFrame
    sums: pd.DataFrame

    @cached_property
    def areas(self) -> pd.DataFrame:
        """The areas that the plan can speak of, its own additions among them."""
        return plan_areas(self.plan)

    @property
    def mark(self) -> str:
        """What every figure, table and page must bear: the word for synthetic data where any is used, else nothing."""
        return word("mark", "synthetic") if (self.observations["status"] == "synthetic").any() else ""

    def indicator(self, code: str) -> Indicator:
        """Return an indicator of the plan."""
        return self.plan.indicator(code)

    def assessment(self, indicator: str) -> pd.Series:
        """Return the assessment of one target."""
        return self.assessments.set_index("indicator", drop=False).loc[indicator]

    def area_name(self, code: str) -> Name:
        """Return an area's name."""
        name: Name = self.areas.set_index("area").at[code, "name"]
        return name

    @cached_property
    def districts(self) -> pd.DataFrame:
        """The plan's breakdown: indicator rows of its units and, first, of its own area over the same years."""
        units = self.areas.loc[self.areas["parent"] == self.plan.area, "area"]
        by_unit = self.indicators[self.indicators["area"].isin(units)]
        own = self.indicators[
            (self.indicators["area"] == self.plan.area)
            & self.indicators["period"].isin(by_unit["period"].unique())
            & self.indicators["indicator"].isin(by_unit["indicator"].unique())
            & self.indicators["scope"].isin(by_unit["scope"].unique())
        ]
        # A single year stands in the table for the area already, as one of its series.
        return pd.concat([own.drop_duplicates(["period", "indicator"]), by_unit], ignore_index=True)

    def lacks(self, need: str) -> Message | None:
        """Return why an input that a notebook needs is not there, or None when it is."""
        if need == "districts" and len(self.districts) < 2:
            return Message("the data hold no figures by district for this plan")
        return None


def evaluate(
    plan: str | Path | Plan,
    *,
    through: str | int | None = None,
    as_of: str | date | None = None,
    data: Sequence[str | Path] = (),
    language: str = "zh",
    folder: str | Path = "",
) -> Evaluation:
    """Return a plan's evaluation through a period, as known on a day: the first call of every notebook.

    `data` are files or folders of observation tables and ledgers, told apart by their headers; they replace the plan's
    own list. A relative path is taken from the project's folder. With a `folder` the tables are kept in
    `folder/tables`, and read back when the same question was answered there before; without one nothing is written.
    Raises PlanError, DataError or ParameterError with every fault found.

    >>> evaluate("zhengzhou-2016-2020", through=2018, data=["data/observations"]).assessments["verdict"].iloc[0]
    'not_assessable'
    """
    the_plan = load_plan(plan)
    period, day = checked_dates(the_plan, through, as_of)
    if language not in LANGUAGES:
        what = Message("language: '{text}' is not known", text=str(language))
        raise ParameterError(Fault(what, remedy=Message("Write one of {codes}.", codes=list(LANGUAGES))))
    found = _tables([data] if isinstance(data, str | Path) else data or the_plan.data)
    key = _key(the_plan, period, day, found)
    tables = kept.read(Path(folder) / "tables", key) if str(folder) else None
    inputs = tuple(str(path) for path in found)
    if tables is None:
        tables = _computed(the_plan, period, day, found)
        if str(folder):
            _keep(Evaluation(the_plan, period, day, language, inputs, **tables), tables, Path(folder) / "tables", key)
    return Evaluation(the_plan, period, day, language, inputs, **tables)


def reopen(folder: str | Path) -> Evaluation:
    """Return the evaluation that a run kept in its folder, just as it was then.

    Raises ParameterError when the folder holds none, or one that an older version wrote in another shape.
    """
    tables_folder = Path(folder) / "tables"
    try:
        question = json.loads((tables_folder / QUESTION).read_text(encoding="utf-8"))
        plan = Plan.model_validate_json(json.dumps(question.pop("plan")))
        tables = kept.read(tables_folder)
    except (OSError, ValueError, SchemaError):
        tables = None
    if tables is None:
        what = Message("holds no evaluation that this version can read")
        raise ParameterError(Fault(what, where=str(folder), remedy=Message("Name the folder of a finished run.")))
    return Evaluation(plan=plan, **(question | {"inputs": tuple(question["inputs"])}), **tables)


def _keep(evaluation: Evaluation, tables: dict[str, pd.DataFrame], folder: Path, key: str) -> None:
    question = {name: getattr(evaluation, name) for name in ("through", "as_of", "language", "inputs")}
    plan = json.loads(evaluation.plan.model_dump_json())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / QUESTION).write_text(json.dumps(question | {"plan": plan}, ensure_ascii=False), encoding="utf-8")
        kept.write(tables, folder, key)
    except OSError as fault:
        what = Message("the tables cannot be written ({reason})", reason=fault.strerror or "?")
        raise ParameterError(Fault(what, where=str(folder), remedy=Message("Name another folder."))) from None


def plan_areas(plan: Plan) -> pd.DataFrame:
    """Return the common table of areas with the plan's own additions."""
    areas = read_areas()
    extra = pd.DataFrame(
        [
            {
                "area": a.area,
                "zh": a.name.zh,
                "en": a.name.en,
                "aliases": "",
                "parent": a.parent,
                "kind": a.kind,
                "name": a.name,
            }
            for a in plan.areas
        ],
        dtype=object,
    )
    together = pd.concat([areas, extra], ignore_index=True) if len(extra) else areas
    twice = together["area"][together["area"].duplicated()].unique()
    if len(twice):
        what = Message("the plan names areas that are known already: {areas}", areas=list(twice))
        raise PlanError(Fault(what, remedy=Message("Take them out of the plan's 'areas:'.")))
    if plan.area not in set(together["area"]):
        what = Message("the plan's area '{area}' is not known", area=plan.area)
        raise DataError(Fault(what, remedy=Message("Add it to data/areas/areas.csv, or under 'areas:' in the plan.")))
    return together


def _computed(plan: Plan, period: str, day: str, found: Sequence[Path]) -> dict[str, pd.DataFrame]:
    areas = plan_areas(plan)
    everything, sizes = _loaded(found, areas)
    _refuse_misspelt_scopes(plan, everything)
    judged = judge(plan, everything, through=period, as_of=day or None, breaks=read_breaks(), sizes=sizes)
    figures = indicators.known(everything, through=period, as_of=day or None)
    units = [plan.area, *areas.loc[areas["parent"] == plan.area, "area"]]
    measures = {i.numerator.measure for i in plan.indicators} | {i.indicator for i in plan.indicators}
    measures |= {i.denominator.measure for i in plan.indicators if i.denominator} | {"accidents", "fatal_accidents"}
    measures |= {f"accidents_{grade}" for grade in ("ordinary", *ledger.GRADES)}
    measures |= {f"{measure}{suffix}" for measure in measures for suffix in ABOUT_SIZES}
    used = figures[figures["area"].isin(units) & figures["measure"].isin(measures)].reset_index(drop=True)
    return {
        "observations": used,
        "indicators": indicators.table_of(plan, used, areas),
        "discrepancies": table(DISCREPANCIES, discrepancies(plan, _published(everything, period, day))),
        "sizes": sizes[sizes["area"] == plan.area].reset_index(drop=True),
        **{field.name: getattr(judged, field.name) for field in fields(judged)},
        "quality": _quality(plan, used, period),
        "sums": _sums(plan, used),
    }


def _published(observations: pd.DataFrame, period: str, day: str) -> pd.DataFrame:
    """Return every vintage of the periods looked at that was published by a day; all of them without one."""
    last = end(period)
    seen = observations[observations["period"].map({one: end(one) <= last for one in observations["period"].unique()})]
    return seen[(seen["vintage"] == "") | (seen["vintage"] <= day)] if day else seen


def _tables(data: Sequence[str | Path]) -> list[Path]:
    """Return the observation tables and ledgers at some paths; of a folder what is neither is left aside."""
    found = files.find(data, PROJECT)
    named = {PROJECT / path for path in data}
    headers = {path: files.header(path) for path in found}
    known = [path for path in found if load.is_observations(headers[path]) or ledger.is_ledger(headers[path])]
    wrong = [path for path in found if path not in known and (path in named or not known)]
    if wrong:
        what = Message("neither a table of observations nor an accident ledger")
        needs = Message(
            "Observations need the columns {observations}; ledgers {ledger}.",
            observations=list(load.REQUIRED), ledger=list(ledger.REQUIRED),
        )  # fmt: skip
        raise DataError(Fault(what, where=path.name, remedy=needs) for path in wrong)
    return known


def _loaded(found: Sequence[Path], areas: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return all files as one table of observations, ledgers counted, and the sizes of the ledgers' accidents."""
    faults: list[Fault] = []
    raws = [raw for path in found if (raw := _or_faults(partial(files.read, path), faults)) is not None]
    tables = [raw for raw in raws if load.is_observations(raw.cells.columns)]
    ledgers = [raw for raw in raws if ledger.is_ledger(raw.cells.columns)]
    observed = _or_faults(lambda: load.observations(tables, areas), faults)
    records = _or_faults(lambda: ledger.records(ledgers, areas), faults) if ledgers else None
    if faults:
        raise DataError(in_order(faults))
    if records is None:
        assert observed is not None
        return observed, table(SIZES, [])
    counted = pd.concat([observed, ledger.counts(records, areas)], ignore_index=True)
    return counted, ledger.sizes(records, areas)


def _or_faults(step: Callable[[], T], faults: list[Fault]) -> T | None:
    """Return what a step gives, or add its faults to those found elsewhere, so that all are listed at once."""
    try:
        return step()
    except DataError as refused:
        faults.extend(refused.faults)
        return None


def _refuse_misspelt_scopes(plan: Plan, observations: pd.DataFrame) -> None:
    """Refuse a definition that misses one of the plan's by a slip: it would be left out in silence."""
    own = {scope for i in plan.indicators for part in (i.numerator, i.denominator) if part for scope in part.scope}
    own |= set(plan.scopes)
    slips = {scope: slip(scope, own) for scope in observations["scope"].unique()}
    wrong = observations[observations["scope"].map(slips).notna()]
    if len(wrong):
        raise DataError(
            Fault(
                Message("'{text}' cannot stand here", text=row["scope"]),
                where=Message("{file}, row {row}, column '{column}'", file=row["file"], row=row["row"], column="scope"),
                remedy=Message("Did you mean {names}?", names=str(slips[row["scope"]])),
            )
            for _, row in wrong.iterrows()
        )


def read_breaks() -> pd.DataFrame:
    """Return the link factors between two definitions."""
    return pd.read_csv(BREAKS_FILE, dtype={"area": str}, keep_default_na=False)


def _quality(plan: Plan, used: pd.DataFrame, period: str) -> pd.DataFrame:
    """Return for each measure, definition and year of the plan's own area what there is, and what is missing."""
    years = range(plan.baseline_year, min(last_year(period), plan.target_year) + 1)
    mine = used[(used["area"] == plan.area) & used["period"].map(is_year).astype(bool)]
    mine = mine[
        ~mine["measure"].str.endswith(ABOUT_SIZES)
        & ~mine["measure"].str.startswith("accidents_")
        & (mine["period"] >= str(plan.baseline_year - 5))
    ]
    needed: dict[tuple[str, str], None] = {}
    for target in plan.targets:
        indicator = plan.indicator(target.indicator)
        rated = mine[(mine["measure"] == indicator.indicator) & (mine["scope"] == indicator.scope)]
        if indicator.denominator and set(map(str, years)) & set(rated["period"]):
            needed[indicator.indicator, indicator.scope] = None
            continue
        needed[indicator.numerator.measure, indicator.scope] = None
        if indicator.denominator:
            needed[indicator.denominator.measure, indicator.denominator.scope[0]] = None
    there = {
        (m, s, p): status for m, s, p, status in mine[["measure", "scope", "period", "status"]].itertuples(index=False)
    }
    rows = [
        {"measure": m, "scope": s, "period": p, "status": status, "needed": (m, s) in needed and int(p) in years}
        for (m, s, p), status in there.items()
    ]
    rows += [
        {"measure": m, "scope": s, "period": str(year), "status": "missing", "needed": True}
        for m, s in needed for year in years if (m, s, str(year)) not in there
    ]  # fmt: skip
    return table(QUALITY, rows).sort_values(["measure", "scope", "period"], ignore_index=True)


def _sums(plan: Plan, used: pd.DataFrame) -> pd.DataFrame:
    """Return the change between sums over several years, which are compared with each other and with nothing else."""
    spans = used[(used["area"] == plan.area) & used["period"].str.contains("/")].sort_values("period")
    rows = []
    for measure, of in spans.groupby("measure", sort=True):
        for before, after in zip(of.iloc[:-1].itertuples(), of.iloc[1:].itertuples(), strict=True):
            difference = after.value - before.value
            rows.append({
                "measure": measure, "first_period": before.period, "first": before.value, "last_period": after.period,
                "last": after.value, "difference": difference, "relative": difference / before.value,
                "status": weakest([before.status, after.status]),
            })  # fmt: skip
    return table(SUMS, rows)


def _key(plan: Plan, period: str, day: str, found: Sequence[Path]) -> str:
    """Return a digest of the question and of every input, by which a kept answer is recognised."""
    digest = hashlib.sha256(json.dumps([plan.model_dump_json(), period, day], ensure_ascii=False).encode())
    for path in [*found, BREAKS_FILE]:
        digest.update(str(path.name).encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
