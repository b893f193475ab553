"""A run is strict, leaves evidence, publishes atomically, and never leaves half of anything behind."""

import asyncio
import hashlib
import itertools
import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pandas as pd
import pytest
import typer
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from zzlib import (
    cli,
    document,
    execution,
    folders,
    kept,
    kernels,
    keys,
    making,
    paper,
    published,
    request,
    run,
    runs,
    sheets,
)
from zzlib.errors import DataError, ParameterError, RunError
from zzlib.kernels import Kernels
from zzlib.language import Message
from zzlib.plan import PROJECT, load_plan
from zzlib.schema import VERDICTS

PLAN = "china-2006-2010"
PARAMETERS = "plan = ''\nthrough = ''\nas_of = ''\ndata = []\nlanguage = 'zh'\nfolder = ''"
TABLE = PROJECT / "data" / "observations" / "china_work_safety.csv"
BROWSER = paper.browser
KERNELSPEC = {"name": "python3", "language": "python", "display_name": "Python 3"}


@dataclass(frozen=True)
class Evaluation:
    """What `run` asks of an evaluation, without computing one."""

    plan: Any
    through: str
    as_of: str
    language: str
    assessments: pd.DataFrame
    quality: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"note": ["=1+1", "plain"], "count": [1.0, None]})
    )
    notes: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"kind": ["rows_refused"], "what": [Message("2 rows were refused")]})
    )
    mark: str = ""
    inputs: tuple[str, ...] = (str(TABLE),)
    observations: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"value": [1.0]}))
    sizes: pd.DataFrame = field(default_factory=pd.DataFrame)
    reports: pd.DataFrame = field(default_factory=pd.DataFrame)
    indicators: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"area": [], "indicator": [], "period": [], "value": []})
    )
    months: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"area": [], "field": [], "period": []}))

    def indicator(self, code: str) -> Any:
        return self.plan.indicator(code)

    def lacks(self, need: str) -> Message | None:
        return Message("There are no {need}.", need=need) if need == "districts" else None


def evaluate(plan: Any, *, folder: str, meanwhile: Callable[[], None], **given: Any) -> Evaluation:
    meanwhile()
    (Path(folder) / "tables").mkdir()
    (Path(folder) / "tables" / "assessments.json").write_text("[]\n")
    (Path(folder) / "tables" / "question.json").write_text("{}\n")
    assessments = pd.DataFrame(
        {
            "area": ["000000"],
            "indicator": ["deaths_per_100m_gdp"],
            "target_period": ["2010"],
            "verdict": ["met"],
            "trend": [""],
            "probability": [1.0],
        }
    )
    return Evaluation(plan, given["through"], given["as_of"] or "", given["language"], assessments)


def notebook(*cells: str, parameters: str = PARAMETERS, tagged: bool = True, **about: Any) -> nbformat.NotebookNode:
    first = new_code_cell(parameters, metadata={"tags": ["parameters"]} if tagged else {})
    prose = new_markdown_cell("# A question", metadata={"tags": ["en"]})
    metadata = {"kernelspec": KERNELSPEC, "zzlib": about}
    return new_notebook(cells=[prose, first, *map(new_code_cell, cells)], metadata=metadata)


@pytest.fixture
def notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace the project's notebooks and evaluation by small ones; call it with notebooks by name."""
    place = tmp_path / "notebooks"
    place.mkdir()
    monkeypatch.setattr(request, "NOTEBOOKS", place)
    monkeypatch.setattr(keys, "NOTEBOOKS", place)
    monkeypatch.setattr(making, "evaluate", evaluate)
    monkeypatch.setattr(making, "answer_key", lambda *question: "")
    monkeypatch.setattr(paper, "browser", lambda: None)  # which takes three seconds a run; tests/browser prints
    monkeypatch.setattr(sheets, "readable", lambda evaluation: [])
    monkeypatch.setattr(document, "lacks", lambda: "no evaluation here")  # tests/test_numbers_agree.py writes one

    def put(**contents: nbformat.NotebookNode) -> None:
        monkeypatch.setattr(request, "KINDS", {"midterm": tuple(contents)})
        for name, content in contents.items():
            nbformat.write(content, place / f"{name}.ipynb")

    put(briefing=notebook("print('through', through)"))
    return put


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    return tmp_path / "outputs"


def started(outputs: Path, **given: Any) -> run.RunResult:
    return run.run("midterm", plan=PLAN, language="en", outputs=outputs, **given)


def everything(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def home(outputs: Path) -> Path:
    return outputs / PLAN / "midterm-2008"


def test_a_run_keeps_everything_in_a_folder_of_its_own(notebooks: Any, outputs: Path) -> None:
    result = started(outputs, through="2008")
    assert result.folder.parent == home(outputs)
    assert {path.name for path in result.folder.iterdir()} == {
        "SHA256SUMS", "briefing.ipynb", "briefing.html", "evaluation.xlsx", "index.html", "run.json", "tables"
    }  # fmt: skip
    record = json.loads(result.manifest.read_text(encoding="utf-8"))
    assert record["outcome"] == "finished"
    assert record["verdicts"] == {"deaths_per_100m_gdp": "met"}
    assert record["parameters"]["through"] == "2008"
    law = record["inputs"][0]
    assert law["sha256"] == hashlib.sha256((PROJECT / law["path"]).read_bytes()).hexdigest()
    assert any(source["vintage"] for source in record["inputs"])
    assert record["start"] <= record["end"]
    assert "through 2008" in (result.folder / "briefing.html").read_text(encoding="utf-8")


RUN_SCHEMA = json.loads((PROJECT / "zzlib" / "schemas" / "run.schema.json").read_text(encoding="utf-8"))


def test_the_record_of_a_run_keeps_to_its_schema_whether_it_finished_or_failed(notebooks: Any, outputs: Path) -> None:
    record = json.loads(started(outputs).manifest.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(RUN_SCHEMA)
    jsonschema.validate(record, RUN_SCHEMA)
    for wrong in ({"kind": "weekly"}, {"outcome": "failed"}, {"surplus": 1}, {"inputs": []}, {"key": "none"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(record | wrong, RUN_SCHEMA)
    known = RUN_SCHEMA["properties"]
    assert set(known["verdicts"]["additionalProperties"]["enum"]) == set(VERDICTS)
    notebooks(briefing=notebook("1 / 0"))
    with pytest.raises(RunError):
        started(outputs)
    (failed,) = home(outputs).glob("*-failed")
    jsonschema.validate(json.loads((failed / "run.json").read_text(encoding="utf-8")), RUN_SCHEMA)


KINDS = set(request.KINDS)  # before any test puts others in their place


def test_the_schema_of_the_record_knows_every_kind_of_run() -> None:
    assert set(RUN_SCHEMA["properties"]["kind"]["enum"]) == KINDS


def test_without_a_browser_the_run_says_what_it_left_out(notebooks: Any, outputs: Path) -> None:
    result = started(outputs)
    assert not (result.folder / "briefing.pdf").exists()
    assert "no browser was found" in json.loads(result.manifest.read_text(encoding="utf-8"))["omitted"]["briefing.pdf"]
    assert "no browser was found" in result.index.read_text(encoding="utf-8")


def test_nothing_hidden_is_left_and_no_file_speaks_of_the_staging_folder(notebooks: Any, outputs: Path) -> None:
    result = started(outputs)
    assert {path.name for path in outputs.rglob(".*")} == {folders.LOCK}
    assert [path for path in everything(result.folder) if b".staging-" in path.read_bytes()] == []


def test_the_published_pages_lead_into_the_run_s_folder(notebooks: Any, outputs: Path) -> None:
    notebooks(briefing=notebook(), detail=notebook())
    result = started(outputs)
    assert result.briefing == home(outputs) / "briefing.html"
    index = result.index.read_text(encoding="utf-8")
    assert f'href="{result.folder.name}/detail.html"' in index
    assert (result.folder / "detail.html").exists()
    assert 'href="detail.html"' in (result.folder / "index.html").read_text(encoding="utf-8")


def test_a_run_that_looks_back_is_never_published_as_the_newest(notebooks: Any, outputs: Path) -> None:
    result = started(outputs, as_of="2008-12-31")
    assert [path.name for path in home(outputs).iterdir()] == [result.folder.name]
    assert result.briefing == result.folder / "briefing.html"


def test_a_notebook_whose_input_is_missing_is_left_out_and_the_index_says_why(notebooks: Any, outputs: Path) -> None:
    map_ = notebook(
        "1 / 0", needs=["districts"], title={"zh": "地图", "en": "The map"}, description={"zh": "图", "en": "Map"}
    )
    notebooks(briefing=notebook(), district_map=map_)
    result = started(outputs)
    assert not (result.folder / "district_map.html").exists()
    index = result.index.read_text(encoding="utf-8")
    assert "The map" in index
    assert "There are no districts." in index


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            notebook(parameters=PARAMETERS.replace("through", "trough")),
            "'through' is not declared; did you mean 'trough'",
        ),
        (notebook(parameters=PARAMETERS.replace("folder = ''", "")), "'folder' is not declared"),
        (
            notebook(parameters=PARAMETERS.replace("data = []", "data = ''")),
            "'data' is declared as str and given as list",
        ),
        (notebook(parameters=PARAMETERS.replace("= 'zh'", "= str()")), "more than plain values"),
        (notebook(tagged=False), "exactly one code cell must be tagged 'parameters'; 0 are"),
    ],
)
def test_a_notebook_that_would_ignore_a_parameter_is_refused(
    content: nbformat.NotebookNode, said: str, notebooks: Any, outputs: Path
) -> None:
    notebooks(briefing=content)
    with pytest.raises(ParameterError, match=said) as refusal:
        started(outputs)
    assert refusal.value.exit_code == 2
    assert not outputs.exists()


def test_a_refused_input_leaves_no_trace(notebooks: Any, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, folder: str, **__: Any) -> None:
        (Path(folder) / "half.csv").write_text("half")
        raise DataError("deaths.csv, row 3: -1 is negative")

    monkeypatch.setattr(making, "evaluate", refuse)
    with pytest.raises(DataError):
        started(outputs)
    assert not outputs.exists()


@pytest.mark.parametrize(("word_", "text"), [("through", "last year"), ("as_of", "2018-13-01"), ("as_of", "yesterday")])
def test_a_period_or_day_that_is_none_is_refused(word_: str, text: str, notebooks: Any, outputs: Path) -> None:
    with pytest.raises(ParameterError, match=r"Write a (year|day)"):
        started(outputs, **{word_: text})
    assert not outputs.exists()


def test_a_kind_that_is_unknown_is_refused_with_the_known_ones(outputs: Path) -> None:
    with pytest.raises(ParameterError, match="Known kinds: midterm"):
        run.run("mid-term", plan=PLAN, outputs=outputs)


def test_a_failing_notebook_keeps_its_evidence_and_the_page_before_it(
    notebooks: Any, outputs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="zzlib")
    before = started(outputs)
    old = before.briefing.read_bytes(), before.index.read_bytes()
    notebooks(briefing=notebook("kept = 'so far'", "1 / 0", "print('never')"))
    with pytest.raises(RunError, match="ZeroDivisionError: division by zero") as failure:
        started(outputs)
    assert failure.value.exit_code == 1
    (failed,) = home(outputs).glob("*-failed")
    assert str(failed) in str(failure.value)
    logged = [record.getMessage() for record in caplog.records]  # each is a line that says which run it speaks of
    told = [line for line in logged if "failed: " in line]
    assert len(told) >= len(failure.value.faults) == 2
    assert all(line.startswith(failed.name.removesuffix("-failed")) and "\n" not in line for line in told)
    executed = nbformat.read(failed / "briefing.ipynb", as_version=4)
    errors = [output for cell in executed.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert [error.ename for error in errors] == ["ZeroDivisionError"]
    assert json.loads((failed / "run.json").read_text(encoding="utf-8"))["outcome"] == "failed"
    assert before.briefing.read_bytes() == old[0].replace(b"<main>", aside(before.briefing) + b"<main>", 1)
    assert before.index.read_bytes() == old[1].replace(b"<main>", aside(before.index) + b"<main>", 1)
    assert {path.name for path in outputs.rglob(".*")} == {folders.LOCK}


def aside(page: Path) -> bytes:
    """What a page says of an attempt to renew it that failed."""
    return b"".join(re.findall(rb'<aside class="stale"[^>]*>.*?</aside>\n', page.read_bytes()))


def test_readers_are_told_how_old_the_pages_are_and_why_until_they_are_renewed(
    notebooks: Any, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = started(outputs)
    assert aside(before.briefing) == b""
    record = json.loads((home(outputs) / published.RECORD).read_text(encoding="utf-8"))
    made = (date.today() - timedelta(days=31)).isoformat()
    folders.replace(home(outputs) / published.RECORD, json.dumps(record | {"made": made}))
    notebooks(briefing=notebook("raise ValueError('<b>none</b>')"))
    with pytest.raises(RunError):
        started(outputs)
    said = aside(before.briefing).decode()
    assert "31 days old" in said
    assert "ValueError: &lt;b&gt;none&lt;/b&gt;" in said
    assert aside(before.index).decode() == said
    notebooks(briefing=notebook("print('well')"))
    assert aside(started(outputs).briefing) == b""


def test_only_pages_that_were_renewed_stop_saying_that_they_are_old(notebooks: Any, outputs: Path) -> None:
    def failing(through: str) -> None:
        notebooks(briefing=notebook("1 / 0"))
        with pytest.raises(RunError):
            started(outputs, through=through)
        notebooks(briefing=notebook("print('well')"))

    page = started(outputs, through="2008").briefing
    failing("2007")  # was to renew nothing that looks further
    assert aside(page) == b""
    failing("2008")
    failing("2009")  # has no pages yet: the newest of its kind say so
    assert aside(page).count(b"days old") == 2
    started(outputs, through="2009")
    assert re.findall(rb'data-home="(.*?)"', aside(page)) == [b"midterm-2008"]
    started(outputs, through="2008")
    assert aside(page) == b""


def test_other_data_that_are_refused_leave_the_pages_of_the_plan_s_own_alone(notebooks: Any, outputs: Path) -> None:
    before = started(outputs)
    notebooks(briefing=notebook("1 / 0"))
    with pytest.raises(RunError):
        started(outputs, data=[TABLE])
    assert aside(before.briefing) == b""


def test_a_run_that_lost_a_file_is_refused_and_readers_keep_the_page(
    notebooks: Any, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = "data/demo/ledger.csv"

    def reading(*files: str) -> None:
        def answered(plan: Any, *, folder: str, **given: Any) -> Evaluation:
            found = evaluate(plan, folder=folder, **given)
            (Path(folder) / "tables" / "question.json").write_text(json.dumps({"inputs": files}))
            return replace(found, inputs=tuple(str(PROJECT / file) for file in files))

        monkeypatch.setattr(making, "evaluate", answered)

    law = load_plan(PLAN).model_copy(update={"data": ("data/demo", "data/observations")})
    monkeypatch.setattr(request, "load_plan", lambda plan: law)
    reading(ledger, keys.told(TABLE))
    before = started(outputs)
    folders.replace(home(outputs) / published.RECORD, (home(outputs) / published.RECORD).read_text().replace(
        '"key": "', '"key": "other'))  # fmt: skip
    reading(keys.told(TABLE))
    with pytest.raises(DataError, match=ledger) as refusal:
        started(outputs)
    assert refusal.value.exit_code == 2
    assert "ledger.csv" in aside(before.briefing).decode()
    assert [path for path in home(outputs).iterdir() if path.is_dir()] == [before.folder]


def test_nothing_is_computed_twice(notebooks: Any, outputs: Path) -> None:
    begun: list[str] = []
    first = started(outputs, begun=lambda: begun.append("first"))
    files = everything(outputs)
    again = started(outputs, begun=lambda: begun.append("again"))
    assert begun == ["first"]
    assert (again.folder, again.briefing, again.unchanged) == (first.folder, first.briefing, True)
    assert everything(outputs) == files


@pytest.mark.parametrize("harmed", ["published.json", "briefing.html", "RUN/run.json", "RUN/evaluation.xlsx"])
def test_what_is_published_and_harmed_since_is_made_again(harmed: str, notebooks: Any, outputs: Path) -> None:
    first = started(outputs)
    (home(outputs) / harmed.replace("RUN", first.folder.name)).write_bytes(b"harm")
    again = started(outputs)
    assert (again.unchanged, again.folder != first.folder) == (False, True)
    assert started(outputs).unchanged


def test_a_notebook_is_executed_again_when_a_table_that_it_reads_has_changed(
    notebooks: Any, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"deaths": "1", "jobs": "1"}

    def with_tables(*asked: Any, folder: str, **given: Any) -> Evaluation:
        found = evaluate(*asked, folder=folder, **given)
        for name, text in said.items():
            (Path(folder) / "tables" / f"{name}.csv").write_text(text)
        return found

    monkeypatch.setattr(making, "evaluate", with_tables)
    cell = "import uuid; print('mark', uuid.uuid4())"
    one, two = notebook(cell, reads=["deaths"]), notebook(cell, reads=["jobs"])
    notebooks(briefing=notebook(cell), one=one, two=two)

    def marks(result: run.RunResult) -> dict[str, str]:
        return {
            name: re.findall("mark ([0-9a-f-]{36})", (result.folder / f"{name}.html").read_text(encoding="utf-8"))[0]
            for name in ("briefing", "one", "two")
        }

    first = started(outputs)
    (home(outputs) / published.RECORD).unlink()
    said["jobs"] = "2"
    second = started(outputs)
    assert second.reused == ("one",)
    before, after = marks(first), marks(second)
    assert {name for name in before if before[name] == after[name]} == {"one"}
    (first.folder / "one.ipynb").write_bytes(b"harm")
    (second.folder / "one.ipynb").write_bytes(b"harm")
    (home(outputs) / published.RECORD).unlink()
    assert started(outputs).reused == ("two",)


def test_a_record_names_every_file_that_the_answer_rests_on(
    notebooks: Any, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    law, mine = tmp_path / "mine.yaml", str(tmp_path / "figures.csv")
    text = (keys.PLANS / f"{PLAN}.yaml").read_text(encoding="utf-8")
    law.write_text(f"{text}\nboundaries: {tmp_path / 'land.geojson'}\n", encoding="utf-8")
    for name in ("land.geojson", "mine.docx", "figures.csv", "figures.csv.map.yaml"):
        (tmp_path / name).write_bytes(TABLE.read_bytes())
    monkeypatch.setattr(making, "evaluate", lambda *asked, **given: replace(evaluate(*asked, **given), inputs=(mine,)))
    result = run.run("midterm", plan=law, language="en", outputs=outputs, data=[mine])
    named = {Path(one["path"]).name for one in json.loads(result.manifest.read_text(encoding="utf-8"))["inputs"]}
    assert {"mine.yaml", "mine.docx", "land.geojson", "figures.csv", "figures.csv.map.yaml"} <= named


def test_data_that_change_in_mid_run_are_noticed_with_refused_rows_too(
    notebooks: Any, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "figures.csv"
    mine.write_bytes(TABLE.read_bytes())

    def meanwhile(*asked: Any, **given: Any) -> Evaluation:
        mine.write_bytes(mine.read_bytes() + b"\n")
        return evaluate(*asked, **given)

    monkeypatch.setattr(making, "evaluate", meanwhile)
    with pytest.raises(RunError, match="the data changed while they were being read"):
        started(outputs, data=[mine], rejects=tmp_path / "refused.csv")
    assert published.read(home(outputs)) is None


def test_a_run_with_refused_rows_does_not_stand_for_the_question_without(notebooks: Any, outputs: Path) -> None:
    first = started(outputs, rejects=outputs.parent / "refused.csv")
    again = started(outputs, rejects=outputs.parent / "refused.csv")
    whole = started(outputs)
    assert len({first.folder, again.folder, whole.folder}) == 3


def test_a_run_that_waited_takes_the_data_as_they_are_when_it_begins(
    notebooks: Any, outputs: Path, tmp_path: Path
) -> None:
    mine, other = tmp_path / "figures.csv", threading.Event()
    mine.write_bytes(TABLE.read_bytes())
    with ThreadPoolExecutor(1) as pool:
        with folders.alone(home(outputs).parent, lambda: None):
            waiting = pool.submit(started, outputs, data=[mine], waiting=other.set)
            assert other.wait(60)
            mine.write_bytes(TABLE.read_bytes() + b"\n")
        assert not waiting.result().unchanged
    assert started(outputs, data=[mine]).unchanged


def test_a_run_that_fails_at_its_last_file_is_no_finished_one(
    notebooks: Any, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path) -> str:
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr(making.manifest, "sums", full)
    with pytest.raises(RunError, match="No space left"):
        started(outputs)
    (failed,) = runs.kept([home(outputs)])
    assert failed.folder.name.endswith("-failed")
    assert (failed.finished, failed.record["outcome"]) == (False, "failed")
    assert "No space left" in failed.record["reason"]


def test_a_record_in_a_folder_that_did_not_get_its_name_is_no_finished_run(notebooks: Any, outputs: Path) -> None:
    result = started(outputs)
    result.folder.rename(result.folder.with_name(f"{result.folder.name}-failed"))
    assert [one.finished for one in runs.kept([home(outputs)])] == [False]


def test_a_clock_set_back_makes_no_run_the_newest_but_the_last(notebooks: Any, outputs: Path) -> None:
    ahead = home(outputs) / "29991231T235958Z-beef"
    ahead.mkdir(parents=True)
    assert started(outputs).folder.name.startswith("29991231T235959Z-")


def test_what_a_killed_run_left_is_swept_away_by_the_next(notebooks: Any, outputs: Path) -> None:
    left = home(outputs) / ".staging-20180101T000000Z-dead"
    left.mkdir(parents=True)
    (left / "half.csv").write_text("half")
    (home(outputs) / ".zzlib-briefing.html-0123abcd").write_text("half")
    own = [outputs / ".backup-20240131", home(outputs) / ".notes-deadbeef"]
    for path in own:
        path.write_text("somebody's own")
    started(outputs)
    assert {path.name for path in outputs.rglob(".*")} == {folders.LOCK, *(path.name for path in own)}


def test_what_somebody_still_writes_to_is_swept_away_by_a_later_run(tmp_path: Path) -> None:
    left = tmp_path / "midterm-2008" / ".staging-20180101T000000Z-dead"
    over = threading.Event()

    def write() -> None:
        for number in itertools.count():
            with suppress(OSError):  # swept away between two lines
                left.mkdir(parents=True, exist_ok=True)
                (left / str(number % 50)).touch()
            if over.is_set():
                break

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            with folders.alone(tmp_path, lambda: None):
                pass
    finally:
        over.set()
        writer.join()
    with folders.alone(tmp_path, lambda: None):
        assert not left.exists()


def test_what_cannot_be_swept_away_holds_nobody_up(tmp_path: Path) -> None:
    link = tmp_path / ".staging-20180101T000000Z-dead"  # which no run makes, and `rmtree` refuses
    link.symlink_to(tmp_path)
    with folders.alone(tmp_path, lambda: None):
        assert link.is_symlink()


def test_the_pages_of_another_outputs_folder_below_are_its_own(notebooks: Any, outputs: Path) -> None:
    others = outputs / "branch" / ".zzlib-index.html-0123abcd"  # just being published, under another lock
    others.parent.mkdir(parents=True)
    others.write_text("half")
    mine = outputs / ".zzlib-index.html-0123abcd"
    mine.write_text("half")
    started(outputs)
    assert others.exists()
    assert not mine.exists()


def test_a_folder_of_somebody_s_own_among_the_runs_is_left_alone(notebooks: Any, outputs: Path) -> None:
    own = home(outputs) / "20181399T000000Z-abcd"
    own.mkdir(parents=True)
    started(outputs)
    assert own.is_dir()


def test_a_briefing_in_another_language_does_not_stay_beside_the_newest(notebooks: Any, outputs: Path) -> None:
    started(outputs)
    english = set(home(outputs).glob("*.html"))
    run.run("midterm", plan=PLAN, language="zh", outputs=outputs)
    assert len(set(home(outputs).glob("*.html")) - english) == 1
    assert len(set(home(outputs).glob("*.html"))) == len(english)


def test_a_run_for_which_every_notebook_lacks_something_is_refused(notebooks: Any, outputs: Path) -> None:
    notebooks(district_map=notebook(needs=["districts"]))
    with pytest.raises(ParameterError, match="There are no districts"):
        started(outputs)
    assert not outputs.exists()


def test_what_moved_is_told_again_when_the_run_before_is_another(notebooks: Any, outputs: Path) -> None:
    notebooks(briefing=notebook("print('a')", reads=["explanation"]))
    started(outputs)
    (home(outputs) / published.RECORD).unlink()
    assert started(outputs).reused == ()  # the first had no run before it


def test_the_first_failure_stops_what_has_not_begun(
    notebooks: Any, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def execute(content: Any, output: Path, *given: Any, **named: Any) -> None:
        begun.append(output.stem)
        if output.stem == "part_0":
            raise OSError(28, "No space left on device")
        time.sleep(0.2)
        nbformat.write(content, output)

    monkeypatch.setattr(execution, "execute", execute)
    monkeypatch.setattr(kernels, "warm", lambda: None)
    notebooks(**{f"part_{number}": notebook() for number in range(16)})
    with pytest.raises(RunError, match="No space left"):
        started(outputs)
    assert len(begun) <= 2 * making.AT_A_TIME


def test_a_kernel_that_starts_although_the_run_was_stopped_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    real = kernels.Server.fork
    with Kernels() as running:

        def late(server: kernels.Server, *given: Any) -> kernels.Forked:
            running.stop()
            return real(server, *given)

        monkeypatch.setattr(kernels.Server, "fork", late)
        manager = running.manager("late")()
        asyncio.run(manager.start_kernel(cwd="."))
        process = manager.provisioner.process
        for _ in range(100):
            if process.poll() is not None:
                break
            time.sleep(0.05)
        assert process.poll() is not None


def test_notebooks_are_given_the_same_in_every_clone_of_the_project() -> None:
    asked = request.ask(
        "midterm", plan=PLAN, through="2008", as_of=None, data=[TABLE, "sqlite:///her.db#ledger"], language="en",
        outputs=run.OUTPUTS, before=(), event="",
    )  # fmt: skip
    given = asked.begun().parameters(PLAN)
    assert given["data"] == ["data/observations/china_work_safety.csv", "sqlite:///her.db#ledger"]
    assert given["folder"].startswith(f"outputs/{PLAN}/midterm-2008/")


@pytest.mark.parametrize(
    ("kind", "through", "said"),
    [
        ("final", "2009", r"2009: a final assessment looks at 2010.*annual"),
        ("final", "2010-11", None),
        ("midterm", "2011", r"2011: the plan ended in 2010.*final"),
        ("midterm", "2010", None),
        ("final", "2081", r"2081: the plan ended in 2010. Name a period within the plan"),
        ("annual", "2011-03", r"2011-03: the plan ended in 2010"),
        ("districts", "2011", r"the plan ended in 2010"),
        ("areas", "2011", r"the plan ended in 2010"),
        ("annual", "9999", r"through: 9999 ends after 2099"),
        ("monthly", "9999", r"through: 9999 ends after 2099"),
        ("annual", "2010", None),
        ("monthly", "2026-09", None),
    ],
)
def test_a_kind_of_run_has_its_time(kind: str, through: str, said: str | None, outputs: Path) -> None:
    def asked() -> request.Request:
        return request.ask(
            kind, plan=PLAN, through=through, as_of=None, data=(), language="en", outputs=outputs, before=(), event=""
        )

    if said is None:
        assert asked().period == through
    else:
        with pytest.raises(ParameterError, match=said):
            asked()
    assert not outputs.exists()


def test_a_disk_that_is_full_is_told_and_nothing_published_is_lost(
    notebooks: Any, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = started(outputs)
    monkeypatch.setattr(
        making.products,
        "files",
        lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device", "a.html")),
    )
    notebooks(briefing=notebook("print('other')"))
    with pytest.raises(RunError, match=r"a\.html: a file could not be read or written \(No space left on device\)"):
        started(outputs)
    assert published.read(home(outputs)).whole(home(outputs)) is False  # the pages say that they are old
    assert b"No space left" in aside(before.briefing)


def test_a_kernel_that_dies_is_marked_in_the_cell_that_ran(notebooks: Any, outputs: Path) -> None:
    notebooks(briefing=notebook("import os; os._exit(9)"))
    with pytest.raises(RunError, match="Kernel died"):
        started(outputs)
    (failed,) = home(outputs).glob("*-failed")
    executed = nbformat.read(failed / "briefing.ipynb", as_version=4)
    assert [output.ename for output in executed.cells[-1].outputs] == ["DeadKernelError"]


def test_an_interrupted_run_leaves_no_trace(notebooks: Any, outputs: Path) -> None:
    notebooks(briefing=notebook("import time; time.sleep(60)"))

    def interrupt(done: int, total: int, title: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        started(outputs, progress=interrupt)
    assert not outputs.exists()


def test_stopping_kernels_ends_those_that_run_at_once(tmp_path: Path) -> None:
    with Kernels() as kernels:
        begun = tmp_path / "begun"
        content = notebook(f"open({str(begun)!r}, 'w').close()", "import time; time.sleep(60)")
        given = {"folder": PROJECT, "kernels": kernels}
        failure: list[BaseException] = []

        def work() -> None:
            try:
                execution.execute(content, tmp_path / "a.ipynb", {"plan": PLAN}, **given)
            except RunError as stopped:
                failure.append(stopped)

        thread = threading.Thread(target=work)
        thread.start()
        while not begun.exists():
            thread.join(0.05)
        kernels.stop()
        thread.join(20)
        assert not thread.is_alive()
        assert failure


def test_a_terminal_s_interruption_is_for_the_run_and_its_death_for_all(tmp_path: Path) -> None:
    runs = """
import asyncio, os, signal
from zzlib import aside
from zzlib.kernels import Kernels
aside.warm()
with Kernels() as running:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.killpg(0, signal.SIGINT)  # as Ctrl-C does
    manager = running.manager("one")()
    asyncio.run(manager.start_kernel(cwd="."))
    assert aside._ready[-1].poll() is None
    os.kill(os.getpid(), signal.SIGKILL)
"""
    command, own = [sys.executable, "-c", runs], {"TMPDIR": str(tmp_path)}
    done = subprocess.run(
        command, env=os.environ | own, stderr=subprocess.PIPE, timeout=60, check=False, start_new_session=True
    )
    assert done.returncode == -9, done.stderr.decode()
    assert done.stderr == b""  # here a kernel that is left to itself says so, and its end is the end of the output


def test_the_kernel_is_this_interpreter_in_the_project_without_the_user_s_configuration(
    notebooks: Any, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "home" / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("polluted = True")
    other = tmp_path / "home" / ".local" / "share" / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text(
        json.dumps({"argv": ["/nowhere/python"], "language": "python", "display_name": "x"})
    )
    monkeypatch.setattr(paper, "browser", BROWSER)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home" / ".ipython"))
    monkeypatch.setenv("JUPYTER_PATH", str(other.parents[1]))
    monkeypatch.chdir(tmp_path)
    before = everything(tmp_path / "home")
    notebooks(briefing=notebook("import os, sys", "print(os.getcwd(), sys.prefix, 'polluted' in globals())"))
    result = started(outputs)
    executed = nbformat.read(result.folder / "briefing.ipynb", as_version=4)
    streams = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert [stream.text.split() for stream in streams] == [[str(PROJECT), sys.prefix, "False"]]
    assert everything(tmp_path / "home") == before


def test_braces_and_chinese_in_a_path_are_only_letters(notebooks: Any, tmp_path: Path) -> None:
    result = started(tmp_path / "产出 {year}")
    assert (result.folder / "briefing.ipynb").exists()


def test_a_folder_that_cannot_be_written_is_named(notebooks: Any) -> None:
    with pytest.raises(RunError, match=r"^/dev/null/.* cannot be made .*--outputs DIR"):
        started(Path("/dev/null"))


def test_a_reader_sees_the_old_page_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "briefing.html"
    folders.replace(page, "old")
    monkeypatch.setattr(folders, "_to_disk", lambda path: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        folders.replace(page, "new")
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


def test_every_kind_names_notebooks_that_take_the_parameters_of_a_run() -> None:
    given = dict.fromkeys(("plan", "through", "as_of", "language", "folder"), "") | {"data": []}
    for names in request.KINDS.values():
        for name in names:
            content = execution.read(request.NOTEBOOKS / f"{name}.ipynb")
            assert execution.faults(content, given, where=name) == []


def test_the_plan_of_these_tests_exists() -> None:
    assert load_plan(PLAN).plan == PLAN


@pytest.mark.parametrize("below", ["", "below"])
def test_a_file_in_the_place_of_the_outputs_folder_is_a_bad_question(below: str, tmp_path: Path) -> None:
    file = tmp_path / "outputs"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError) as refusal:
        started(file / below)
    assert str(refusal.value) == f"{file}: it is a file, and no folder. Name a folder you may write to: --outputs DIR."
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(("name", "said"), [("none/r.csv", "its folder does not exist"), ("", "it is a folder")])
@pytest.mark.parametrize("command", [
    partial(cli.run_command, "midterm"), cli.assess_command, partial(cli.check_command, [str(TABLE)]),
])  # fmt: skip
def test_where_refused_rows_cannot_be_written_nothing_is_computed(
    command: Any, name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("zzlib.run.OUTPUTS", tmp_path / "outputs")
    with pytest.raises(typer.Exit) as left:
        command(rejects=tmp_path / name, language="en")
    assert left.value.exit_code == 2
    remedy = "Name a file in a folder that is there: --rejects FILE."
    assert capsys.readouterr() == ("", f"{tmp_path / name}: {said}. {remedy}\n")
    assert list(tmp_path.iterdir()) == []


def test_assess_keeps_no_tables_in_the_place_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(typer.Exit) as left:
        cli.assess_command(outputs=tmp_path / "file", language="en")
    assert left.value.exit_code == 2
    assert "it is a file, and no folder" in capsys.readouterr().err


def test_refused_rows_that_cannot_be_written_are_told_by_the_name_of_their_own_file(tmp_path: Path) -> None:
    path = tmp_path / f"{'r' * 245}.csv"  # its name is short enough, that of what is made beside it is not
    with pytest.raises(RunError, match=r"r\.csv: the refused rows cannot be written .*: --rejects FILE\.$"):
        kept.replace_csv(pd.DataFrame({"row": [1]}), path, "en")
