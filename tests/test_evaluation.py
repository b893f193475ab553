"""One question has one answer, kept or computed anew, in whatever order the rows come; its origin is never hidden."""

import csv
import json
import math
import os
import random
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest

from zzlib import evaluation
from zzlib.errors import DataError, ParameterError
from zzlib.evaluation import Evaluation, evaluate, reopen
from zzlib.language import say
from zzlib.schema import ASSESSMENTS, RESULTS, VERDICTS, columns

PROJECT = Path(__file__).parents[1]
CITY, CHINA = "zhengzhou-2016-2020", "china-2006-2010"
PUBLISHED = "data/observations"
# The columns of the design, in its order: other programs read them.
PROMISED = [
    "plan", "area", "indicator", "through", "as_of", "scope", "baseline", "baseline_period", "target", "target_period",
    "value", "value_period", "covered_share", "expected_share", "pace", "trend", "required_yearly_change",
    "remaining_allowance", "probability", "verdict", "status", "restated_by", "prior", "warnings", "reason",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def city(folder: Path) -> Evaluation:
    """The city's mid-term on its own data, computed and kept in `folder`."""
    return evaluate(CITY, folder=folder)


@pytest.fixture(scope="module")
def published() -> Evaluation:
    """The same question asked of published figures only."""
    return evaluate(CITY, data=[PUBLISHED])


def tables(evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    return {name: getattr(evaluation, name) for name in RESULTS}


def results(evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    """The tables with the columns that the schema names."""
    return {name: table[columns(RESULTS[name])] for name, table in tables(evaluation).items()}


def spoken(evaluation: Evaluation, language: str) -> list[list[str]]:
    rows = evaluation.assessments
    return [[say(text, language) for text in (row.reason, *row.warnings)] for row in rows.itertuples()]


def everything(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


def assert_same(first: Evaluation, second: Evaluation) -> None:
    for name, table in results(first).items():
        pd.testing.assert_frame_equal(table, results(second)[name], obj=name)


def test_every_result_is_part_of_the_evaluation_and_kept() -> None:
    held = {field.name for field in fields(Evaluation)}
    assert set(RESULTS) <= held


def test_the_second_to_ask_reads_what_the_first_one_kept(city: Evaluation, folder: Path) -> None:
    before = everything(folder)
    again = evaluate(CITY, folder=folder, language="en")
    assert everything(folder) == before
    assert_same(city, again)
    for name, table in tables(city).items():
        pd.testing.assert_series_equal(table.dtypes, tables(again)[name].dtypes, obj=f"types of {name}")
    assert [spoken(again, of) for of in ("zh", "en")] == [spoken(city, of) for of in ("zh", "en")]
    assert spoken(again, "zh") != spoken(again, "en")
    assert (city.language, again.language, again.mark, again.inputs) == ("zh", "en", city.mark, city.inputs)


def test_an_answer_is_read_and_not_computed_again(
    city: Evaluation, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zzlib.evaluation.judge", lambda *_, **__: pytest.fail("computed again"))
    assert_same(city, evaluate(CITY, folder=folder))


@pytest.mark.parametrize("other", [{"through": 2017}, {"as_of": "2018-12-31"}])
def test_another_question_in_the_same_folder_is_computed_anew(tmp_path: Path, other: dict[str, object]) -> None:
    asked = {"data": [PUBLISHED], "folder": tmp_path}
    evaluate(CITY, **asked)
    answered = evaluate(CITY, **(asked | other))
    assert_same(answered, evaluate(CITY, **(asked | other | {"folder": ""})))
    assert_same(answered, evaluate(CITY, **(asked | other)))


def test_a_changed_figure_is_another_question(tmp_path: Path) -> None:
    data = tmp_path / "figures.csv"
    text = (PROJECT / PUBLISHED / "china_work_safety.csv").read_text(encoding="utf-8")
    data.write_text(text, encoding="utf-8")
    asked = {"data": [data], "folder": tmp_path / "run"}
    before = evaluate(CHINA, **asked).assessment("deaths_per_100m_gdp")["value"]
    data.write_text(text.replace(f",{before:g},", f",{before / 2:g},"), encoding="utf-8")
    assert evaluate(CHINA, **asked).assessment("deaths_per_100m_gdp")["value"] == before / 2


def test_an_unfinished_answer_is_not_read(tmp_path: Path) -> None:
    asked = {"data": [PUBLISHED], "folder": tmp_path}
    first = evaluate(CITY, **asked)
    (tmp_path / "tables" / "phrases.json").unlink()
    (tmp_path / "tables" / "assessments.csv").write_text("half", encoding="utf-8")
    assert_same(first, evaluate(CITY, **asked))


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept() -> set[Path]:
        places = (PROJECT / place for place in ("data", "notebooks", "outputs", "docs"))
        return {path for place in places for path in place.rglob("*")} | set(PROJECT.glob("*"))

    monkeypatch.chdir(tmp_path)
    before = kept()
    evaluate(CITY, data=[PUBLISHED])
    assert list(tmp_path.iterdir()) == []
    assert kept() == before


def test_a_folder_holds_the_tables_and_nothing_else(city: Evaluation, folder: Path) -> None:
    assert city.mark
    assert set(everything(folder)) == {
        "tables", "tables/assessments.json", "tables/phrases.json", "tables/question.json",
        *(f"tables/{name}.csv" for name in RESULTS),
    }  # fmt: skip


def test_kept_chinese_is_read_by_excel(city: Evaluation, folder: Path) -> None:
    assert city.mark
    for name in RESULTS:
        assert (folder / "tables" / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf"), name


def test_what_rests_on_synthetic_data_bears_the_mark(city: Evaluation, published: Evaluation) -> None:
    assert say(city.mark, "zh") == "演示数据（合成）"
    assert say(city.mark, "en") == "synthetic demonstration data"
    assert published.mark == ""
    assert evaluate(CHINA).mark == ""


def test_the_city_s_own_sentence_is_reproduced(published: Evaluation) -> None:
    accidents, deaths = published.sums.sort_values("measure").to_dict("records")
    assert (accidents["first_period"], accidents["last_period"]) == ("2006/2010", "2011/2015")
    assert (accidents["first"], accidents["last"], accidents["difference"]) == (16_250, 8_178, -8_072)
    assert f"{accidents['relative']:.2%}" == "-49.67%"
    assert (deaths["first"], deaths["last"], deaths["difference"]) == (1_929, 750, -1_179)
    assert f"{deaths['relative']:.2%}" == "-61.12%"


def test_published_figures_alone_judge_nothing_and_say_what_is_needed(published: Evaluation) -> None:
    assert set(published.assessments["verdict"]) == {"not_assessable"}
    for reason in published.assessments["reason"]:
        assert "no published count for 2015" in reason
        assert "Needed: " in reason
        assert "需要：" in say(reason, "zh")
    assert published.lacks("districts")


def test_the_demonstration_data_give_every_target_a_verdict(city: Evaluation) -> None:
    assert len(city.assessments) == 5
    assert set(city.assessments["verdict"]) <= set(VERDICTS) - {"not_assessable"}
    assert city.assessments["probability"].between(0, 1).all()
    assert set(city.assessments["status"]) == {"synthetic"}
    assert city.lacks("districts") is None


def test_districts_are_the_sixteen_units_under_their_city(city: Evaluation) -> None:
    assert sorted(city.districts["period"].unique()) == ["2016", "2016/2018", "2017", "2018"]
    pooled = city.districts[city.districts["period"] == "2016/2018"]
    assert pooled["area"].is_unique
    assert len(pooled) == 16
    whole = city.indicators.set_index(["area", "indicator", "period", "scope"])["numerator"]
    years = sum(whole["410100", "deaths", str(year), "from-2016"] for year in (2016, 2017, 2018))
    assert pooled["deaths"].sum() == years
    assert set(pooled["status"]) == {"synthetic"}


def test_the_mid_term_is_looked_at_where_no_period_is_named(city: Evaluation) -> None:
    assert (city.through, city.as_of) == ("2018", "")
    assert set(city.assessments["through"]) == {"2018"}


def test_one_file_is_data_as_much_as_a_folder() -> None:
    path = f"{PUBLISHED}/china_work_safety.csv"
    alone = evaluate(CHINA, data=path)
    assert alone.inputs == (str(PROJECT / path),)
    assert set(alone.observations["file"]) == {"china_work_safety.csv"}
    assert_same(alone, evaluate(CHINA, data=[path]))
    assert_same(alone, evaluate(CHINA, data=(PROJECT / path,)))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_encoding_order_and_further_columns_of_a_file_make_no_difference(tmp_path: Path, encoding: str) -> None:
    path = PROJECT / PUBLISHED / "china_work_safety.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row | {"经办科室": "无"} for row in csv.DictReader(file)]
    copy = tmp_path / path.name
    with copy.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(
            file, ["period", "经办科室", *(name for name in rows[0] if name not in ("period", "经办科室"))]
        )
        table.writeheader()
        table.writerows(rows)
    pd.testing.assert_frame_equal(evaluate(CHINA, data=copy).observations, evaluate(CHINA, data=path).observations)


@pytest.mark.parametrize("data", ["nowhere.csv", "nowhere", "data/areas/zhengzhou.geojson"])
def test_a_path_without_a_table_is_refused_and_leaves_nothing(tmp_path: Path, data: str) -> None:
    with pytest.raises(DataError, match=data.rpartition("/")[2]):
        evaluate(CITY, data=[data], folder=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"through": "last year"}, "through: 'last year' is not a period"),
        ({"through": 2014}, "through: 2014 ends before the baseline year 2015"),
        ({"as_of": "yesterday"}, "as_of: 'yesterday' is not a day"),
        ({"as_of": "2011/2015"}, "as_of: '2011/2015' is not a day"),
        ({"language": "fr"}, "language: 'fr' is not known"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(tmp_path: Path, asked: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        evaluate(CITY, **asked, folder=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_other_programs_read_the_columns_of_the_design_in_their_order(city: Evaluation, folder: Path) -> None:
    text = (folder / "tables" / "assessments.json").read_text(encoding="utf-8")
    rows = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert columns(ASSESSMENTS) == PROMISED
    at = PROMISED.index("indicator") + 1
    assert [list(row) for row in rows] == [[*PROMISED[:at], "unit", *PROMISED[at:]]] * 5
    for row, kept in zip(rows, city.assessments.to_dict("records"), strict=True):
        assert row["unit"] == city.indicator(row["indicator"]).unit
        for name, value in kept.items():
            expected = None if value == "" or (isinstance(value, float) and math.isnan(value)) else value
            assert row[name] == expected, name


def test_what_is_absent_is_null_in_json(tmp_path: Path) -> None:
    evaluate(CITY, data=[PUBLISHED], folder=tmp_path)
    (row, *_) = json.loads((tmp_path / "tables" / "assessments.json").read_text(encoding="utf-8"))
    unknown = {"baseline", "target", "value", "covered_share", "required_yearly_change", "probability", "pace", "as_of"}
    assert {name for name, value in row.items() if value is None} >= unknown
    assert (row["verdict"], row["warnings"]) == ("not_assessable", [])


def test_the_order_of_the_rows_makes_no_difference(city: Evaluation, tmp_path: Path) -> None:
    names = random.Random(2018)
    for place in (PUBLISHED, "data/demo"):
        for path in (PROJECT / place).glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            names.shuffle(rows)
            with (tmp_path / f"{names.randrange(10**9)}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *rows])
    mixed = evaluate(CITY, data=[tmp_path])
    for name in ("assessments", "forecasts", "safety", "changes", "readings", "quality", "sums", "indicators"):
        pd.testing.assert_frame_equal(results(mixed)[name], results(city)[name], obj=name)


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_figure_stands_wherever_its_row_does(tmp_path: Path, order: int) -> None:
    header, *rows = (PROJECT / PUBLISHED / "china_work_safety.csv").read_text(encoding="utf-8").splitlines()
    revised = [
        f"100000,2007,deaths_per_100m_gdp,{value},persons per 100 million yuan,pre-2016,{vintage},published,revision,"
        for value, vintage in ((0.5, "2030-01-01"), (0.4, "2029-01-01"), (0.3, ""))
    ]
    data = tmp_path / "figures.csv"
    data.write_text("\n".join([header, *[*rows, *revised][::order]]), encoding="utf-8")
    asked = {"data": [data], "through": 2007}
    assert evaluate(CHINA, **asked).assessment("deaths_per_100m_gdp")["value"] == 0.5
    assert evaluate(CHINA, **asked, as_of="2029-12-31").assessment("deaths_per_100m_gdp")["value"] == 0.4
    assert evaluate(CHINA, **asked, as_of="2008-12-31").assessment("deaths_per_100m_gdp")["value"] == 0.413


def test_the_faults_of_several_files_are_listed_at_once(tmp_path: Path) -> None:
    head = "area,period,measure,value,unit,scope,status,source\n"
    (tmp_path / "a.csv").write_text(head + "410100,2018,deaths,3,persons\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(head + "410100,2018,deaths,x,persons,police,published,test\n", encoding="utf-8")
    (tmp_path / "c.csv").write_text("accident_id,date,area,deaths\nA,2018-01-41,410102,1\n", encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        evaluate("zhengzhou-2016-2020", data=[tmp_path])
    assert {str(fault.where)[:5] for fault in refusal.value.faults} == {"a.csv", "b.csv", "c.csv"}


def test_a_table_below_a_blank_line_is_not_dropped(tmp_path: Path) -> None:
    row = "area,period,measure,value,unit,scope,status,source\n410100,2018,deaths,7,persons,from-2016,published,test\n"
    (tmp_path / "a.csv").write_text("\n,,\n" + row, encoding="utf-8")
    found = evaluate("zhengzhou-2016-2020", data=[tmp_path])
    assert found.observations["value"].to_list() == [7.0]


def test_notebooks_without_a_folder_share_an_evaluation_where_they_are_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(evaluation.SHARED, str(tmp_path / "shared"))
    first = evaluate(CHINA, through=2008)
    monkeypatch.setattr(evaluation, "_computed", lambda *_: pytest.fail("computed twice"))
    again = evaluate(CHINA, through=2008, language="en")
    assert again.language == "en"
    pd.testing.assert_frame_equal(again.forecasts, first.forecasts)
    assert [path.name for path in (tmp_path / "shared").iterdir()] == [
        evaluation.answer_key(first.plan, "2008", "", ())
    ]


def test_a_damaged_answer_is_computed_again_and_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    first = evaluate("china-2006-2010", folder=tmp_path)
    (tmp_path / "tables" / "phrases.json").write_text("{", encoding="utf-8")
    pd.testing.assert_frame_equal(evaluate("china-2006-2010", folder=tmp_path).assessments, first.assessments)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ParameterError, match="cannot be written"):
        evaluate("china-2006-2010", folder=tmp_path / "file")


def test_a_relative_folder_is_the_project_s_wherever_a_notebook_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = os.path.relpath(tmp_path / "run", PROJECT)
    made = evaluate("china-2006-2010", through=2008, folder=folder)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert reopen(folder).assessments["verdict"].to_list() == made.assessments["verdict"].to_list()
