"""`zzlib check`: what a file holds, what is refused and what is doubtful; what changed since it was sent before."""

import errno
import os
from pathlib import Path

import pandas as pd
import pytest
from test_cli import zzlib

from zzlib import checking, evaluate, language, products, show
from zzlib.errors import DataError, ParameterError, RunError
from zzlib.evaluation import Evaluation
from zzlib.language import say

PLAN = "zhengzhou-2016-2020"
HEADINGS = [
    "事故编号",
    "发生日期",
    "所属区县",
    "行业领域",
    "事故类别",
    "死亡（人）",
    "重伤（人）",
    "直接损失（元）",
    "死者姓名",
]
ROWS = [
    ["001", "2018年3月5日", "中原", "建筑施工", "高处坠落", 1, 0, 805000, "某人"],
    ["002", "2018.4.1", "金水区", "道路运输", "车辆伤害", 3, 1, 1200000, "某人"],
    ["003", "2018-04-09", "新密市", "煤矿", "冒顶片帮", 1, 2, 900000, "某人"],
]


def sent(path: Path, rows: list[list[object]]) -> str:
    """A ledger as a bureau sends it: a title, headings, records, a total."""
    total = ["合计", "", "", "", "", sum(int(str(row[5])) for row in rows), "", "", ""]
    lines = [["2018年生产安全事故台账", *[""] * 8], HEADINGS, *rows, total]
    pd.DataFrame(lines).to_excel(path, header=False, index=False)
    return str(path)


def section(report: checking.Report, title: str) -> list[str]:
    return [say(line, "en") for name, lines in report.sections for line in lines if str(name) == title]


@pytest.fixture
def hers(tmp_path: Path) -> str:
    return sent(tmp_path / "hers.xlsx", ROWS)


def test_her_own_workbook_needs_no_mapping_and_loses_no_row(hers: str) -> None:
    report = checking.check([hers], plan=PLAN)
    assert report.faults == []
    (read,) = section(report, "What was read")
    assert "3 rows read = 3 accepted + 0 refused; 2018-03-05 to 2018-04-09" in read
    assert any("死者姓名" in line for line in section(report, "How it was read"))
    assert "某人" not in str(report)


UNITS = ["中原区", "二七区", "管城回族区", "金水区", "上街区", "惠济区", "中牟县", "巩义市"]
YEAR = [
    [f"{month:02}{day:02}", f"2018年{month}月{day}日", UNITS[(month + day) % 8], *ROWS[0][3:]]
    for month in range(1, 13) for day in (4, 25)
]  # fmt: skip


def left_out(evaluation: Evaluation) -> list[str]:
    return [str(what) for what in evaluation.notes["what"] if " made of " in what]


def test_the_same_workbook_makes_an_evaluation(tmp_path: Path) -> None:
    found = evaluate(PLAN, through=2018, data=[sent(tmp_path / "whole.xlsx", YEAR)])
    deaths = found.observations[found.observations["measure"] == "deaths"].set_index(["area", "period"])["value"]
    assert deaths["410100", "2018"] == 24
    assert deaths["410102", "2018"] == sum(row[2] == "中原区" for row in YEAR)
    assert left_out(found) == []


def test_what_no_figure_is_made_of_is_said(tmp_path: Path, hers: str) -> None:
    part = "2018: 3 accidents, 2018-03-05 to 2018-04-09; the year is not whole, so no yearly figure is made of it"
    few = "the records name {} of the 16 units of Zhengzhou: no figure of Zhengzhou as a whole is made of them"
    assert left_out(evaluate(PLAN, through=2018, data=[hers])) == [part, few.format(3)]
    assert section(checking.check([hers], plan=PLAN), "What is unsure")[-2:] == [
        part,
        few.format(3),
    ]
    alone = [[*row[:2], "金水区", *row[3:]] for row in YEAR]
    assert left_out(evaluate(PLAN, through=2018, data=[sent(tmp_path / "one.xlsx", alone)])) == [few.format(1)]


def test_every_fault_is_told_with_its_place_and_the_exit_code_is_two(tmp_path: Path) -> None:
    wrong = [
        ["001", "2018年3月5日", "中原", "建筑施工", "高处坠落", -1, 0, 1, ""],
        [*ROWS[1][:2], "金水镇", *ROWS[1][3:]],
    ]
    refused = zzlib("check", sent(tmp_path / "wrong.xlsx", wrong), "--language", "en")
    assert refused.returncode == 2
    assert "row 3" in refused.stderr
    assert "row 4" in refused.stderr
    assert "金水镇" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_refused_rows_go_to_their_file_and_every_page_says_so(tmp_path: Path) -> None:
    wrong = [*YEAR, ["999", "2018-13-01", *ROWS[0][2:]], ["998", "2018-05-05", "金水镇", *ROWS[0][3:]]]
    path = sent(tmp_path / "hers.xlsx", wrong)
    found = evaluate(PLAN, through=2018, data=[path], rejects=tmp_path / "refused.csv", language="en")
    refused = pd.read_csv(tmp_path / "refused.csv", dtype=str)
    assert refused["accident_id"].to_list() == ["999", "998"]
    assert refused[["what", "remedy"]].iloc[1].to_list() == ["unknown area '金水镇'", "Did you mean 金水区 (410105)?"]
    deaths = found.observations[found.observations["measure"] == "deaths"].set_index(["area", "period"])["value"]
    assert deaths["410100", "2018"] == 24
    said = "2 rows were refused and stand in refused.csv"
    assert said in [str(what) for what in found.notes["what"]]
    assert said in show.reading(found).parts[0].text
    record = {"kind": "midterm", "run": "r", "commit": "", "versions": {"zzlib": "0"}, "parameters": {
        "through": "2018", "as_of": ""}, "start": "2019-03-01T06:00:00+00:00"}  # fmt: skip
    assert said in [str(fact) for _, fact in products.facts(record, found)]


def test_a_record_of_another_file_is_refused_counted_and_written(tmp_path: Path) -> None:
    first, again = (sent(tmp_path / name, rows) for name, rows in (("a.xlsx", ROWS), ("b.xlsx", ROWS[1:])))
    (tmp_path / "c.csv").write_text(
        "事故编号,事故日期,区县,行业领域,事故类别\n9,2018-03-05,中原区,煤矿,坍塌\n", encoding="utf-8"
    )
    report = checking.check([first, again, str(tmp_path / "c.csv")], plan=PLAN, rejects=tmp_path / "refused.csv")
    counts = [line.split(", ")[1].split("; ")[0] for line in section(report, "What was read")]
    assert counts == [f"{a + b} rows read = {a} accepted + {b} refused" for a, b in ((3, 0), (0, 2), (0, 1))]
    assert [say(fault.what, "zh") for fault in report.faults][:2] == [
        f"事故“{number}”已经登记（a.xlsx，工作表“Sheet1”，第 {row} 行）" for number, row in (("002", 4), ("003", 5))
    ]
    lacks = report.faults[2]
    assert language.sentence(lacks, "zh") == "c.csv：缺少“死亡人数”列。请补上该列，列名可写：死亡人数、死亡、deaths。"
    assert str(lacks) == (
        "c.csv: column 'deaths' is missing. Add it under a heading that is understood, such as 死亡人数, 死亡, deaths."
    )
    refused = pd.read_csv(tmp_path / "refused.csv", dtype=str)
    assert refused[["file", "row"]].to_numpy().tolist() == [["b.xlsx", "3"], ["b.xlsx", "4"], ["c.csv", "2"]]


def test_refused_rows_say_why_in_the_language_asked_for(tmp_path: Path) -> None:
    path, file = sent(tmp_path / "hers.xlsx", [["998", "2018-05-05", "金水镇", *ROWS[0][3:]]]), tmp_path / "refused.csv"
    checking.check([path], plan=PLAN, rejects=file)
    assert "未知地区“金水镇”,是否应为：金水区 (410105)？" in file.read_text(encoding="utf-8-sig")
    assert zzlib("check", path, "--rejects", str(file), "--language", "en").returncode == 2
    assert "unknown area '金水镇',Did you mean 金水区 (410105)?" in file.read_text(encoding="utf-8-sig")


def test_refused_rows_stand_whole_in_their_file_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sent(tmp_path / "hers.xlsx", [*YEAR, ["999", "2018-13-01", *ROWS[0][2:]]])
    before = tmp_path / "refused.csv"
    before.write_text("an earlier file\n", encoding="utf-8")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match="No space left"):
        checking.check([path], plan=PLAN, rejects=before)
    assert before.read_text(encoding="utf-8") == "an earlier file\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["hers.xlsx", "refused.csv"]


@pytest.mark.parametrize("place", ["hers.csv", "hers.csv.map.yaml", "more/new.csv"])
def test_refused_rows_never_go_where_data_are_read(place: str, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    data = [tmp_path / "hers.csv", tmp_path / "more"]
    for path in (tmp_path / "hers.csv", tmp_path / "more" / "figures.csv"):
        path.write_text("area,period,measure,value,unit\n410100,2018,gdp,none,yuan\n", encoding="utf-8")
    files = {path: path.read_bytes() for path in tmp_path.rglob("*.csv")}
    for ask in (
        lambda: checking.check(list(map(str, data)), plan=PLAN, rejects=tmp_path / place),
        lambda: evaluate(PLAN, through=2018, data=data, rejects=tmp_path / place),
    ):
        with pytest.raises(ParameterError, match="among the data that are read"):
            ask()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()} == files


def test_a_device_takes_refused_rows_and_stays_a_device(tmp_path: Path) -> None:
    path = sent(tmp_path / "hers.xlsx", [*YEAR, ["999", "2018-13-01", *ROWS[0][2:]]])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    checking.check([path], plan=PLAN, rejects=pipe)
    assert b"999" in os.read(reader, 10_000)
    os.close(reader)
    assert pipe.is_fifo()


def test_a_note_names_the_sheet_that_it_is_about(tmp_path: Path) -> None:
    head, total = ["事故编号", "事故日期", "区县", "死亡人数", "事故等级"], ["合计", "", "", 3, ""]
    with pd.ExcelWriter(tmp_path / "two.xlsx") as book:
        for year in ("2017", "2018"):
            lines = [head, [year, f"{year}-03-05", "中原区", 3, "一般事故"], total]
            pd.DataFrame(lines).to_excel(book, sheet_name=year, header=False, index=False)
    report = checking.check([str(tmp_path / "two.xlsx")], plan=PLAN)
    assert any(line.startswith("two.xlsx [2018], row 2: ") for line in section(report, "What is doubtful"))
    read = section(report, "How it was read")
    for year in ("2017", "2018"):
        own = [line for line in read if line.startswith(f"two.xlsx [{year}]")]
        assert len(own) == len(read) / 2
        assert sum(line.startswith(f"two.xlsx [{year}], row 3: ") for line in own) == 1


def test_what_holds_no_table_is_told_so_and_gets_no_proposal(tmp_path: Path) -> None:
    pd.DataFrame().to_excel(tmp_path / "empty.xlsx", header=False, index=False)
    (tmp_path / "text.xlsx").write_text("just text\n", encoding="utf-8")
    report = checking.check([str(tmp_path)], plan=PLAN)
    assert [language.sentence(fault, "zh") for fault in report.faults] == [
        "empty.xlsx：表中没有数据行。", "text.xlsx：该文件不是工作簿。请用 Excel 或 WPS 打开，另存为 xlsx。"
    ]  # fmt: skip
    assert section(report, "How it was read") == ["empty.xlsx: sheet 'Sheet1' is empty"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.xlsx", "text.xlsx"]
    with pytest.raises(DataError, match="the table holds no rows"):
        evaluate(PLAN, through=2018, data=[tmp_path / "empty.xlsx"])
    with pytest.raises(DataError) as nowhere:
        checking.check([str(tmp_path / "nothere.xlsx")], plan=PLAN)
    assert "请检查所给的数据路径。" in language.sentence(nowhere.value.faults[0], "zh")


def test_headings_nobody_knows_get_a_proposal_beside_the_file_once(tmp_path: Path) -> None:
    path = tmp_path / "foreign.csv"
    path.write_text("crash_no,when,where,killed\n1,2018-03-05,410102,1\n", encoding="utf-8")
    (fault,) = checking.check([str(path)], plan=PLAN).faults
    assert "foreign.csv.map.yaml" in str(fault)
    proposal = tmp_path / "foreign.csv.map.yaml"
    proposal.write_text(proposal.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    checking.check([str(path)], plan=PLAN)
    assert proposal.read_text(encoding="utf-8").endswith("# mine\n")


def test_a_second_delivery_tells_what_came_what_changed_and_what_went(tmp_path: Path, hers: str) -> None:
    later = [[*ROWS[0][:5], 2, *ROWS[0][6:]], ROWS[1], ["004", "2018-05-02", "巩义市", "其他", "触电", 1, 0, 0, "某人"]]
    report = checking.check([sent(tmp_path / "later.xlsx", later)], plan=PLAN, before=[hers])
    counts, *each = section(report, "What differs from the earlier delivery")
    assert counts == "3 records before, 3 now: 1 added, 1 changed, 1 withdrawn; deaths 5 before, 6 now"
    assert sorted(each) == [
        "hers.xlsx [Sheet1], row 5: record 003 is no longer there",
        "later.xlsx [Sheet1], row 3: record 001, deaths: 1 before, 2 now",
        "later.xlsx [Sheet1], row 5: record 004 is new",
    ]


def test_of_several_deliveries_the_one_that_reaches_furthest_is_compared(tmp_path: Path, hers: str) -> None:
    first = sent(tmp_path / "first.xlsx", ROWS[:1])
    now = [*ROWS, ["004", "2018-05-02", "巩义市", "其他", "触电", 1, 0, 0, "某人"]]
    later = sent(tmp_path / "later.xlsx", now)
    for order in ([first, hers], [hers, first]):
        report = checking.check([later], plan=PLAN, before=order)
        counts, *_ = section(report, "What differs from the earlier delivery")
        assert counts.startswith("3 records before, 4 now: 1 added, 0 changed, 0 withdrawn")


def test_nothing_is_compared_with_what_holds_no_records(tmp_path: Path, hers: str) -> None:
    other = tmp_path / "observations.csv"
    other.write_text("area,period,measure,value,unit,scope,status,source\n", encoding="utf-8")
    refused = zzlib("check", hers, "--before", str(other), "--language", "en")
    assert refused.returncode == 2
    assert "observations.csv" in refused.stderr
    assert "Traceback" not in refused.stderr
