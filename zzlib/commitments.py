"""What has become of a plan's commitments by a day: a register and reports in, one row a commitment out.

The last report decides. A state is never made up: what nobody reported is `no_report`, and what is counted as done
always stands beside how much was reported at all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd

from zzlib.benchmark_methods import Question, straight_line
from zzlib.language import Message, number
from zzlib.progress import Progress, Way, straight_path
from zzlib.register import Commitment, Register, due
from zzlib.schema import COMMITMENTS, REPORT_FINDINGS, ROLLUP, STATES, table, weakest

DONE = ("done", "done_late")
STALE_AFTER = pd.DateOffset(years=1)  # without a word on what is not done yet: offices report yearly at the least
ROUNDING = 0.5  # points by which a printed share may differ from its own numerator and denominator
FEWEST = 3  # yearly figures that a forecast needs


@dataclass(frozen=True)
class Judged:
    """The commitments on a day, what is doubtful in their reports, and both counted by part of the plan."""

    commitments: pd.DataFrame
    findings: pd.DataFrame
    rollup: pd.DataFrame


def judge(register: Register, reports: pd.DataFrame, *, on: date, target_year: int) -> Judged:
    """Return the state of every commitment at the end of a day, from the reports (`schema.REPORTS`) dated by then.

    Of two reports on one day the verified one counts, then the less favourable. A share above 100 % and a report dated
    before the plan decide nothing. Whoever reached the goal and later reports less is not done. Progress is the
    official pace rule between the first and the last report, in days; the forecast is a least-squares line through
    yearly figures with Student's t, a benchmark method, as the model of risks knows nothing of coverage.
    """
    known = reports[reports["date"] <= on.isoformat()].sort_values(["commitment", "date", "row"])
    told = dict(iter(known.groupby("commitment")))
    rows, found = [], []
    for one in register.commitments:
        mine = told.get(one.commitment, known.iloc[:0])
        doubts = list(_doubts(one, mine, register.starts))
        row = _judged(one, mine, on, target_year, register.starts)
        doubts += _stale(row, mine, on)
        found += [{"commitment": one.commitment, **doubt} for doubt in doubts]
        rows.append(row | {"doubts": ", ".join(dict.fromkeys(str(doubt["kind"]) for doubt in doubts))})
    judged = table(COMMITMENTS, rows)
    return Judged(judged, table(REPORT_FINDINGS, found), rollup(judged, register))


def _judged(one: Commitment, mine: pd.DataFrame, on: date, target_year: int, starts: date) -> dict[str, Any]:
    last_day = due(one, target_year)
    days = (on - last_day).days
    row: dict[str, Any] = {
        "commitment": one.commitment, "clause": one.clause, "field": ", ".join(one.field),
        "responsible": one.responsible, "kind": one.kind, "goal": one.goal, "due": last_day.isoformat(),
        "due_stated": one.due is not None, "owed": days >= 0, "reports": float(len(mine)),
        "value_date": "", "done_date": "", "overdue_days": float(days) if days > 0 else math.nan, "standing": "",
        "evidence": "", "reporter": "", "status": "",
    }  # fmt: skip
    used = _used(one, mine, starts)
    if used.empty:
        return row | {"state": "no_report", "reason": _unreported(last_day, days, any_report=len(mine) > 0)}
    last = used.iloc[-1]
    row |= {name: last[name] for name in ("value", "numerator", "denominator", "evidence", "reporter")}
    row |= {"value_date": last["date"], "standing": _standing(one, last), "status": weakest(used["status"].unique())}
    done = _done_since(one, used)
    if done is not None:
        late = (done - last_day).days
        said: dict[str, Any] = {"date": done.isoformat(), "due": last_day.isoformat(), "days": late}
        reason = (
            Message("done on {date}, {days} days after {due}", **said)
            if late > 0
            else Message("done on {date}, in time for {due}", **said)
        )
        state = "done_late" if late > 0 else "done"
        return row | {"state": state, "done_date": done.isoformat(), "overdue_days": math.nan, "reason": reason}
    progress, way = _progress(one, used, last_day)
    ahead = _ahead(one, used, on, last_day)
    return row | ahead | _open(one, last, progress, way, last_day, days)


def _open(
    one: Commitment, last: pd.Series, progress: Progress | None, way: Way | None, last_day: date, days: int
) -> dict[str, Any]:
    """Return the state of what is not done, and its reason."""
    said: dict[str, Any] = {
        "value": shown(one, float(last["value"])), "date": last["date"], "goal": shown(one, one.goal),
        "due": last_day.isoformat(), "days": days,
    }  # fmt: skip
    if days > 0:
        return {"state": "overdue", "reason": Message("due {due}, {days} days ago; {value} on {date}", **said)}
    if days == 0:
        return {"state": "due_and_not_done", "reason": Message("due {due}, this very day; {value} on {date}", **said)}
    if progress is None or way is None:
        declared = Message("not done on {date}", date=last["date"])
        reason = declared if one.value is None else Message("{value} on {date}; {goal} by {due}", **said)
        return {"state": "not_yet_due", "reason": reason}
    expected = (way.year - way.baseline_year) / (way.target_year - way.baseline_year)
    state = "behind" if progress.grade == "behind" else "on_pace"
    shares = {"covered_share": progress.value, "expected_share": expected}
    return shares | {"state": state, "reason": Message("{value} on {date}; {goal} by {due}", **said)}


def shown(one: Commitment, value: float) -> Message | str:
    """Return a value of a commitment as it is read: a share with its sign, a declaration as a word.

    >>> from zzlib.plan import load_plan
    >>> register = load_plan("zhengzhou-2016-2020").commitments
    >>> shown(register.commitment("health-checks"), 71.5), shown(register.commitment("command-centre"), 0.0)
    ('71.5%', 'not done')
    """
    if one.value is None:
        return Message("done") if value >= 1 else Message("not done")
    return f"{number(round(value, 1))}%" if one.is_share else number(value)


def _unreported(last_day: date, days: int, *, any_report: bool) -> Message:
    said: dict[str, Any] = {"due": last_day.isoformat(), "days": days}
    if any_report and days > 0:
        return Message("no report that counts; due {due}, {days} days ago", **said)
    if any_report:
        return Message("no report that counts; due {due}", due=said["due"])
    if days > 0:
        return Message("no report; due {due}, {days} days ago", **said)
    return Message("no report; due {due}", due=said["due"])


def _used(one: Commitment, mine: pd.DataFrame, starts: date) -> pd.DataFrame:
    """Return the reports that decide, one a day, each with the less favourable of its value and its own share."""
    told = mine[(mine["date"] >= starts.isoformat()) & ~((mine["value"] > 100) & one.is_share)]
    own = _own_share(one, told)
    contradicted = own.notna() & ((own - told["value"]).abs() > ROUNDING)
    told = told.assign(value=told["value"].where(~contradicted, np.minimum(told["value"], own.fillna(math.inf))))
    ordered = told.assign(unverified=told["verified_by"] == "").sort_values(["date", "unverified", "value"])
    return ordered.drop_duplicates("date").drop(columns="unverified")


def _own_share(one: Commitment, rows: pd.DataFrame) -> pd.Series:
    """Return numerator over denominator in per cent, NaN where they are not both told or there is nothing to cover."""
    whole = rows["denominator"].where(rows["denominator"] > 0)
    share = 100 * rows["numerator"] / whole
    return share if one.is_share else share * math.nan


def _done_since(one: Commitment, used: pd.DataFrame) -> date | None:
    """Return the day from which every report says that the goal is reached, or None when the last does not."""
    reached = (used["value"] >= one.goal - 1e-9).to_numpy()
    if not reached[-1]:
        return None
    short = np.flatnonzero(~reached)
    return date.fromisoformat(used["date"].iloc[int(short[-1]) + 1 if len(short) else 0])


def _standing(one: Commitment, last: pd.Series) -> str:
    if one.is_share and not (last["denominator"] > 0 and last["numerator"] >= 0):
        return "without_denominator"
    return "verified" if last["verified_by"] else "self_reported"


def _progress(one: Commitment, used: pd.DataFrame, last_day: date) -> tuple[Progress | None, Way | None]:
    """Return the pace between first and last report by the official rule, in days; None without two figures."""
    if one.value is None or len(used) < 2:
        return None, None
    days = [date.fromisoformat(day).toordinal() for day in used["date"]]
    if days[-1] >= last_day.toordinal():
        return None, None
    way = Way(
        days[0], float(used["value"].iloc[0]), days[-1], float(used["value"].iloc[-1]), last_day.toordinal(), one.goal,
        falls=False,
    )  # fmt: skip
    return straight_path(way), way


def _ahead(one: Commitment, used: pd.DataFrame, on: date, last_day: date) -> dict[str, float]:
    """Return what is needed a year from the last report on, where the line so far leads, and its chance."""
    if one.value is None or on >= last_day:
        return {}
    days = [date.fromisoformat(day) for day in used["date"]]
    values = used["value"].to_numpy(float)
    years_left = (last_day - days[-1]).days / 365.25
    told = {"required_yearly": (one.goal - values[-1]) / years_left} if years_left > 0 else {}
    if len(used) > 1 and years_left > 0:
        pace = (values[-1] - values[0]) / ((days[-1] - days[0]).days / 365.25)
        reached = max(values[-1] + pace * years_left, 0.0)
        told["projected"] = min(reached, 100.0) if one.is_share else reached
    yearly = {day.year: value for day, value in zip(days, values, strict=True)}
    span = range(min(yearly), max(yearly) + 1)
    horizon = last_day.year - max(yearly)
    if len(yearly) >= FEWEST and len(yearly) == len(span) and horizon > 0:
        gaps = np.array([[one.goal - yearly[year] for year in span]])
        question = Question(gaps, (-1.0,), np.full(1, math.nan), baseline=0, horizon=horizon, whole=False)
        told["probability"] = min(max(float(straight_line(question)[0, 0]), 0.001), 0.999)
    return told


def _doubts(one: Commitment, mine: pd.DataFrame, starts: date) -> Iterator[dict[str, Any]]:
    """Yield what does not fit in the reports of a commitment: kind, day, place and sentence."""
    own = _own_share(one, mine)
    peak = -math.inf
    for place, row in mine.iterrows():
        said = {"value": shown(one, float(row["value"])), "date": row["date"]}
        for kind, what in _doubts_of_row(one, row, float(own[place]), starts, said):
            yield _doubt(kind, row, what)
        if row["date"] < starts.isoformat() or (one.is_share and row["value"] > 100):
            continue
        if row["value"] < peak and peak >= one.goal:
            yield _doubt("contradiction", row, Message("{value} on {date}, though it was reached before", **said))
        elif row["value"] < peak and one.kind != "threshold" and row["status"] != "partial":
            yield _doubt("contradiction", row, Message("{value} on {date} is less than was reported before", **said))
        peak = max(peak, float(row["value"]))
    for day, rows in mine.groupby("date"):
        if len(rows) > 1:
            figures = sorted({str(shown(one, float(value))) for value in rows["value"]})
            what = Message("{count} reports of {date}: {values}", count=len(rows), date=str(day), values=figures)
            yield _doubt("two_on_one_day", rows.iloc[-1], what)


def _doubts_of_row(
    one: Commitment, row: pd.Series, own: float, starts: date, said: Mapping[str, Any]
) -> Iterator[tuple[str, Message]]:
    if row["date"] < starts.isoformat():
        yield "before_plan", Message("a report of {date}, before the plan began; it decides nothing", **said)
    if one.is_share and row["value"] > 100:
        yield "above_100", Message("{value} on {date} is more than all; it decides nothing", **said)
    if not math.isnan(own) and abs(own - row["value"]) > ROUNDING:
        told = {**said, "own": shown(one, own)}
        yield "contradiction", Message("{value} on {date}, but its own figures make {own}; the lower counts", **told)
    if one.is_share and not (row["denominator"] > 0 and row["numerator"] >= 0):
        yield (
            "without_denominator",
            Message("{value} on {date} without its denominator: reported, not verified", **said),
        )
    if row["status"] == "partial":
        yield "partial", Message("{value} on {date} covers a part only: at least so much", **said)
    if row["value"] >= one.goal and not row["evidence"]:
        yield "no_evidence", Message("{value} on {date} without evidence", **said)


def _stale(row: Mapping[str, Any], mine: pd.DataFrame, on: date) -> list[dict[str, Any]]:
    if row["state"] in (*DONE, "no_report") or pd.Timestamp(row["value_date"]) >= pd.Timestamp(on) - STALE_AFTER:
        return []
    last = mine.iloc[-1]
    return [
        _doubt("stale", last, Message("the last report is of {date}, more than a year ago", date=row["value_date"]))
    ]


def _doubt(kind: str, row: pd.Series, what: Message) -> dict[str, Any]:
    return {"kind": kind, "date": row["date"], "file": row["file"], "row": row["row"], "what": what}


def rollup(judged: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Return commitments counted by plan, part, clause, field, office and kind; one in several fields counts in each.

    `owed` are those due by now, `done_share`, `reported_share` and `verified_share` are of all: done is never shown
    without how much was reported.
    """
    groups = {one.clause: one.group for one in register.clauses}
    levels: dict[str, dict[str, list[bool]]] = {}

    def put(level: str, codes: pd.Series) -> None:
        order = dict.fromkeys(code for listed in codes for code in listed)
        levels[level] = {code: [code in listed for listed in codes] for code in order}

    put("plan", judged["commitment"].map(lambda _: [register.plan]))
    put("group", judged["clause"].map(lambda code: [groups[code]]))
    put("clause", judged["clause"].map(lambda code: [code]))
    put("field", judged["field"].map(lambda text: text.split(", ")))
    put("responsible", judged["responsible"].map(lambda code: [code]))
    put("kind", judged["kind"].map(lambda code: [code]))
    kept = list(judged.itertuples(index=False))
    rows = [
        _counted(level, code, list(compress(kept, chosen)))
        for level, codes in levels.items()
        for code, chosen in codes.items()
    ]
    return table(ROLLUP, rows)


def _counted(level: str, code: str, rows: Sequence[Any]) -> dict[str, object]:
    total, states = len(rows), Counter(row.state for row in rows)
    done = [row for row in rows if row.state in DONE]
    verified = sum(row.standing == "verified" for row in done)
    return {
        "level": level, "code": code, "total": total, **{state: states[state] for state in STATES},
        "owed": sum(row.owed for row in rows), "owed_done": sum(row.owed for row in done), "verified": verified,
        "done_share": len(done) / total, "reported_share": 1 - states["no_report"] / total,
        "verified_share": verified / total,
    }  # fmt: skip
