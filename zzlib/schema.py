"""The shapes of the tables: long, one fact per row, columns named once, checked on entry and nowhere again."""

from collections.abc import Iterable
from functools import lru_cache

import pandas as pd
import pandera.pandas as pa

from zzlib.periods import is_period

# From strongest to weakest: a result carries the weakest status among its inputs.
STATUSES = ("published", "rounded", "derived", "preliminary", "partial", "estimated", "synthetic")
VERDICTS = ("met", "missed", "on_track", "open", "off_track", "not_assessable")
PACES = ("target_met", "ahead", "on_pace", "behind")
TRENDS = ("falling", "flat", "rising")
# Known measures and their units; a plan may define others.
MEASURES = {
    "accidents": "accidents",
    "fatal_accidents": "accidents",
    "deaths": "persons",
    "deaths_coal": "persons",
    "deaths_industry": "persons",
    "deaths_road": "persons",
    "deaths_per_100m_gdp": "persons per 100 million yuan",
    "deaths_per_100k_workers": "persons per 100,000 workers",
    "deaths_per_10k_vehicles": "persons per 10,000 vehicles",
    "deaths_per_million_tonnes": "persons per million tonnes",
    "gdp": "100 million yuan",
    "workers_industry": "10,000 persons",
    "vehicles": "10,000 vehicles",
    "cars": "10,000 vehicles",
    "coal_output": "million tonnes",
    "population": "10,000 persons",
}
CHANGE_UNIT = "% change"  # of a published change on the year before, whose measure ends in _change; may be negative
# How much wider than Poisson yearly deaths are where accident sizes are not known: deaths come in accidents.
VARIANCE_RATIO = 1.25
# The plan's fourteen sector tasks (clause 三(三)), and what belongs to none of them.
FIELDS = (
    "coal_mine", "non_coal_mine", "hazardous_chemicals", "pipeline_and_gas", "road_transport", "fireworks",
    "construction", "civil_explosives", "special_equipment", "industry_and_trade", "electric_power", "fire",
    "agricultural_machinery", "rail_transit", "other",
)  # fmt: skip
ABOUT_SIZES = ("_variance_ratio", "_mean_size")  # endings of what the ledger tells about the sizes of accidents
UNKNOWN = "unknown"  # a code that a record does not tell; never counted as one of the others


def _text(*checks: pa.Check, nullable: bool = False) -> pa.Column:
    return pa.Column(str, checks=list(checks), nullable=nullable, coerce=True)


def _number(*checks: pa.Check, nullable: bool = False) -> pa.Column:
    return pa.Column(float, checks=list(checks), nullable=nullable, coerce=True)


def _one_of(*codes: str) -> pa.Check:
    return pa.Check.isin(list(codes))


def _are_periods(texts: pd.Series) -> pd.Series:
    return texts.isin([text for text in texts.unique() if is_period(text)])


PERIOD = pa.Check(_are_periods, name="is a period such as 2018, 2018-Q1, 2018-03 or 2011/2015")
NOT_NEGATIVE = pa.Check.ge(0)

OBSERVATIONS = pa.DataFrameSchema(
    {
        "area": _text(),
        "period": _text(PERIOD),
        "measure": _text(),
        "scope": _text(),
        "vintage": _text(),
        "value": _number(),
        "unit": _text(),
        "status": _text(_one_of(*STATUSES)),
        "source": _text(),
        "note": _text(),
    },
    checks=pa.Check(lambda rows: (rows["value"] >= 0) | (rows["unit"] == CHANGE_UNIT), name="is not negative"),
    name="observations",
)

LEDGER = pa.DataFrameSchema(
    {
        "accident_id": _text(),
        "date": _text(PERIOD),
        "area": _text(),
        "field": _text(_one_of(*FIELDS, UNKNOWN)),
        "industry": _text(),
        "kind": _text(),
        "deaths": _number(NOT_NEGATIVE),
        "serious_injuries": _number(NOT_NEGATIVE, nullable=True),
        "loss_10k_yuan": _number(NOT_NEGATIVE, nullable=True),
        "counted_from_2016": _text(_one_of("yes", "no", UNKNOWN)),
        "status": _text(_one_of(*STATUSES)),
    },
    name="ledger",
)

# What is doubtful in data that can be read: shown, never repaired.
FINDING_KINDS = (
    "duplicate", "near_duplicate", "grade_differs", "deaths_above_text", "heaping", "month_missing", "total_differs",
    "published_differs", "future_date", "share_unknown",
)  # fmt: skip
FINDINGS = pa.DataFrameSchema(
    {
        "kind": _text(_one_of(*FINDING_KINDS)),
        "file": _text(),
        "sheet": _text(),
        "row": _number(NOT_NEGATIVE),
        "column": _text(),
        "value": _text(),
        "what": pa.Column(object),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="findings",
)

# What reading did to a table or doubts in it (`raw.Note`), row by row.
NOTES = pa.DataFrameSchema(
    {
        "file": _text(),
        "sheet": _text(),
        "row": _number(NOT_NEGATIVE),
        "kind": _text(),
        "what": pa.Column(object),
    },
    name="notes",
)

INDICATORS = pa.DataFrameSchema(
    {
        "area": _text(),
        "period": _text(PERIOD),
        "indicator": _text(),
        "scope": _text(),
        "value": _number(),
        "lower": _number(nullable=True),
        "upper": _number(nullable=True),
        "numerator": _number(nullable=True),
        "denominator": _number(nullable=True),
        "status": _text(_one_of(*STATUSES)),
    },
    name="indicators",
)

FORECASTS = pa.DataFrameSchema(
    {
        "area": _text(),
        "indicator": _text(),
        "method": _text(),
        "origin": _text(PERIOD),
        "period": _text(PERIOD),
        "quantile_level": _number(pa.Check.in_range(0, 1)),
        "value": _number(NOT_NEGATIVE),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="forecasts",
)

ASSESSMENTS = pa.DataFrameSchema(
    {
        "plan": _text(),
        "area": _text(),
        "indicator": _text(),
        "through": _text(PERIOD),
        "as_of": _text(),
        "scope": _text(),
        "baseline": _number(nullable=True),
        "baseline_period": _text(),
        "target": _number(nullable=True),
        "target_period": _text(PERIOD),
        "value": _number(nullable=True),
        "value_period": _text(),
        "covered_share": _number(nullable=True),
        "expected_share": _number(nullable=True),
        "pace": _text(_one_of("", *PACES)),
        "trend": _text(_one_of("", *TRENDS)),
        "required_yearly_change": _number(nullable=True),
        "remaining_allowance": _number(NOT_NEGATIVE, nullable=True),
        "probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "verdict": _text(_one_of(*VERDICTS)),
        "status": _text(_one_of("", *STATUSES)),
        "restated_by": _text(),
        "prior": _text(),
        "warnings": pa.Column(object),
        "reason": pa.Column(object),
    },
    name="assessments",
)

SAFETY = pa.DataFrameSchema(
    {
        "indicator": _text(),
        "since": _text(PERIOD),
        "until": _text(PERIOD),
        "level_met": pa.Column(bool, coerce=True),
        "change": _number(nullable=True),
        "change_lower": _number(nullable=True),
        "change_upper": _number(nullable=True),
        "trend_since": _text(),
        "yearly_change": _number(nullable=True),
        "yearly_lower": _number(nullable=True),
        "yearly_upper": _number(nullable=True),
        "trend": _text(_one_of("", *TRENDS)),
        "chance_if_nothing_changed": _number(pa.Check.in_range(0, 1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="safety",
)

CHANGES = pa.DataFrameSchema(
    {
        "indicator": _text(),
        "since": _text(PERIOD),
        "until": _text(PERIOD),
        "rate_log_change": _number(nullable=True),
        "count_log_change": _number(nullable=True),
        "exposure_log_change": _number(nullable=True),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="changes",
)

READINGS = pa.DataFrameSchema(
    {
        "indicator": _text(),
        "reading": _text(_one_of("primary", "as_printed")),
        "baseline": _number(nullable=True),
        "target": _number(nullable=True),
        "value": _number(nullable=True),
        "probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "verdict": _text(_one_of(*VERDICTS)),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="readings",
)

SIZES = pa.DataFrameSchema(
    {
        "area": _text(),
        "period": _text(PERIOD),
        "measure": _text(),
        "scope": _text(),
        "deaths": _number(pa.Check.ge(1)),
        "accidents": _number(pa.Check.ge(1)),
    },
    name="sizes",
)

PROMISES = pa.DataFrameSchema(
    {
        "indicator": _text(),
        "exposure_change": _number(nullable=True),
        "count_change": _number(nullable=True),
        "baseline_ratio": _number(nullable=True),
        "three_years_probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "at_baseline_probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "as_nation_probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "noise_floor": _number(pa.Check.in_range(0, 1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="promises",
)

CONSISTENCY = pa.DataFrameSchema(
    {
        "count_indicator": _text(),
        "rate_indicator": _text(),
        "break_even_change": _number(),
        "expected_change": _number(nullable=True),
        "binding": _text(),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="consistency",
)

JOINT = pa.DataFrameSchema(
    {
        "targets": _number(pa.Check.ge(1)),
        "probability": _number(pa.Check.in_range(0, 1)),
        "independent_probability": _number(pa.Check.in_range(0, 1)),
        "expected_met": _number(),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="joint",
)

FAMILIES = ("measure", "model", "baseline", "exposure", "definition", "vintage")
ROBUSTNESS = pa.DataFrameSchema(
    {
        "indicator": _text(),
        "family": _text(_one_of(*FAMILIES)),
        "choice": _text(),
        "primary": pa.Column(bool, coerce=True),
        "grade": _text(),
        "probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "verdict": _text(_one_of(*VERDICTS)),
        "flips": pa.Column(bool, coerce=True),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="robustness",
)

REVISIONS = pa.DataFrameSchema(
    {
        "indicator": _text(),
        "through": _text(PERIOD),
        "as_of": _text(),
        "value": _number(nullable=True),
        "probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "verdict": _text(_one_of(*VERDICTS)),
        "flips": pa.Column(bool, coerce=True),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="revisions",
)

DISCREPANCY_KINDS = (
    "cumulative_fell", "two_values", "rounding", "revised", "exposure_revised", "unit_differs", "unit_suspect",
    "rate_differs", "implied_exposure", "change_differs", "target_level", "loose_ceiling", "sum_of_years",
    "zero_after_closing", "grade_renamed", "definition_changed", "exposure_jump",
)  # fmt: skip
DISCREPANCIES = pa.DataFrameSchema(
    {
        "kind": _text(_one_of(*DISCREPANCY_KINDS)),
        "measure": _text(),
        "scope": _text(),
        "period": _text(PERIOD),
        "value": _number(nullable=True),
        "other": _number(nullable=True),
        "source": _text(),
        "file": _text(),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="discrepancies",
)

CAUSES = ("method", "definition", "target", "revision", "new_period")
EXPLANATION = pa.DataFrameSchema(
    {
        "indicator": _text(),
        "cause": _text(_one_of(*CAUSES)),
        "probability_before": _number(nullable=True),
        "probability": _number(nullable=True),
        "effect": _number(nullable=True),
        "verdict_before": _text(_one_of(*VERDICTS)),
        "verdict": _text(_one_of(*VERDICTS)),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="explanation",
)

QUALITY = pa.DataFrameSchema(
    {
        "measure": _text(),
        "scope": _text(),
        "period": _text(PERIOD),
        "status": _text(_one_of(*STATUSES, "missing")),
        "needed": pa.Column(bool, coerce=True),
    },
    name="quality",
)

SUMS = pa.DataFrameSchema(
    {
        "measure": _text(),
        "first_period": _text(PERIOD),
        "first": _number(),
        "last_period": _text(PERIOD),
        "last": _number(),
        "difference": _number(),
        "relative": _number(),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="sums",
)

# Of districts: what is tested, the side of the rest of the city, the place in the funnel and beside neighbours.
TESTED = ("fatal_accidents", "deaths")
SIDES = ("above", "below")
FUNNEL_PLACES = ("within", "outside_95", "outside_998")
PATTERNS = ("high_among_high", "low_among_low", "high_among_low", "low_among_high")

DISTRICTS = pa.DataFrameSchema(
    {
        "area": _text(),
        "deaths": _number(NOT_NEGATIVE),
        "fatal_accidents": _number(NOT_NEGATIVE, nullable=True),
        "exposure": _number(pa.Check.gt(0)),
        "rate": _number(NOT_NEGATIVE),
        "lower": _number(NOT_NEGATIVE),
        "upper": _number(NOT_NEGATIVE),
        "ratio": _number(NOT_NEGATIVE, nullable=True),
        "shrunk": _number(NOT_NEGATIVE),
        "shrunk_lower": _number(NOT_NEGATIVE, nullable=True),
        "shrunk_upper": _number(NOT_NEGATIVE, nullable=True),
        "tested": _text(_one_of(*TESTED)),
        "tested_rate": _number(NOT_NEGATIVE),
        "expected": _number(NOT_NEGATIVE),
        "p": _number(pa.Check.in_range(0, 1), nullable=True),
        "p_adjusted": _number(pa.Check.in_range(0, 1), nullable=True),
        "p_overdispersed": _number(pa.Check.in_range(0, 1), nullable=True),
        "side": _text(_one_of("", *SIDES)),
        "funnel": _text(_one_of("", *FUNNEL_PLACES)),
        "named": pa.Column(bool, coerce=True),
        "probability_above": _number(pa.Check.in_range(0, 1), nullable=True),
        "rank": _number(pa.Check.ge(1), nullable=True),
        "rank_lower": _number(pa.Check.ge(1), nullable=True),
        "rank_upper": _number(pa.Check.ge(1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="district_rates",
)

FUNNEL = pa.DataFrameSchema(
    {
        "exposure": _number(pa.Check.gt(0)),
        "level": _number(pa.Check.in_range(0, 1)),
        "tested": _text(_one_of(*TESTED)),
        "centre": _number(NOT_NEGATIVE),
        "lower": _number(NOT_NEGATIVE),
        "upper": _number(NOT_NEGATIVE),
        "lower_overdispersed": _number(NOT_NEGATIVE),
        "upper_overdispersed": _number(NOT_NEGATIVE),
    },
    name="funnel",
)

MOVEMENTS = pa.DataFrameSchema(
    {
        "area": _text(),
        "deaths_before": _number(NOT_NEGATIVE),
        "deaths": _number(NOT_NEGATIVE),
        "rate_before": _number(NOT_NEGATIVE),
        "rate": _number(NOT_NEGATIVE),
        "tested": _text(_one_of(*TESTED)),
        "tested_rate_before": _number(NOT_NEGATIVE),
        "tested_rate": _number(NOT_NEGATIVE),
        "change": _number(nullable=True),
        "change_lower": _number(nullable=True),
        "change_upper": _number(nullable=True),
        "p": _number(pa.Check.in_range(0, 1), nullable=True),
        "p_adjusted": _number(pa.Check.in_range(0, 1), nullable=True),
        "named": pa.Column(bool, coerce=True),
        "trend": _text(_one_of("", "falling", "rising")),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="movements",
)

CONTRIBUTIONS = pa.DataFrameSchema(
    {
        "area": _text(),
        "field": _text(),
        "deaths_before": _number(NOT_NEGATIVE),
        "deaths": _number(NOT_NEGATIVE),
        "contribution": _number(),
        "risk": _number(),
        "weight": _number(),
        "method": _text(_one_of("lmdi", "shapley")),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="contributions",
)

NEIGHBOURHOODS = pa.DataFrameSchema(
    {
        "area": _text(),
        "neighbours": _number(NOT_NEGATIVE),
        "rate": _number(NOT_NEGATIVE),
        "rate_around": _number(NOT_NEGATIVE, nullable=True),
        "shrunk": _number(NOT_NEGATIVE, nullable=True),
        "tested": _text(_one_of(*TESTED)),
        "local_moran": _number(nullable=True),
        "p": _number(pa.Check.in_range(0, 1), nullable=True),
        "p_adjusted": _number(pa.Check.in_range(0, 1), nullable=True),
        "pattern": _text(_one_of("", *PATTERNS)),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="neighbourhoods",
)

STANDINGS = ("kept", "within_chance", "behind")
APPRAISAL = pa.DataFrameSchema(
    {
        "area": _text(),
        "period": _text(PERIOD),
        "deaths": _number(NOT_NEGATIVE),
        "ceiling": _number(NOT_NEGATIVE),
        "exact": _number(NOT_NEGATIVE),
        "by_chance": _number(pa.Check.in_range(0, 1)),
        "standing": _text(_one_of(*STANDINGS)),
        "level": _text(_one_of("within", *(f"{side}_{place}" for side in SIDES for place in FUNNEL_PLACES[1:]))),
        "trend": _text(_one_of("", "falling", "rising")),
        "change": _number(nullable=True),
        "change_lower": _number(nullable=True),
        "change_upper": _number(nullable=True),
        "target_period": _text(PERIOD),
        "target_ceiling": _number(NOT_NEGATIVE),
        "probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "required_yearly_change": _number(nullable=True),
        "alike": _number(NOT_NEGATIVE),
        "alike_ratio": _number(NOT_NEGATIVE, nullable=True),
        "injuries_per_death": _number(NOT_NEGATIVE, nullable=True),
        "late": _number(NOT_NEGATIVE, nullable=True),
        "withdrawn": _number(NOT_NEGATIVE, nullable=True),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="appraisal",
)

# The districts of a plan: `DISTRICTS` of one indicator and several periods.
BREAKDOWN = pa.DataFrameSchema({"indicator": _text(), "period": _text(PERIOD), **DISTRICTS.columns}, name="districts")

# A city's ceilings shared by its areas, and the chances that they are kept.
ALLOCATION = pa.DataFrameSchema(
    {
        "area": _text(),
        "sector": _text(),
        "period": _text(PERIOD),
        "method": _text(),
        "rounding": _text(),
        "base": _number(NOT_NEGATIVE),
        "exact": _number(NOT_NEGATIVE, nullable=True),
        "floor": _number(NOT_NEGATIVE),
        "cap": _number(NOT_NEGATIVE),
        "ceiling": _number(NOT_NEGATIVE),
        "cut": _number(pa.Check.le(1), nullable=True),
        "probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="allocation",
)

ALLOCATION_CHANCES = pa.DataFrameSchema(
    {
        "period": _text(PERIOD),
        "method": _text(),
        "rounding": _text(),
        "areas": _number(pa.Check.ge(1)),
        "ceiling": _number(NOT_NEGATIVE),
        "probability": _number(pa.Check.in_range(0, 1)),
        "all_probability": _number(pa.Check.in_range(0, 1)),
        "expected_missed": _number(NOT_NEGATIVE),
        "chance_all_kept": _number(pa.Check.in_range(0, 1)),
        "chance_missed": _number(NOT_NEGATIVE),
        "largest_cut": _number(nullable=True),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="allocation_chances",
)

# What offices report on commitments, row by row, and what that makes of them (`commitments`).
COMMITMENT_KINDS = ("threshold", "count", "deadline", "existence")
STATES = (
    "done", "done_late", "on_pace", "behind", "not_yet_due", "due_and_not_done", "overdue", "no_report",
)  # fmt: skip
STANDINGS_OF_REPORTS = ("verified", "self_reported", "without_denominator")
REPORT_DOUBTS = (
    "before_plan", "above_100", "contradiction", "two_on_one_day", "without_denominator", "partial", "stale",
    "no_evidence",
)  # fmt: skip
LEVELS = ("plan", "group", "clause", "field", "responsible", "kind")

REPORTS = pa.DataFrameSchema(
    {
        "commitment": _text(),
        "date": _text(PERIOD),
        "value": _number(NOT_NEGATIVE),
        "numerator": _number(NOT_NEGATIVE, nullable=True),
        "denominator": _number(NOT_NEGATIVE, nullable=True),
        "evidence": _text(),
        "reporter": _text(),
        "verified_by": _text(),
        "status": _text(_one_of(*STATUSES)),
        "note": _text(),
        "file": _text(),
        "row": _number(NOT_NEGATIVE),
    },
    name="reports",
)

COMMITMENTS = pa.DataFrameSchema(
    {
        "commitment": _text(),
        "clause": _text(),
        "field": _text(),
        "responsible": _text(),
        "kind": _text(_one_of(*COMMITMENT_KINDS)),
        "goal": _number(),
        "due": _text(PERIOD),
        "due_stated": pa.Column(bool, coerce=True),
        "owed": pa.Column(bool, coerce=True),
        "state": _text(_one_of(*STATES)),
        "value": _number(nullable=True),
        "value_date": _text(),
        "numerator": _number(nullable=True),
        "denominator": _number(nullable=True),
        "done_date": _text(),
        "overdue_days": _number(NOT_NEGATIVE, nullable=True),
        "reports": _number(NOT_NEGATIVE),
        "standing": _text(_one_of("", *STANDINGS_OF_REPORTS)),
        "covered_share": _number(nullable=True),
        "expected_share": _number(nullable=True),
        "required_yearly": _number(nullable=True),
        "projected": _number(nullable=True),
        "probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "doubts": _text(),
        "evidence": _text(),
        "reporter": _text(),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="commitments",
)

# Doubts about reports: shown, never repaired.
REPORT_FINDINGS = pa.DataFrameSchema(
    {
        "commitment": _text(),
        "kind": _text(_one_of(*REPORT_DOUBTS)),
        "date": _text(),
        "file": _text(),
        "row": _number(NOT_NEGATIVE, nullable=True),
        "what": pa.Column(object),
    },
    name="report_findings",
)

# Commitments counted by part of the plan: what is done never stands without what is reported.
ROLLUP = pa.DataFrameSchema(
    {
        "level": _text(_one_of(*LEVELS)),
        "code": _text(),
        "total": _number(NOT_NEGATIVE),
        **{state: _number(NOT_NEGATIVE) for state in STATES},
        "owed": _number(NOT_NEGATIVE),
        "owed_done": _number(NOT_NEGATIVE),
        "verified": _number(NOT_NEGATIVE),
        "done_share": _number(pa.Check.in_range(0, 1)),
        "reported_share": _number(pa.Check.in_range(0, 1)),
        "verified_share": _number(pa.Check.in_range(0, 1)),
    },
    name="rollup",
)

# What is watched by month: accidents by area and field on the count from 2016, field "" being all of them together.
MONTHS = pa.DataFrameSchema(
    {
        "area": _text(),
        "field": _text(_one_of("", *FIELDS, UNKNOWN)),
        "period": _text(PERIOD),
        "accidents": _number(NOT_NEGATIVE, nullable=True),
        "fatal_accidents": _number(NOT_NEGATIVE, nullable=True),
        "deaths": _number(NOT_NEGATIVE, nullable=True),
        "records": _text(),
        "fatal_records": _text(),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="months",
)

# What is known of a month when it is delivered, by how many months it lies back.
DELAYS = pa.DataFrameSchema(
    {
        "lag": _number(NOT_NEGATIVE),
        "known": _number(pa.Check.in_range(0, 1)),
        "error": _number(NOT_NEGATIVE),
        "gone": _number(pa.Check.in_range(0, 1)),
    },
    name="delays",
)

# Deaths of the year so far beside a ceiling; field "" is all fields together.
PACE_WORDS = ("within", "beyond")
MONITORING = pa.DataFrameSchema(
    {
        "area": _text(),
        "field": _text(_one_of("", *FIELDS)),
        "period": _text(PERIOD),
        "month": _text(PERIOD),
        "ceiling": _number(NOT_NEGATIVE),
        "origin": _text(_one_of("ordered", "allocated", "adjusted")),
        "deaths": _number(NOT_NEGATIVE),
        "final_low": _number(NOT_NEGATIVE),
        "final_median": _number(NOT_NEGATIVE),
        "final_high": _number(NOT_NEGATIVE),
        "used_share": _number(NOT_NEGATIVE, nullable=True),
        "elapsed_share": _number(pa.Check.in_range(0, 1)),
        "elapsed_pace": _text(_one_of(*PACE_WORDS)),
        "seasonal_share": _number(pa.Check.in_range(0, 1)),
        "seasonal_lower": _number(pa.Check.in_range(0, 1)),
        "seasonal_upper": _number(pa.Check.in_range(0, 1)),
        "seasonal_pace": _text(_one_of(*PACE_WORDS)),
        "remaining": _number(),
        "year_low": _number(NOT_NEGATIVE),
        "year_median": _number(NOT_NEGATIVE),
        "year_high": _number(NOT_NEGATIVE),
        "probability": _number(pa.Check.in_range(0, 1)),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="monitoring",
)

SCALES = ("city", "district", "cell")
ALARMS = pa.DataFrameSchema(
    {
        "period": _text(PERIOD),
        "scale": _text(_one_of(*SCALES)),
        "area": _text(),
        "field": _text(_one_of("", *FIELDS, UNKNOWN)),
        "measure": _text(_one_of("accidents", "fatal_accidents")),
        "observed": _number(NOT_NEGATIVE),
        "expected": _number(NOT_NEGATIVE),
        "least": _number(NOT_NEGATIVE),
        "p": _number(pa.Check.in_range(0, 1)),
        "records": _text(),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="alarms",
)

MAJOR_RISK = pa.DataFrameSchema(
    {
        "deaths_from": _number(pa.Check.ge(1)),
        "observed": _number(NOT_NEGATIVE),
        "years": _number(NOT_NEGATIVE),
        "probability": _number(pa.Check.in_range(0, 1)),
        "lower": _number(pa.Check.in_range(0, 1)),
        "upper": _number(pa.Check.in_range(0, 1)),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="major_risk",
)

# What a measure shows in monthly counts; what could have been shown is told before the estimate.
FORMS = ("level", "slope", "ramp", "level_and_slope")
ANSWERS = ("fell", "rose", "not_shown", "cannot_tell")
EFFECTS = pa.DataFrameSchema(
    {
        "series": _text(),
        "start": _text(PERIOD),
        "form": _text(_one_of(*FORMS)),
        "months_before": _number(NOT_NEGATIVE),
        "months_after": _number(NOT_NEGATIVE),
        "events_before": _number(NOT_NEGATIVE),
        "events_after": _number(NOT_NEGATIVE),
        "dispersion": _number(nullable=True),
        "correlation": _number(nullable=True),
        "smallest": _number(nullable=True),
        "change": _number(nullable=True),
        "lower": _number(nullable=True),
        "upper": _number(nullable=True),
        "p": _number(pa.Check.in_range(0, 1), nullable=True),
        "p_adjusted": _number(pa.Check.in_range(0, 1), nullable=True),
        "verdict": _text(_one_of(*ANSWERS)),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="effects",
)

# A measure's own series and each area or field without it, asked alike: regression, difference, synthetic control.
CONTROLS = pa.DataFrameSchema(
    {
        "kind": _text(_one_of("area", "field")),
        "series": _text(),
        "events_before": _number(NOT_NEGATIVE),
        "events_after": _number(NOT_NEGATIVE),
        "smallest": _number(nullable=True),
        "change": _number(nullable=True),
        "lower": _number(nullable=True),
        "upper": _number(nullable=True),
        "verdict": _text(_one_of(*ANSWERS)),
        "difference": _number(nullable=True),
        "difference_lower": _number(nullable=True),
        "difference_upper": _number(nullable=True),
        "synthetic_change": _number(nullable=True),
        "fit": _number(NOT_NEGATIVE, nullable=True),
        "ratio": _number(NOT_NEGATIVE, nullable=True),
        "weight": _number(pa.Check.in_range(0, 1), nullable=True),
        "p": _number(pa.Check.in_range(0, 1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="controls",
)

# A synthetic control (`synthetic.synthetic`): the treated unit with an empty series first, then its donors.
SYNTHETIC = pa.DataFrameSchema(
    {
        "series": _text(),
        "weight": _number(pa.Check.in_range(0, 1), nullable=True),
        "fit": _number(NOT_NEGATIVE, nullable=True),
        "ratio": _number(NOT_NEGATIVE, nullable=True),
        "change": _number(nullable=True),
        "p": _number(pa.Check.in_range(0, 1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="synthetic",
)

# Promise against outcome once the target year is over, and what the mid-term forecast had said of it (`fulfilment`).
OUTCOMES_OF_TARGETS = ("met", "missed", "unknown")
BAND_PLACES = ("within_80", "within_95", "outside_95")
OUTCOMES = pa.DataFrameSchema(
    {
        "indicator": _text(),
        "baseline": _number(nullable=True),
        "target": _number(nullable=True),
        "outcome": _number(nullable=True),
        "outcome_period": _text(PERIOD),
        "outcome_scope": _text(),
        "other_definition": pa.Column(bool, coerce=True),
        "result": _text(_one_of(*OUTCOMES_OF_TARGETS)),
        "change": _number(nullable=True),
        "year_before": _number(nullable=True),
        "foretold_through": _text(PERIOD),
        "foretold_value_period": _text(),
        "foretold_probability": _number(pa.Check.in_range(0, 1), nullable=True),
        "foretold_verdict": _text(_one_of(*VERDICTS)),
        "median": _number(nullable=True),
        "low_80": _number(nullable=True),
        "high_80": _number(nullable=True),
        "low_95": _number(nullable=True),
        "high_95": _number(nullable=True),
        "place": _text(_one_of("", *BAND_PLACES)),
        "brier": _number(pa.Check.in_range(0, 1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="outcomes",
)

# What each responsible office answers for: deaths of its fields beside their ceilings, alarms, commitments.
DEPARTMENTS = pa.DataFrameSchema(
    {
        "department": _text(),
        "fields": _text(),
        "deaths": _number(NOT_NEGATIVE, nullable=True),
        "ceiling": _number(NOT_NEGATIVE, nullable=True),
        "beyond": _text(),
        "alarms": _number(NOT_NEGATIVE),
        "commitments": _number(NOT_NEGATIVE),
        "done_share": _number(pa.Check.in_range(0, 1), nullable=True),
        "reported_share": _number(pa.Check.in_range(0, 1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
    },
    name="departments",
)

# Inputs and outputs of safety work beside outcomes, in the order in which they lead.
LEADING = {
    "inspections": "input", "penalties": "input", "persons_trained": "input", "hazards_found": "output",
    "hazards_rectified": "output", "enterprises_standardised": "output", "health_checks": "output",
}  # fmt: skip
LEADING_INDICATORS = pa.DataFrameSchema(
    {
        "measure": _text(),
        "role": _text(_one_of("input", "output")),
        "periods": _number(NOT_NEGATIVE),
        "first": _text(),
        "last": _text(),
        "covered_share": _number(pa.Check.in_range(0, 1)),
        "value": _number(nullable=True),
        "yearly_change": _number(nullable=True),
        "yearly_lower": _number(nullable=True),
        "yearly_upper": _number(nullable=True),
        "lag": _number(NOT_NEGATIVE, nullable=True),
        "association": _number(pa.Check.in_range(-1, 1), nullable=True),
        "p": _number(pa.Check.in_range(0, 1), nullable=True),
        "status": _text(_one_of("", *STATUSES)),
        "reason": pa.Column(object),
    },
    name="leading",
)

RESULTS = {
    str(schema.name): schema
    for schema in (
        OBSERVATIONS,
        INDICATORS,
        FORECASTS,
        ASSESSMENTS,
        SAFETY,
        CHANGES,
        READINGS,
        SIZES,
        PROMISES,
        CONSISTENCY,
        JOINT,
        ROBUSTNESS,
        REVISIONS,
        DISCREPANCIES,
        QUALITY,
        SUMS,
        FINDINGS,
        NOTES,
        BREAKDOWN,
        MOVEMENTS,
        CONTRIBUTIONS,
        ALLOCATION,
        ALLOCATION_CHANCES,
        APPRAISAL,
        REPORTS,
        COMMITMENTS,
        REPORT_FINDINGS,
        ROLLUP,
        OUTCOMES,
        MONTHS,
        MONITORING,
        ALARMS,
        MAJOR_RISK,
        DELAYS,
    )
}


def columns(schema: pa.DataFrameSchema) -> list[str]:
    """Return the column names of a table, in their order."""
    return list(schema.columns)


def weakest(statuses: Iterable[str]) -> str:
    """Return the weakest status, which is the one a result bears; of nothing, the empty text.

    >>> weakest(["published", "synthetic", "rounded"])
    'synthetic'
    """
    return max(statuses, key=STATUSES.index, default="")


def table(schema: pa.DataFrameSchema, rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Return rows as a checked table with exactly the schema's columns, also when there are none."""
    given = list(rows)
    if not given:
        return _empty(str(schema.name)).copy() if str(schema.name) in RESULTS else _checked(schema, given)
    return _checked(schema, given)


def _checked(schema: pa.DataFrameSchema, rows: list[dict[str, object]]) -> pd.DataFrame:
    # As objects first: pandas would turn messages into plain text, which speaks English only.
    return schema.validate(pd.DataFrame(rows, columns=columns(schema), dtype=object))


@lru_cache
def _empty(name: str) -> pd.DataFrame:
    """Return the table of nothing, checked once: an evaluation holds dozens."""
    return _checked(RESULTS[name], [])
