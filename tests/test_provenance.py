"""Where an answer comes from, down to the lines of the files; what differs between two runs; which runs may go."""

import json
import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from test_runs import PLAN, keep, record

from zzlib import cli_runs, evaluate, manifest, provenance, published, runs
from zzlib.errors import ParameterError
from zzlib.plan import PROJECT
from zzlib.runs import Kept

DEMO = PROJECT / "data" / "demo"
FINISHED, FAILED = "20190101T000000Z-aaaa", "20190201T000000Z-bbbb"
NOTHING = float("nan")
REASON = "two.ipynb: the notebook stopped (ValueError: no).\ntwo.ipynb: and more."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the plan's own data, its ledger in two files as two offices keep it."""
    folder = tmp_path_factory.mktemp("data")
    for file in [*(PROJECT / "data" / "observations").glob("zhengzhou*.csv"), DEMO / "reports.csv"]:
        shutil.copy(file, folder)
    heading, *lines = (DEMO / "ledger.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    for name, part in (("first.csv", lines[:5000]), ("second.csv", lines[5000:])):
        (folder / name).write_text(heading + "".join(part), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("home") / "20190101T000000Z-aaaa"
    evaluation = evaluate(PLAN, through=2018, data=data, folder=folder)
    known = record(folder.name, inputs=manifest.inputs(evaluation.inputs))
    (folder / runs.RECORD).write_text(json.dumps(known), encoding="utf-8")
    return Kept(folder, known)


@pytest.fixture(scope="module")
def chain(run: Kept) -> provenance.Chain:
    return provenance.why(run, "deaths")


class TestWhy:
    def test_the_records_add_up_to_every_row_that_was_counted_from_them(self, chain: provenance.Chain) -> None:
        counted = chain.rows[chain.rows["row"] == 0].set_index(["measure", "scope", "period"])["value"]
        assert len(counted) >= 8
        sums = chain.records.groupby(["measure", "scope", "period"])["deaths"].sum()
        assert sums.to_dict() == counted.to_dict()

    def test_a_record_is_named_by_the_line_of_the_file_that_holds_it(self, chain: provenance.Chain, data: Path) -> None:
        assert set(chain.records["file"]) == {"first.csv", "second.csv"}
        for one in chain.records.iloc[::40].to_dict("records"):
            lines = pd.read_csv(data / one["file"], dtype=str)
            line = lines.iloc[one["row"] - 2]  # below the heading, counted from one
            assert (line["date"][:4], float(line["deaths"])) == (one["period"], one["deaths"])

    def test_the_figures_are_those_of_the_answer(self, chain: provenance.Chain) -> None:
        by_period = chain.figures.set_index("period")["value"]
        assert by_period[chain.answer["baseline_period"]] == chain.answer["baseline"]
        assert by_period[chain.answer["value_period"]] == chain.answer["value"]

    def test_the_files_are_those_of_the_rows_with_what_they_held(self, chain: provenance.Chain, data: Path) -> None:
        assert [one["path"] for one in chain.inputs] == [str(data / "first.csv"), str(data / "second.csv")]
        assert chain.untold == []

    def test_a_rate_rests_on_rows_of_both_its_parts(self, run: Kept) -> None:
        found = provenance.why(run, "deaths_per_100m_gdp")
        assert {"deaths", "gdp"} <= set(found.rows["measure"])
        assert (found.rows.loc[found.rows["measure"] == "gdp", "row"] > 1).all()

    def test_where_a_file_changed_since_no_records_are_told(self, run: Kept, data: Path) -> None:
        whole = (data / "second.csv").read_bytes()
        (data / "second.csv").write_bytes(whole.rstrip(b"\n").rpartition(b"\n")[0])
        found = provenance.why(run, "deaths")
        (data / "second.csv").write_bytes(whole)
        assert found.untold == [str(data / "first.csv"), str(data / "second.csv")]
        assert found.records.empty

    def test_a_file_that_is_gone_or_read_in_another_way_tells_no_records(self, run: Kept, data: Path) -> None:
        wrong = data / "second.csv.map.yaml"
        wrong.write_text("columns:\n  serious_injuries: deaths\n", encoding="utf-8")
        misread = provenance.why(run, "deaths")
        wrong.unlink()
        (data / "first.csv").rename(data / "elsewhere.csv")
        gone = provenance.why(run, "deaths")
        (data / "elsewhere.csv").rename(data / "first.csv")
        for found in (misread, gone):
            assert found.untold == [str(data / "first.csv"), str(data / "second.csv")]
            assert found.records.empty

    def test_records_of_an_earlier_delivery_are_not_taken_for_those_that_were_counted(
        self, run: Kept, data: Path
    ) -> None:
        before = data / "before" / "first.csv"
        before.parent.mkdir()
        heading, *lines = (data / "first.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        renamed = [f"old-{line}" for line in lines]  # the number of an accident comes first
        before.write_text(heading + "".join(renamed), encoding="utf-8")
        inputs = [*run.record["inputs"], *manifest.inputs([before])]
        found = provenance.why(Kept(run.folder, run.record | {"inputs": inputs}), "deaths")
        assert str(before) in found.untold
        assert found.records.empty
        before.unlink()

    def test_a_commitment_rests_on_what_was_reported_of_it(self, run: Kept) -> None:
        found = provenance.why(run, "funding-plan")
        assert set(found.rows["commitment"]) == {"funding-plan"}
        assert found.records.empty

    def test_what_the_run_does_not_hold_is_refused(self, run: Kept) -> None:
        with pytest.raises(ParameterError, match=r"no target and no commitment 'death'.*deaths_per_100m_gdp"):
            provenance.why(run, "death")


class TestTheTerminal:
    """`zzlib runs why RUN TARGET`."""

    def test_the_chain_is_told_in_the_reader_s_language(self, run: Kept, capsys: pytest.CaptureFixture[str]) -> None:
        cli_runs.why_command(str(run.folder), "deaths", language="zh")
        told = capsys.readouterr().out
        for words in ("结论", "基准期: 2015", "事故记录", "2016年起口径", "合成", "理由: 2020 年数值"):
            assert words in told
        assert not re.search("baseline|synthetic|verdict|from-2016|fatal_accidents", told)

    def test_every_line_of_the_records_is_printed_in_full(
        self, run: Kept, chain: provenance.Chain, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cli_runs.why_command(str(run.folder), "deaths", language="en")
        told = capsys.readouterr().out
        known = chain.records[chain.records["period"] == "2018"]
        assert ", ".join(map(str, known["row"])) in told

    def test_a_program_gets_all_of_it(
        self, run: Kept, chain: provenance.Chain, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cli_runs.why_command(str(run.folder), "deaths", as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert len(told["records"]) == len(chain.records)
        assert told["answer"]["verdict"] == chain.answer["verdict"]
        assert told["answer"]["reason"].startswith("it is ")


@pytest.fixture(scope="module")
def outputs(run: Kept, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a finished run, and one that failed after the same evaluation."""
    home = tmp_path_factory.mktemp("outputs")
    asked = {"through": "2018", "as_of": "", "data": ["/tmp/a.csv", "/tmp/b.csv"]}
    failed = keep(home, FAILED, kind="annual", parameters=asked, inputs=[], outcome="failed", reason=REASON)
    failed = failed.rename(failed.with_name(f"{FAILED}-failed"))
    for folder in (keep(home, FINISHED, inputs=[]), failed):
        (folder / "tables").symlink_to(run.folder / "tables")
    return home


class TestAFailedRun:
    """Its tables may be whole, and readers never saw it: that comes before anything that it says."""

    def test_why_says_first_that_it_failed_and_why(self, outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
        cli_runs.why_command("201902", "deaths", language="en", outputs=outputs)
        said = f"Run {FAILED} failed and was never published: two.ipynb: the notebook stopped"
        assert capsys.readouterr().out.startswith(said)

    def test_diff_says_which_of_the_two_failed_then_in_words_what_was_asked(
        self, outputs: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cli_runs.diff_command("201901", "201902", language="zh", outputs=outputs)
        first, *rest = capsys.readouterr().out.splitlines()
        assert first.startswith(f"运行 {FAILED} 失败，从未发布：two.ipynb")
        assert not any("从未发布" in line for line in rest)
        assert rest[1:3] == ["运行种类: 中期评估 -> 年度评估", "数据: - -> /tmp/a.csv、/tmp/b.csv"]

    def test_a_program_gets_its_outcome_its_reason_and_its_whole_name(
        self, outputs: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cli_runs.why_command("201902", "deaths", outputs=outputs, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert (told["run"], told["outcome"], told["reason"]) == (FAILED, "failed", REASON)
        cli_runs.diff_command("201901", "201902", outputs=outputs, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert told["before"] == {"run": FINISHED, "outcome": "finished", "reason": ""}
        assert told["after"] == {"run": FAILED, "outcome": "failed", "reason": REASON}

    def test_the_list_says_why_in_a_line(self, outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
        cli_runs.list_command(language="en", outputs=outputs)
        told = capsys.readouterr().out
        assert f"{FAILED}: two.ipynb: the notebook stopped (ValueError: no). …" in told

    def test_it_is_found_by_the_name_of_its_folder_too(self, outputs: Path) -> None:
        assert provenance.find(outputs, f"{FAILED}-failed").run == FAILED


class TestDiff:
    @staticmethod
    def recorded(run: Kept, name: str, **other: Any) -> Kept:
        known = {"plan": PLAN, "kind": "midterm", "commit": "c", "parameters": {"through": "2018"}}
        return Kept(run.folder, run.record | known | {"run": name, "versions": {"pandas": "3.0"}} | other)

    def test_the_same_run_differs_in_nothing(self, run: Kept) -> None:
        found = provenance.diff(self.recorded(run, "a"), self.recorded(run, "b"))
        assert (found.asked, found.inputs, found.versions) == ({}, [], {})
        assert (found.explanation["effect"].dropna() == 0).all()

    def test_what_was_asked_read_and_used_is_compared(self, run: Kept) -> None:
        other = [one | {"sha256": "0"} if one["path"].endswith("first.csv") else one for one in run.record["inputs"]]
        later = self.recorded(run, "b", inputs=other, versions={"pandas": "3.1"}, commit="d")
        found = provenance.diff(self.recorded(run, "a"), later)
        assert found.asked == {"commit": ("c", "d")}
        assert [one["path"][-9:] for one in found.inputs] == ["first.csv"]
        assert found.versions == {"pandas": ("3.0", "3.1")}

    @pytest.mark.parametrize(
        ("chances", "verdicts", "cell"),
        [
            ((0.5, 0.56), ("open", "open"), "+6 个百分点"),
            ((NOTHING, 0.61), ("not_assessable", "open"), "→ 尚难判断"),
            ((0.61, NOTHING), ("open", "not_assessable"), "→ 无法评估"),
            ((NOTHING, NOTHING), ("not_assessable", "not_assessable"), ""),
        ],
    )
    def test_the_cause_that_makes_a_target_assessable_or_not_says_so(
        self, chances: tuple[float, float], verdicts: tuple[str, str], cell: str
    ) -> None:
        (was, now), (verdict_before, verdict) = chances, verdicts
        step = {"probability_before": was, "probability": now, "effect": now - was}
        assert cli_runs._effect(step | {"verdict_before": verdict_before, "verdict": verdict}, "zh") == cell

    def test_the_earlier_period_comes_first(self, run: Kept) -> None:
        earlier = self.recorded(run, "b", parameters={"through": "2017"})
        with pytest.raises(ParameterError, match="looks at an earlier period than the first"):
            provenance.diff(self.recorded(run, "a"), earlier)

    def test_tables_without_a_record_are_compared_as_a_run_is(self, run: Kept, tmp_path: Path) -> None:
        shutil.copytree(run.folder, tmp_path / "kept", ignore=shutil.ignore_patterns(runs.RECORD))
        kept = provenance.find(tmp_path, str(tmp_path / "kept"))
        found = provenance.diff(self.recorded(run, "a"), kept)
        assert "through" not in found.asked
        assert (found.explanation["effect"].dropna() == 0).all()


class TestRuns:
    @pytest.mark.parametrize("command", [
        cli_runs.list_command, partial(cli_runs.why_command, "2019", "deaths"),
        partial(cli_runs.diff_command, "2019", "2020"), cli_runs.prune_command,
    ])  # fmt: skip
    def test_a_folder_that_is_named_and_not_there_is_refused(
        self, command: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(typer.Exit) as left:
            command(language="en", outputs=tmp_path / "nothere")
        assert left.value.exit_code == 2
        said = (
            f"{tmp_path / 'nothere'}: there is no such folder. Name the folder in which the runs are: --outputs DIR.\n"
        )
        assert capsys.readouterr() == ("", said)

    def test_before_the_first_run_the_list_is_empty(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("zzlib.run.OUTPUTS", tmp_path / "outputs")
        cli_runs.list_command(as_json=True)
        assert capsys.readouterr().out == "[]\n"

    def test_a_run_is_found_by_its_name_its_beginning_or_its_folder(self, tmp_path: Path) -> None:
        folder = keep(tmp_path, "20190101T000000Z-aaaa")
        keep(tmp_path, "20190201T000000Z-bbbb")
        for text in ("20190101T000000Z-aaaa", "201901", str(folder)):
            assert provenance.find(tmp_path, text).folder == folder
        with pytest.raises(ParameterError, match="2 runs are called so"):
            provenance.find(tmp_path, "2019")
        with pytest.raises(ParameterError, match="there is no such run"):
            provenance.find(tmp_path, "2020")
        for no_path in ("a" * 300, "a\0"):
            with pytest.raises(ParameterError, match="there is no such run"):
                provenance.find(tmp_path, no_path)

    def test_the_newest_stay_and_what_readers_see_always(self, tmp_path: Path) -> None:
        names = [f"2019010{day}T000000Z-aaaa" for day in range(1, 6)]
        for name in names:
            keep(tmp_path, name)
        home = tmp_path / PLAN / "midterm-2018"
        (home / "index.html").write_text("page", encoding="utf-8")
        published.publish(home, {"index.html": "page"}, run=names[0], key="", made="2019-01-01", data=[])
        assert provenance.prune(tmp_path, 2) == names[1:3]
        assert [one.run for one in runs.kept([home])] == [names[0], *names[3:]]
        assert provenance.prune(tmp_path, 2) == []

    def test_a_failure_is_evidence_until_a_run_succeeds(self, tmp_path: Path) -> None:
        for day, outcome in ((1, "finished"), (2, "failed"), (3, "finished"), (4, "failed")):
            keep(tmp_path, f"2019010{day}T000000Z-aaaa", outcome=outcome)
        assert provenance.prune(tmp_path, 5) == ["20190102T000000Z-aaaa"]
        with pytest.raises(ParameterError, match="0 runs cannot be kept"):
            provenance.prune(tmp_path, 0)
