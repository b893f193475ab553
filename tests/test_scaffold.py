"""A new plan: a file to fill in that is refused until it is, and the worked example of the documentation."""

import re
from pathlib import Path

import pytest
import yaml

from zzlib import scaffold
from zzlib.errors import ParameterError, PlanError
from zzlib.evaluation import evaluate
from zzlib.plan import PROJECT, load_plan
from zzlib.register import load_register

PAGE = (PROJECT / "docs" / "new-plan.md").read_text(encoding="utf-8")
ASKED = {"area": "370000", "baseline_year": 2020, "target_year": 2025}


def block(kind: str) -> str:
    (found,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_a_new_plan_is_refused_until_every_line_is_filled_in(tmp_path: Path) -> None:
    law, register = scaffold.write(tmp_path, "shandong-2021-2025", **ASKED)
    for path, load in ((law, load_plan), (register, lambda path: load_register(path, plan="shandong-2021-2025"))):
        with pytest.raises(PlanError) as refusal:
            load(path)
        lines = [n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "FILL" in line]
        told = {int(n) for fault in refusal.value.faults for n in re.findall(r"line (\d+)", fault.where)}
        assert told == {n for n in lines if "`" not in path.read_text(encoding="utf-8").splitlines()[n - 1]} - {1}
        assert {fault.what for fault in refusal.value.faults} == {"still to be filled in"}


def test_a_filled_in_plan_loads(tmp_path: Path) -> None:
    law, register = scaffold.write(tmp_path, "shandong-2021-2025", **ASKED)
    register.unlink()
    text = (
        law.read_text(encoding="utf-8")
        .replace("published: FILL", "published: 2021")
        .replace("change: FILL", "change: -0.1")
    )
    law.write_text(text.replace("FILL", "x"), encoding="utf-8")
    plan = load_plan(law)
    assert (plan.baseline_year, plan.midterm_year, plan.target_year) == (2020, 2023, 2025)
    assert [t.indicator for t in plan.targets] == [t.indicator for t in load_plan(scaffold.MODEL).targets]


def test_what_cannot_be_written_is_refused_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError) as refusal:
        scaffold.write(tmp_path, "a", area="370000", baseline_year=2025, target_year=2020)
    assert len(refusal.value.faults) == 2
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == "mine"
    with pytest.raises(ParameterError, match="cannot name a plan"):
        scaffold.write(tmp_path, "../Plan", **ASKED)


def test_the_worked_example_gives_what_the_page_says(tmp_path: Path) -> None:
    plan, figures = tmp_path / "shandong-2021-2025.yaml", tmp_path / "figures.csv"
    plan.write_text(block("yaml"), encoding="utf-8")
    figures.write_text(block("csv"), encoding="utf-8")
    found = evaluate(plan, data=[figures], language="en").assessments.set_index("indicator")
    for code, baseline, value, target, verdict in re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \| `(\w+)` \|$", PAGE, re.M
    ):
        row = found.loc[code]
        assert [row["baseline"], row["value"], row["target"]] == pytest.approx(
            [float(baseline), float(value), float(target)], rel=5e-3
        )
        assert row["verdict"] == verdict
    assert len(found) == 2
    first, _ = scaffold.write(tmp_path / ".", "other-2021-2025", **ASKED)
    assert set(yaml.safe_load(first.read_text(encoding="utf-8"))) == set(yaml.safe_load(block("yaml")))
