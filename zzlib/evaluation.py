"""The evaluation: load, compute, keep. One result object from which every number, sentence and picture comes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from pandera.errors import SchemaError

from zzlib import (
    alarms,
    appraisal,
    breakdown,
    commitments,
    delays,
    fulfilment,
    indicators,
    intake,
    kept,
    keys,
    ledger,
    monitoring,
    months,
    reports,
    sources,
)
from zzlib.areas import boundary_files, read_areas
from zzlib.cells import slip
from zzlib.collection import Collected, Source, collect, found_at, refuse_overwriting
from zzlib.discrepancies import discrepancies
from zzlib.errors import DataError, Fault, ParameterError, PlanError, RunError
from zzlib.language import LANGUAGES, Message, Name, word
from zzlib.major_risk import major_risk
from zzlib.periods import end, is_year, is_years
from zzlib.plan import PROJECT, Indicator, Plan, load_plan
from zzlib.raw import RawTable
from zzlib.schema import (
    ABOUT_SIZES,
    DELAYS,
    DISCREPANCIES,
    LEADING,
    MAJOR_RISK,
    OUTCOMES,
    QUALITY,
    RESULTS,
    SUMS,
    table,
    weakest,
)  # fmt: skip
from zzlib.targets import checked_dates, foretold, judge, last_year

MADE_IN = "ZZLIB_RUN"  # names, to the kernels of a run, the folder in which the run keeps its evaluation
SHARED = "ZZLIB_KEPT"  # names a folder in which notebooks that are opened by hand share their evaluations
QUESTION = "question.json"  # the plan and the question that the kept tables answer
# The files that hold an answer, as names in a run's folder.
ANSWER = tuple(f"tables/{name}" for name in (*kept.files(), QUESTION))
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
    findings: pd.DataFrame
    notes: pd.DataFrame
    districts: pd.DataFrame
    movements: pd.DataFrame
    contributions: pd.DataFrame
    allocation: pd.DataFrame
    allocation_chances: pd.DataFrame
    appraisal: pd.DataFrame
    reports: pd.DataFrame
    commitments: pd.DataFrame
    report_findings: pd.DataFrame
    rollup: pd.DataFrame
    outcomes: pd.DataFrame
    months: pd.DataFrame
    monitoring: pd.DataFrame
    alarms: pd.DataFrame
    major_risk: pd.DataFrame
    delays: pd.DataFrame

    @cached_property
    def areas(self) -> pd.DataFrame:
        """The areas that the plan can speak of, its own additions among them."""
        return plan_areas(self.plan)

    @property
    def mark(self) -> str:
        """What every figure, table and page must bear: the word for synthetic data where any is used, else nothing."""
        return word("mark", "synthetic") if self.synthetic else ""

    @cached_property
    def synthetic(self) -> bool:
        """Whether any of it rests on synthetic data."""
        return any((rows["status"] == "synthetic").any() for rows in (self.observations, self.reports))

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

    def lacks(self, need: str) -> Message | None:
        """Return why an input that a notebook needs is not there, or None when it is."""
        chosen = self.plan.choices.allocation
        if need == "allocation" and self.movements.empty:
            return Message("no count target can be broken down by district: the data lack counts of the baseline")
        if need == "allocation" and chosen not in set(self.allocation["method"]):
            return Message(
                "no count target can be broken down by district as the plan chooses, {method}: {need}",
                method=word("allocation", chosen), need=appraisal.NEEDS[chosen],
            )  # fmt: skip
        if need == "outcomes" and self.outcomes.empty:
            return Message("the target year {year} is not over by {through}", year=self.plan.target_year,
                           through=self.through)  # fmt: skip
        if need == "commitments" and self.plan.commitments is None:
            return Message("the plan has no register of its commitments")
        if need == "districts" and self.districts.empty:
            return Message("the data hold no figures by district for this plan")
        if need == "months" and "-" not in self.through:
            return Message("months are counted where the last period looked at is one, such as --through 2018-06")
        if need == "months" and self.months.empty:
            return Message("the data hold no accident records for this plan")
        return None


class Reopened(Evaluation):
    """An evaluation that was kept: a table is read when it is first asked for, for few notebooks need them all."""

    tables: kept.Tables

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name not in RESULTS:
            raise AttributeError(name)
        return self.tables[name]


def evaluate(
    plan: str | Path | Plan,
    *,
    through: str | int | None = None,
    as_of: str | date | None = None,
    data: str | Path | Sequence[str | Path] = (),
    language: str = "zh",
    folder: str | Path = "",
    rejects: str | Path = "",
    before: str | Path | Sequence[str | Path] = (),
) -> Evaluation:
    """Return a plan's evaluation through a period, as known on a day: the first call of every notebook.

    `data` are files, folders or database tables (`postgresql://user@host/base#table`) of observations and accident
    records, told apart by their headings; they replace the plan's own list. Where they are accident records only, the
    plan's own observations stay, but for synthetic ones: a rate needs its exposure. A relative path is taken from the
    project's folder. With a `folder` (so too) the tables are kept in `folder/tables`, and read back when the same
    question was answered there before; without one nothing is written, unless ZZLIB_KEPT names a folder that notebooks
    share. With `rejects`, a CSV file, refused rows are written there with the reason, in `language`, and the rest is
    used, which the notes say; without it one refused row refuses all. `before` are earlier deliveries of the records,
    each a file, a folder or a table: what came late or was withdrawn since the newest of them stands in the appraisal,
    and all of them tell of delay; such an answer is always computed. Raises PlanError, DataError or ParameterError with
    every fault found.

    >>> evaluate("zhengzhou-2016-2020", through=2018, data=["data/observations"]).assessments["verdict"].iloc[0]
    'not_assessable'
    """
    if folder and str(folder) == os.environ.get(MADE_IN):  # a notebook of a run, which shows what the run computed
        return reopen(folder, at_once=False)
    the_plan = load_plan(plan)
    period, day = checked_dates(the_plan, through, as_of)
    if language not in LANGUAGES:
        what = Message("language: '{text}' is not known", text=str(language))
        raise ParameterError(Fault(what, remedy=Message("Write one of {codes}.", codes=list(LANGUAGES))))
    given, places, own = _places(the_plan, data)
    key = answer_key(the_plan, period, day, data)
    keeping = PROJECT / folder / "tables" if str(folder) else None if str(rejects) or before else _shared(key)
    earlier = [found_at([place]) for place in ([before] if isinstance(before, str | Path) else before) if str(place)]
    tables = kept.read(keeping, key) if keeping and not earlier else None
    if tables is not None and keeping is not None:
        question = json.loads((keeping / QUESTION).read_text(encoding="utf-8"))
        return _reopened(question | {"plan": the_plan, "language": language}, tables)
    if str(rejects):
        refuse_overwriting(rejects, [*given, *the_plan.data, *(source for one in earlier for source in one)])
    areas = plan_areas(the_plan)
    loaded = collect(places, own, areas, named=given, day=day, language=language, rejects=rejects, before=earlier)
    evaluation = Evaluation(the_plan, period, day, language, loaded.inputs, **_computed(the_plan, period, day, loaded))
    if keeping and not str(folder):
        with (
            suppress(OSError, ParameterError),
            TemporaryDirectory(dir=keeping.parent) as made,
        ):  # another notebook may be at it too
            _keep(evaluation, {name: getattr(evaluation, name) for name in RESULTS}, Path(made) / "tables", key)
            (Path(made) / "tables").rename(keeping)
    elif keeping:
        _keep(evaluation, {name: getattr(evaluation, name) for name in RESULTS}, keeping, key)
    return evaluation


def _shared(key: str) -> Path | None:
    """Return where notebooks without a folder share the answer to a question, or None where they keep none."""
    place = os.environ.get(SHARED)
    if not place:
        return None
    Path(place).mkdir(parents=True, exist_ok=True)
    return Path(place) / key


@dataclass(frozen=True, eq=False)
class Given:
    """What a plan's data say, every vintage and area of it: read once, to be asked again and again."""

    plan: Plan
    inputs: tuple[str, ...]
    observations: pd.DataFrame
    sizes: pd.DataFrame
    breaks: pd.DataFrame
    areas: pd.DataFrame


def read(plan: str | Path | Plan, *, data: str | Path | Sequence[str | Path] = ()) -> Given:
    """Return what the data of a plan, or some `data` instead, say; errors and arguments as for `evaluate`."""
    the_plan = load_plan(plan)
    areas = plan_areas(the_plan)
    given, places, own = _places(the_plan, data)
    loaded = collect(places, own, areas, named=given, day="", language="", rejects="", before=[])
    _refuse_misspelt_scopes(the_plan, loaded.observations)
    return Given(the_plan, loaded.inputs, loaded.observations, loaded.sizes, read_breaks(), areas)


def _places(
    plan: Plan, data: str | Path | Sequence[str | Path]
) -> tuple[list[str | Path], list[Source], list[Source]]:  # fmt: skip
    """Return the places as they were named, all of them found, and beside named ones those that the plan has itself."""
    given = [data] if isinstance(data, str | Path) else list(data)
    own = found_at([path for path in plan.data if (PROJECT / path).exists()]) if given else []
    return given, found_at(given or plan.data), own


def reopen(folder: str | Path, *, at_once: bool = True) -> Evaluation:
    """Return the evaluation that a run kept, just as it was; every table at once, or each when it is asked for.

    A relative folder is taken from the project's, as by `evaluate`. Raises ParameterError when the folder holds none,
    or one that an older version wrote in another shape.
    """
    tables_folder = PROJECT / folder / "tables"
    try:
        question = json.loads((tables_folder / QUESTION).read_text(encoding="utf-8"))
        plan = Plan.model_validate_json(json.dumps(question.pop("plan")))
        tables = kept.read(tables_folder)
        if tables is not None and at_once:
            dict(tables)  # all of them, so that what cannot be read is refused here
    except (OSError, ValueError, KeyError, SchemaError):
        tables = None
    if tables is None:
        what = Message("holds no evaluation that this version can read")
        raise ParameterError(Fault(what, where=str(folder), remedy=Message("Name the folder of a finished run.")))
    return _reopened(question | {"plan": plan}, tables)


def _reopened(question: dict[str, Any], tables: kept.Tables) -> Evaluation:
    inputs = tuple(one if sources.is_url(one) else str(PROJECT / one) for one in question["inputs"])
    evaluation = object.__new__(Reopened)
    vars(evaluation).update(question | {"inputs": inputs}, tables=tables)
    return evaluation


def _keep(evaluation: Evaluation, tables: dict[str, pd.DataFrame], folder: Path, key: str) -> None:
    question = {name: getattr(evaluation, name) for name in ("through", "as_of", "language", "synthetic")}
    question["inputs"] = [one if sources.is_url(one) else keys.told(one) for one in evaluation.inputs]
    plan = json.loads(evaluation.plan.model_dump_json())
    question["boundaries"] = [keys.of_file(path) for path in boundary_files(evaluation.plan.boundaries)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / QUESTION).write_text(json.dumps(question | {"plan": plan}, ensure_ascii=False), encoding="utf-8")
        kept.write(tables, evaluation.plan, folder, key)
    except OSError as fault:
        what = Message("the tables cannot be written ({reason})", reason=fault.strerror or "?")
        refusal = RunError if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO) else ParameterError
        raise refusal(Fault(what, where=str(folder), remedy=Message("Name another folder."))) from None


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


def _computed(plan: Plan, period: str, day: str, loaded: Collected) -> dict[str, pd.DataFrame]:
    areas = plan_areas(plan)
    everything, sizes = loaded.observations, loaded.sizes
    _refuse_misspelt_scopes(plan, everything)
    judged = judge(plan, everything, through=period, as_of=day or None, breaks=read_breaks(), sizes=sizes)
    figures = indicators.known(everything, through=period, as_of=day or None)
    units = [plan.area, *areas.loc[areas["parent"] == plan.area, "area"]]
    measures = {i.numerator.measure for i in plan.indicators} | {i.indicator for i in plan.indicators}
    measures |= {i.denominator.measure for i in plan.indicators if i.denominator} | {"accidents", "fatal_accidents"}
    measures |= set(LEADING)
    measures |= {f"accidents_{grade}" for grade in ("ordinary", *ledger.GRADES)}
    measures |= {f"{measure}{suffix}" for measure in measures for suffix in ABOUT_SIZES}
    used = figures[figures["area"].isin(units) & figures["measure"].isin(measures)].reset_index(drop=True)
    by_district = breakdown.told(plan, used, areas)
    broken_down = appraisal.appraise(
        plan, judged.assessments, used, by_district, through=min(last_year(period), plan.target_year),
        by_field=loaded.by_field, injured=loaded.injured, delivered=loaded.delivered,
    )  # fmt: skip
    return {
        "observations": used,
        "indicators": indicators.table_of(plan, used),
        "discrepancies": table(DISCREPANCIES, discrepancies(plan, _published(everything, period, day))),
        "sizes": sizes[sizes["area"] == plan.area].reset_index(drop=True),
        **{field.name: getattr(judged, field.name) for field in fields(judged)},
        "quality": _quality(plan, used, period),
        "sums": _sums(plan, used),
        "findings": loaded.findings,
        "notes": loaded.notes,
        "districts": breakdown.table_of(plan, used, by_district),
        **{field.name: getattr(broken_down, field.name) for field in fields(broken_down)},
        **_promised(plan, loaded.reports, period, day),
        "outcomes": _outcomes(plan, everything, used, judged.assessments, period=period, day=day, sizes=sizes),
        **_watched(plan, period, day, loaded, broken_down.allocation, units),
    }


def _watched(
    plan: Plan, period: str, day: str, loaded: Collected, allocation: pd.DataFrame, units: list[str]
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Return what is watched by month, where the last period looked at is a month or a quarter: else empty tables."""
    every = loaded.records if "-" in period else None
    records = every[every["area"].isin(units)] if every is not None else None
    counts = months.counted(records, period, plan.area)
    if every is None or records is None or counts.empty:
        return {name: table(RESULTS[name], []) for name in ("months", "monitoring", "alarms", "major_risk", "delays")}
    span = months.spans(counts)
    inside = records[(records["counted_from_2016"] == "yes") & (records["date"].str[:7] <= span[-1])]
    fatal = inside[inside["deaths"] > 0]
    sizes, known = fatal["deaths"], months.known(counts, "deaths")
    ratio = float((sizes**2).sum() / sizes.sum()) if len(sizes) else 1.0
    delay = delays.fit(loaded.told) if loaded.told is not None else delays.NONE
    limits = monitoring.ceilings(
        plan.area, int(span[-1][:4]), allocated=allocation[allocation["method"] == plan.choices.allocation],
        observations=_ordered(loaded.observations, units, day), months=counts,
    )  # fmt: skip
    return {
        "months": counts,
        "monitoring": monitoring.monitor(
            counts,
            limits,
            whole=plan.area,
            delay=delay,
            ratios={"": ratio},
            delivered=months.last_complete(every["date"], "2999"),
        ),
        "alarms": alarms.raised(counts, whole=plan.area, since=months.before(span[-1], 11)),
        "major_risk": major_risk(
            sizes[fatal["date"].str[:7].isin(known)], len(known) / 12, status=weakest(counts["status"].unique())
        )
        if known
        else table(MAJOR_RISK, []),
        "delays": delays.table_of(delay) if loaded.told is not None else table(DELAYS, []),
    }


def _outcomes(
    plan: Plan, everything: pd.DataFrame, used: pd.DataFrame, assessments: pd.DataFrame, *, period: str, day: str,
    sizes: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """Return promise against outcome, and what the mid-term had said, once the target year is over."""
    if last_year(period) < plan.target_year:
        return table(OUTCOMES, [])
    known = indicators.known(everything, through=period, as_of=day or None)
    said, ahead = foretold(plan, known, through=plan.midterm_year, breaks=read_breaks(), sizes=sizes)
    printed = known.rename(columns={"measure": "indicator"})  # also on definitions that the plan does not know
    figures = pd.concat([indicators.table_of(plan, used), printed], ignore_index=True)
    return fulfilment.compare(plan, assessments, figures, said, ahead)


def _promised(plan: Plan, raws: Sequence[RawTable], period: str, day: str) -> dict[str, pd.DataFrame]:
    """Return the reports, and what has become of the plan's commitments by the end of the period, or the day before."""
    if plan.commitments is None:
        if raws:
            what = Message("reports on commitments, but the plan has no register of them")
            remedy = Message("Write one beside the plan, as PLAN.commitments.yaml.")
            raise DataError(Fault(what, where=raws[0].path.name, remedy=remedy))
        return {name: table(RESULTS[name], []) for name in ("reports", "commitments", "report_findings", "rollup")}
    told = reports.read(raws, plan.commitments)
    on = min(end(period), date.fromisoformat(day)) if day else end(period)
    judged = commitments.judge(plan.commitments, told, on=on, target_year=plan.target_year)
    return {
        "reports": told, "commitments": judged.commitments, "report_findings": judged.findings,
        "rollup": judged.rollup,
    }  # fmt: skip


def _ordered(observations: pd.DataFrame, units: list[str], day: str) -> pd.DataFrame:
    """Return the ceilings as ordered and known on a day, those of a year that has only begun among them."""
    rows = observations[
        observations["measure"].str.startswith(monitoring.ORDERED) & observations["area"].isin(units)
        & ((observations["vintage"] <= day) | (not day))
    ]  # fmt: skip
    return rows.sort_values("vintage", kind="stable")


def _published(observations: pd.DataFrame, period: str, day: str) -> pd.DataFrame:
    """Return every vintage of the periods looked at that was published by a day; all of them without one."""
    last = end(period)
    seen = observations[observations["period"].map({one: end(one) <= last for one in observations["period"].unique()})]
    return seen[(seen["vintage"] == "") | (seen["vintage"] <= day)] if day else seen


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
    spans = used[(used["area"] == plan.area) & used["period"].map(is_years).astype(bool)].sort_values("period")
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


def answer_key(plan: Plan, period: str, day: str, data: str | Path | Sequence[str | Path]) -> str:
    """Return a digest of a question, of what every input holds and of the program, by which a kept answer is known."""
    _, places, own = _places(plan, data)
    asked = [keys.program(), plan.model_dump_json(), period, day]
    digest = hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode())
    for path in boundary_files(plan.boundaries):
        digest.update(keys.of_file(path).encode())
    for source in [*places, *own]:
        place = sources.shown(source) if isinstance(source, str) else keys.told(source)
        digest.update((place + intake.fingerprint(source)).encode())
    return digest.hexdigest()
