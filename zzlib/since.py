"""What moved since the last run: the earlier answer beside today's, and why they differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from zzlib import history, kept
from zzlib.errors import ParameterError
from zzlib.evaluation import Evaluation, reopen
from zzlib.language import Message, Name, day, percent, word
from zzlib.plan import PROJECT
from zzlib.schema import EXPLANATION, table

TABLE, RUN = "explanation.csv", "previous.json"
SEEN = 0.005  # half a point: what moves a probability by less is no cause that a reader sees


@dataclass(frozen=True)
class Previous:
    """The last run before this one: its name, the day it was made, the last period it looked at."""

    run: str
    made: str
    through: str


@dataclass(frozen=True)
class Since:
    """The last run, None where there is none, and why today's answers differ from its own (`schema.EXPLANATION`).

    `unread` is true where the last run was kept by a version whose tables can no longer be read.
    """

    previous: Previous | None
    explanation: pd.DataFrame
    unread: bool = False


def compare(previous: Previous | None, folder: Path | None, evaluation: Evaluation) -> Since:
    """Return what moved since the run kept in a folder; nothing is asked again where no answer differs."""
    nothing = table(EXPLANATION, [])
    if previous is None or folder is None:
        return Since(None, nothing)
    try:
        before = reopen(folder)
    except ParameterError:
        return Since(previous, nothing, unread=True)
    if _answers(before).equals(_answers(evaluation)):
        return Since(previous, nothing)
    return Since(previous, history.explain(before, evaluation))


def _answers(evaluation: Evaluation) -> pd.DataFrame:
    return evaluation.assessments.set_index("indicator")[["probability", "verdict"]].sort_index()


def keep(since: Since, folder: Path) -> None:
    """Write what moved into a run's folder of tables."""
    folder.mkdir(parents=True, exist_ok=True)
    kept.write_csv(since.explanation, folder / TABLE)
    previous = vars(since.previous) if since.previous else None
    text = json.dumps({"previous": previous, "unread": since.unread}, ensure_ascii=False)
    (folder / RUN).write_text(text + "\n", encoding="utf-8")


def read(folder: str | Path) -> Since | None:
    """Return what a run kept in its folder (a relative one: below the project's), or None where there is no run."""
    tables = PROJECT / folder / "tables"
    if not str(folder) or not (tables / RUN).is_file():
        return None
    said = json.loads((tables / RUN).read_text(encoding="utf-8"))
    found = pd.read_csv(tables / TABLE, encoding="utf-8-sig", dtype=dict.fromkeys(("status",), "str"))
    explanation = EXPLANATION.validate(found.fillna({"status": ""}))
    return Since(Previous(**said["previous"]) if said["previous"] else None, explanation, said["unread"])


def sentences(since: Since | None, evaluation: Evaluation) -> list[Message]:
    """Say which verdicts and probabilities moved since the last run, and why."""
    if since is None or since.previous is None:
        return [Message("There is no earlier run of this plan to compare with.")]
    made = {"day": day(since.previous.made), "through": since.previous.through}
    if since.unread:
        return [Message("The run of {day} was kept by another version and cannot be compared.", **made)]
    moved = [
        text for _, steps in since.explanation.groupby("indicator", sort=False) if (text := _moved(steps, evaluation))
    ]
    if not moved:
        return [Message("Since the run of {day} (through {through}) no verdict and no probability has moved.", **made)]
    return [Message("Since the run of {day} (through {through}):", **made), *moved]


def _moved(steps: pd.DataFrame, evaluation: Evaluation) -> Message | None:
    """Say of one target what moved and why, the largest cause first; None where nothing that is printed did."""
    first, last = steps.iloc[0], steps.iloc[-1]
    told = {
        "name": _name(evaluation, str(last["indicator"])),
        "before": percent(first["probability_before"]), "now": percent(last["probability"]),
        "verdict_before": word("verdict", first["verdict_before"]), "verdict": word("verdict", last["verdict"]),
    }  # fmt: skip
    same = first["verdict_before"] == last["verdict"]
    if same and told["before"] == told["now"]:
        return None
    effects = steps[steps["effect"].abs() >= SEEN]
    effects = effects.reindex(effects["effect"].abs().sort_values(ascending=False, kind="stable").index)
    causes = [word("cause", row["cause"]) for row in steps.to_dict("records") if history.turns(row)]
    causes += [
        Message("{cause} {points} points", cause=word("cause", row["cause"]), points=_points(row["effect"]))
        for _, row in effects.iterrows()
    ]
    if not causes:  # all moved a little: what changed anything at all is the cause
        changed = steps[(steps["verdict"] != steps["verdict_before"]) | (steps["effect"].abs() > 0)]
        causes = [word("cause", cause) for cause in changed["cause"]]
    if same:
        return Message("{name}: {verdict} as before, {before} → {now} ({causes}).", causes=causes, **told)
    return Message("{name}: {verdict_before} ({before}) → {verdict} ({now}); {causes}.", causes=causes, **told)


def _name(evaluation: Evaluation, code: str) -> Name:
    return evaluation.indicator(code).name


def _points(effect: float) -> str:
    return f"{100 * effect:+.0f}".replace("-", "−")
