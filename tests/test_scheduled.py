"""Whatever a scheduler hands over is a plain value of a declared parameter, or it is refused and nothing of it runs."""

import ast
import inspect
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from IPython.core.interactiveshell import InteractiveShell

from zzlib import cli, execution, request, scheduled
from zzlib.errors import ParameterError, PlanError
from zzlib.language import LANGUAGES
from zzlib.periods import over
from zzlib.plan import load_plan
from zzlib.run import run
from zzlib.targets import checked_dates

CODE = "__import__('pathlib').Path({mark!r}).touch()"


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    """A shell after the first cell of the notebook."""
    shell = InteractiveShell()
    scheduled.only_values(shell)
    return shell


def given(shell: InteractiveShell, text: str) -> str:
    """Run a cell and return why it was refused, or nothing."""
    result = shell.run_cell(text, store_history=False)
    return str(result.error_before_exec or "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trough = '2018-06'\nlanguage = 'en'", "did you mean 'through'"),
        ("trough = '2018-06'", "是否应为“through”"),
        ("through = 2018\nlanguage = 'en'", "declared as str and given as int"),
        ("data = 'my.xlsx'\nlanguage = 'en'", "declared as list and given as str"),
        ("data = [1]\nlanguage = 'en'", "'data' is a list of texts"),
        ("through = last-month", "such as through = '2018-06'"),
        ("_trough = '2018-06'\nlanguage = 'en'", "'_trough' is not declared"),
    ],
)
def test_a_parameter_that_would_be_ignored_is_refused_with_its_remedy(
    shell: InteractiveShell, text: str, said: str
) -> None:
    assert said in given(shell, text)


@pytest.mark.parametrize(
    "text",
    [
        "through = '2018'; {code}",
        "through = '2018'\n{code}",
        "through = {code} or '2018'",
        "through = '2018' if {code} else ''",
        "through: {code} = '2018'",
        "through = f'{{{code}}}'",
        "data = [*{code}]",
        "data = [one for one in [{code}]]",
        "plan = through = {code}",
        "[{code}][0] = '2018'",
        "(lambda: {code})()",
        "def through(x={code}): pass",
        "@{code}\nclass through: pass",
        "!touch {mark}",
        "%run {mark}",
        "through = !touch {mark}",
        "%%bash\ntouch {mark}",
        "import os; os.system('touch {mark}')",
        "scheduled.execution = {code}",
        "get_ipython().ast_transformers.clear()\n{code}",
    ],
)
def test_code_in_the_text_of_a_parameter_is_refused_and_nothing_of_it_runs(
    shell: InteractiveShell, text: str, tmp_path: Path
) -> None:
    mark = str(tmp_path / "ran")
    assert given(shell, text.format(code=CODE.format(mark=mark), mark=mark)) != ""
    assert not Path(mark).exists()


def test_a_text_that_nests_too_deep_is_refused_and_the_guard_stands(shell: InteractiveShell) -> None:
    shell.run_cell(f"data = {'[' * 90}{']' * 90}", store_history=False)
    assert given(shell, "import os") != ""


def test_plain_values_and_the_notebook_s_own_cells_are_let_through(shell: InteractiveShell) -> None:
    assert given(shell, "# Parameters\nthrough = '2018-06'\ndata = ['a.xlsx', '台账.csv']\n") == ""
    assert [
        cell.source
        for cell in execution.read(scheduled.NOTEBOOK).cells
        if cell.cell_type == "code" and scheduled.refused(ast.parse(cell.source))
    ] == []


def test_the_first_cell_that_runs_is_the_guard() -> None:
    first, second, *_ = [cell for cell in execution.read(scheduled.NOTEBOOK).cells if cell.cell_type == "code"]
    assert first.source.endswith("scheduled.only_values(get_ipython())")
    assert second.metadata.tags == ["parameters"]


def test_the_notebook_takes_the_words_of_the_command() -> None:
    taken = set(inspect.signature(scheduled.run).parameters)
    assert taken <= set(inspect.signature(cli.run_command).parameters)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the notebook's last cell asks of a run, without running one."""
    seen: dict[str, Any] = {}

    def watched(kind: str, **question: Any) -> Any:
        seen.update(question, kind=kind)
        return type("Result", (), {"briefing": tmp_path / "briefing.html"})

    monkeypatch.setattr(scheduled, "watched", watched)
    return seen


QUESTION = {"plan": "china-2006-2010", "through": "", "as_of": "", "data": [], "language": "en", "event": ""}


def test_empty_texts_are_defaults_and_no_path_depends_on_where_the_scheduler_stands(asked: dict[str, Any]) -> None:
    scheduled.run("midterm", **QUESTION | {"data": ["data/demo", "sqlite:///a.db#t"]}, outputs="")
    assert asked["through"] is None
    assert asked["as_of"] is None
    assert asked["outputs"] == scheduled.OUTPUTS.resolve()
    assert asked["data"] == [str(scheduled.PROJECT / "data/demo"), "sqlite:///a.db#t"]


@pytest.mark.parametrize("outputs", ["../elsewhere", "/etc", "a/../../b", "linked"])
def test_a_schedule_never_leaves_the_outputs_folder(
    asked: dict[str, Any], outputs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduled, "OUTPUTS", tmp_path / "outputs")
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "linked").symlink_to(tmp_path)
    with pytest.raises(ParameterError, match="not below the project's outputs folder"):
        scheduled.run("midterm", **QUESTION, outputs=outputs)
    assert asked == {}


def ask(tmp_path: Path, **other: Any) -> request.Request:
    question: dict[str, Any] = {
        "plan": "china-2006-2010", "through": "2008", "as_of": None, "data": (), "language": "en", "outputs": tmp_path,
        "before": (), "event": "",
    }  # fmt: skip
    return request.ask("midterm", **question | other)


@pytest.mark.parametrize("linked", ["china-2006-2010", "china-2006-2010/midterm-2008"])
def test_a_link_in_the_outputs_folder_leads_no_run_out_of_it(tmp_path: Path, linked: str) -> None:
    outputs, elsewhere = tmp_path / "outputs", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (outputs / linked).parent.mkdir(parents=True)
    (outputs / linked).symlink_to(elsewhere)
    with pytest.raises(ParameterError, match="leads out of the outputs folder"):
        ask(outputs)


def test_the_outputs_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "outputs").symlink_to(tmp_path / "disk")
    assert ask(tmp_path / "outputs").home == tmp_path / "disk" / "china-2006-2010" / "midterm-2008"


@pytest.mark.parametrize("plan", ["../china-2006-2010", "/etc/passwd", "a/b", "..", "", "x; touch y", "$(touch y)"])
def test_a_plan_s_id_is_no_path(plan: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError):
        ask(tmp_path, plan=plan)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "2018'; import os", "2018\"; import os; \"", "../2018", "2018/..", "2018\n", "2018\x00", "$(date)", "{through}",
        "last_month", "%2e%2e", "２０１８/../x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_period_is_a_period_and_no_other_text(text: str, language: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is not a period"):
        ask(tmp_path, through=text, language=language)


def test_a_period_names_one_folder(tmp_path: Path) -> None:
    assert ask(tmp_path, through="2007/2008").home.parent == tmp_path.resolve() / "china-2006-2010"


@pytest.mark.parametrize("kind", ["../midterm", "midterm/..", "", "midterm;ls"])
def test_a_kind_is_one_of_those_known(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no kind of run"):
        run(kind, plan="china-2006-2010", outputs=tmp_path)


def test_dates_of_a_plan_are_checked_as_values() -> None:
    with pytest.raises(ParameterError, match="is not a day"):
        checked_dates(load_plan("china-2006-2010"), "2008", "2018-12-31'; import os")


class TestRecipes:
    """The recipes of docs/schedules/ ask what the program takes; validation/test_schedules.py runs them."""

    FOLDER = scheduled.PROJECT / "docs" / "schedules"

    def commands(self) -> list[list[str]]:
        """Return the words after `zzlib` of every command in the recipes and on their page."""
        texts = [
            path.read_text(encoding="utf-8") for path in (*self.FOLDER.iterdir(), self.FOLDER.parent / "schedules.md")
        ]
        lines = [line for text in texts for line in re.findall(r"zzlib (run .*)$", text, re.MULTILINE)]
        return [line.partition(">")[0].split() for line in lines if "--" in line]

    def job(self) -> dict[str, Any]:
        return dict(json.loads((self.FOLDER / "jupyter_scheduler_job.json").read_text(encoding="utf-8")))

    def dag(self) -> dict[str, Any]:
        """Return the words that the recipe gives to Airflow's DAG and operator, where they are plain."""
        tree = ast.parse((self.FOLDER / "zzlib_monthly.py").read_text(encoding="utf-8"))
        calls = [part for part in ast.walk(tree) if isinstance(part, ast.Call) and part.keywords]
        return {keyword.arg or "": keyword.value for call in calls for keyword in call.keywords}

    def test_every_command_is_one_that_the_program_takes(self) -> None:
        command = typer.main.get_command(cli.app).commands["run"]  # type: ignore[attr-defined]
        found = self.commands()
        assert len(found) == 2
        for _, *words in found:
            context = command.make_context("run", list(words))
            assert context.params["kind"] in request.KINDS
            assert context.params["through"] == over("last-month", date.today())

    def test_what_jupyter_scheduler_pastes_is_let_through(self) -> None:
        job = self.job()
        pasted = "\n".join(f"{name} = {value}" for name, value in job["parameters"].items())
        assert scheduled.refused(ast.parse(pasted)) == []
        assert job["input_uri"] == scheduled.NOTEBOOK.name

    def test_what_airflow_hands_over_is_let_through(self) -> None:
        parameters = ast.unparse(self.dag()["parameters"]).replace("MONTH_BEFORE", "'2018-06'")
        assert scheduled._faults(ast.literal_eval(parameters)) == []
        assert f"/notebooks/{scheduled.NOTEBOOK.name}" in ast.unparse(self.dag()["input_nb"])

    def test_all_recipes_run_at_the_same_time(self) -> None:
        (line,) = [line for line in (self.FOLDER / "zzlib.crontab").read_text().splitlines() if line[:1].isdigit()]
        at = " ".join(line.split()[:5])
        assert at == self.job()["schedule"] == ast.literal_eval(self.dag()["schedule"])
        minute, hour, day, *_ = at.split()
        timer = (self.FOLDER / "zzlib-monthly.timer").read_text()
        assert f"OnCalendar=*-*-{int(day):02} {int(hour):02}:{int(minute):02}\n" in timer

    def test_the_page_names_every_parameter_of_the_notebook(self) -> None:
        page = (self.FOLDER.parent / "schedules.md").read_text(encoding="utf-8")
        assert re.findall(r"^\| `(\w+)` \| ", page, re.MULTILINE) == list(inspect.signature(scheduled.run).parameters)
