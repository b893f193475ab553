"""The form that bureaus fill in: it asks for what the plan needs, says what is meant, and loads as it is."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from zzlib import classes, forms, headings, intake, ledger, load, reports
from zzlib.areas import read_areas
from zzlib.errors import ParameterError
from zzlib.language import LANGUAGES, Name, say, word
from zzlib.plan import Plan, load_plan, plan_ids
from zzlib.schema import FIELDS, MEASURES

AREAS = read_areas()
YEARS = range(2015, 2019)
UNITS = AREAS.loc[AREAS["parent"] == "410100", "area"].to_list()


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan("zhengzhou-2016-2020")


@pytest.fixture(scope="module", params=LANGUAGES)
def form(request: pytest.FixtureRequest, plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The form in a language, open as a clerk finds it."""
    path = tmp_path_factory.mktemp("form") / f"{request.param}.xlsx"
    forms.write(path, plan, areas=AREAS, years=YEARS, language=request.param)
    book = openpyxl.load_workbook(path)
    book.spoken = request.param
    return book


def bureaus(book: Any) -> list[Any]:
    return [sheet for sheet in book.worksheets[1:-2] if sheet.title not in (forms.PROMISES.zh, forms.PROMISES)]


def rows(sheet: Any) -> Iterator[dict[str, Any]]:
    """The lines of a bureau's sheet that are filled in already, under their canonical columns."""
    names = [name for name, *_ in forms.OBSERVATIONS]
    for cells in sheet.iter_rows(min_row=forms.FIRST, max_col=len(names), values_only=True):
        if cells[0] is not None:
            yield dict(zip(names, cells, strict=True))


def drop_downs(sheet: Any, column: str, headings_: tuple[forms.Heading, ...]) -> list[list[str]]:
    """The lists that the cells of a column offer."""
    letter = forms._letter([name for name, *_ in headings_].index(column) + 1)
    found = []
    for rule in sheet.data_validations.dataValidation:
        if rule.type == "list" and str(rule.sqref).startswith(letter) and not str(rule.sqref)[1].isalpha():
            title, cells = rule.formula1.replace("'", "").split("!")
            found.append([cell.value for (cell,) in sheet.parent[title][cells.replace("$", "")]])
    return found


def test_there_is_a_sheet_a_bureau_between_the_instructions_and_the_ledger(form: Any) -> None:
    titles = {
        "zh": ["填写说明", "规划任务进展", "市安全生产监督管理局", "市统计局", "市公安局交警支队", "市煤炭管理局",
               "事故台账", "选项"],
        "en": ["How to fill in", "Commitments", "Municipal work-safety bureau", "Statistics bureau", "Traffic police",
               "Coal bureau", "Accident ledger", "lists"],
    }  # fmt: skip
    assert form.sheetnames == titles[form.spoken]
    assert [sheet.sheet_state for sheet in form] == ["visible"] * 7 + ["hidden"]


def test_every_area_year_and_measure_of_the_plan_is_asked_for_once(plan: Plan) -> None:
    asked = forms.lines(plan, areas=AREAS, years=YEARS)
    keys = [(line.area, line.year, line.measure, line.scope) for line in asked]
    assert len(set(keys)) == len(keys)
    wanted = {(q.measure, q.scope[0]) for i in plan.indicators for q in (i.numerator, i.denominator) if q}
    grid = {(a, y, m, s) for a in ("410100", *UNITS) for y in YEARS for m, s in wanted}
    assert grid <= set(keys)
    assert {(a, y, m, s) for a, y, m, s in set(keys) - grid} == {
        ("410100", 2015, measure, "pre-2016") for measure in ("deaths", "deaths_industry", "deaths_coal")
    }


def test_a_measure_has_one_bureau_counts_the_first_and_exposures_the_last_that_is_named(plan: Plan) -> None:
    by_measure: dict[str, set[str]] = {}
    for line in forms.lines(plan, areas=AREAS, years=YEARS):
        by_measure.setdefault(line.measure, set()).add(line.bureau.zh)
    assert by_measure == {measure: {bureau.zh} for measure, bureau in forms.holders(plan).items()}
    assert by_measure["deaths"] == by_measure["deaths_industry"] == {"市安全生产监督管理局（2019年起为应急管理局）"}
    assert by_measure["gdp"] == by_measure["population"] == {"市统计局"}


def test_what_a_target_or_the_comparison_of_districts_needs_is_told_from_what_is_welcome(plan: Plan) -> None:
    needed = {(line.area, line.year, line.measure, line.scope)
              for line in forms.lines(plan, areas=AREAS, years=YEARS) if line.needed}  # fmt: skip
    assert ("410100", 2015, "coal_output", "") in needed
    assert ("410100", 2015, "deaths", "pre-2016") not in needed
    assert ("410102", 2016, "deaths", "from-2016") in needed
    assert ("410102", 2015, "deaths", "from-2016") not in needed  # the baseline year is compared with nobody
    assert ("410102", 2016, "coal_output", "") not in needed


def test_a_nation_without_a_breakdown_is_asked_for_itself_alone() -> None:
    nation = load_plan("china-2006-2010")
    assert {line.area for line in forms.lines(nation, areas=AREAS, years=[2005, 2006])} == {"100000"}


@pytest.mark.parametrize("name", plan_ids())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plan_has_a_form(name: str, language: str, tmp_path: Path) -> None:
    law = load_plan(name)
    forms.write(tmp_path / "form.xlsx", law, areas=AREAS, years=[law.baseline_year], language=language)
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    assert max(map(len, book.sheetnames)) <= 31
    filled = {(row["measure"]) for sheet in bureaus(book) for row in rows(sheet)}
    assert len(filled) == len(forms.holders(law))


def test_everything_but_the_figure_and_its_source_stands_there_already(form: Any) -> None:
    for sheet in bureaus(form):
        lines = list(rows(sheet))
        assert lines
        assert {row["value"] for row in lines} == {row["source"] for row in lines} == {None}
        assert all(row[name] for row in lines for name in ("area", "period", "measure", "unit", "status"))
        assert {type(row["period"]) for row in lines} == {int}


def test_a_figure_nobody_called_published_is_not_taken_for_it(form: Any) -> None:
    first = {row["status"] for sheet in bureaus(form) for row in rows(sheet)}
    assert first == {say(word("status", "preliminary"), form.spoken)}


def test_the_reader_knows_every_heading(form: Any) -> None:
    for sheet, columns in [
        *((sheet, forms.OBSERVATIONS) for sheet in bureaus(form)),
        (form.worksheets[-2], forms.LEDGER),
    ]:
        for cell, (name, *_) in zip(sheet[forms.HEADER], columns, strict=True):
            found = headings.meaning(cell.value)
            assert found is not None, cell.value
            assert (found.column, found.factor, found.certain) == (name, 1.0, True), cell.value


def test_drop_downs_offer_the_words_that_the_reader_knows(form: Any) -> None:
    statuses = [say(word("status", code), form.spoken) for code in forms.MEANINGS]
    for sheet in bureaus(form):
        assert statuses in drop_downs(sheet, "status", forms.OBSERVATIONS)
        (areas,) = drop_downs(sheet, "area", forms.OBSERVATIONS)
        assert len(areas) == 1 + len(UNITS)
    offered = drop_downs(bureaus(form)[1], "scope", forms.OBSERVATIONS)
    gdp = ["current prices, before 2018 census revision", "current prices, after 2018 census revision"]
    assert [say(word("scope", code), form.spoken) for code in gdp] in offered


def test_the_ledgers_drop_downs_are_the_classifications(form: Any) -> None:
    ledger = form.worksheets[-2]
    (fields,), (kinds,) = (drop_downs(ledger, name, forms.LEDGER) for name in ("field", "kind"))
    assert [classes.field_of(text) for text in fields] == list(FIELDS)
    assert [classes.kind_of(text) for text in kinds] == [f"{number:02}" for number in range(1, 21)]
    (grades,) = drop_downs(ledger, "grade", forms.LEDGER)
    assert [classes.grade_of(text, "2018-03-05") for text in grades] == ["ordinary", "larger", "major", "extraordinary"]
    assert len(drop_downs(ledger, "counted_from_2016", forms.LEDGER)[0]) == 2
    assert not any(cell.value for row in ledger.iter_rows(min_row=forms.FIRST) for cell in row)


def test_counts_are_whole_and_no_figure_is_negative(form: Any) -> None:
    safety, statistics = bureaus(form)[:2]
    for sheet, kind in ((safety, "whole"), (statistics, "decimal")):
        rules = [rule for rule in sheet.data_validations.dataValidation if rule.type in ("whole", "decimal")]
        assert rules[0].type == kind
        assert all((rule.operator, rule.formula1) == ("greaterThanOrEqual", "0") for rule in rules)
        assert all(rule.showErrorMessage and rule.showInputMessage and rule.prompt for rule in rules)


def test_no_day_of_publication_becomes_a_day_of_1905(form: Any) -> None:
    place = [name for name, *_ in forms.OBSERVATIONS].index("vintage") + 1
    assert {
        sheet.cell(row, place).number_format for sheet in bureaus(form) for row in (forms.FIRST, sheet.max_row)
    } == {"@"}


def test_units_and_definitions_are_said_where_the_figure_is_written(form: Any) -> None:
    for sheet in bureaus(form):
        notes = [cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment]
        for measure in {row["measure"] for row in rows(sheet)}:
            assert [note for note in notes if note.startswith(measure)], measure


def test_the_header_stays_in_sight_and_on_every_printed_sheet(form: Any) -> None:
    for sheet in [*bureaus(form), form.worksheets[-2]]:
        assert sheet.freeze_panes[1:] == str(forms.FIRST)
        assert sheet.print_title_rows == f"${forms.HEADER}:${forms.HEADER}"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert not sheet.protection.sheet


def test_the_first_sheet_says_how_what_and_what_not(form: Any) -> None:
    text = "\n".join(str(cell.value) for row in form.worksheets[0].iter_rows() for cell in row if cell.value)
    told = {"zh": ("未报送不等于零", "身份证号", "市统计局", "地区生产总值（亿元）", "初步"),
            "en": ("not reported is not zero", "identity numbers", "Statistics bureau", "preliminary")}  # fmt: skip
    assert [part for part in told[form.spoken] if part not in text] == []


def test_no_cell_is_a_formula_and_a_hostile_plan_makes_none(plan: Plan, tmp_path: Path) -> None:
    title = Name(zh='=HYPERLINK("http://x")\x07', en="=1+1")
    bureau = Name(zh="=A1:[局]*/?'甲乙丙丁甲乙丙丁甲乙丙丁甲乙丙丁甲乙丙丁甲乙丙丁", en="+1 bureau")
    hostile = plan.model_copy(update={
        "title": title, "indicators": tuple(i.model_copy(update={"bureau": bureau}) for i in plan.indicators),
    })  # fmt: skip
    areas = AREAS.assign(name=[Name(zh=f"={a.zh}", en=f"@{a.en}") for a in AREAS["name"]])
    forms.write(tmp_path / "form.xlsx", hostile, areas=areas, years=[2018])
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert [cell for cell in cells if str(cell.value).startswith(("=", "@")) and not cell.quotePrefix] == []
    assert all(not set("[]:*?/\\'") & set(title) for title in book.sheetnames)


def test_what_cannot_be_written_is_refused_all_at_once(plan: Plan, tmp_path: Path) -> None:
    filled = tmp_path / "filled.csv"
    filled.write_text("somebody's work", encoding="utf-8")
    with pytest.raises(ParameterError) as refused:
        forms.write(filled, plan, areas=AREAS[AREAS["area"] != "410100"], years=[], language="fr")
    assert len(refused.value.faults) == 5
    assert filled.read_text(encoding="utf-8") == "somebody's work"
    with pytest.raises(ParameterError, match="cannot be written"):
        forms.write(tmp_path / "no such folder" / "form.xlsx", plan, areas=AREAS, years=[2018])


def test_words_on_the_form_stand_for_one_code_each() -> None:
    for context, codes in (("measure", MEASURES), ("unit", dict.fromkeys(MEASURES.values()))):
        for language in LANGUAGES:
            words = [say(word(context, code), language) for code in codes]
            assert len(set(words)) == len(words)


def test_a_form_asks_for_nobodys_data(form: Any) -> None:
    from zzlib import privacy

    for sheet in [*bureaus(form), form.worksheets[-2]]:
        assert [cell.value for cell in sheet[forms.HEADER] if privacy.is_personal_heading(cell.value)] == []


def fill(path: Path, figures: dict[tuple[str, int, str, str], float], *more: dict[str, Any]) -> None:
    """Write figures into a form as a clerk would: by its words, and further lines below the last one."""
    book = openpyxl.load_workbook(path)
    column = {name: place for place, (name, *_) in enumerate(forms.OBSERVATIONS, start=1)}
    for sheet in bureaus(book):
        for row in range(forms.FIRST, sheet.max_row + 1):
            if sheet.cell(row, 1).value is None:
                break
            key = tuple(sheet.cell(row, column[name]).value for name in ("area", "period", "measure", "scope"))
            if key in figures:
                sheet.cell(row, column["value"]).value = figures[key]
                sheet.cell(row, column["source"]).value = "统计公报"
    for i, line in enumerate(more):
        for name, value in line.items():
            bureaus(book)[0].cell(row + i, column[name]).value = value
    book.save(path)


def written(tmp_path: Path, plan: Plan, language: str) -> Path:
    forms.write(tmp_path / "form.xlsx", plan, areas=AREAS, years=YEARS, language=language)
    return tmp_path / "form.xlsx"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_form_loads_without_a_mapping_each_figure_and_no_other(
    plan: Plan, tmp_path: Path, language: str
) -> None:
    path = written(tmp_path, plan, language)
    asked = forms.lines(plan, areas=AREAS, years=YEARS)[::3]
    names = dict(zip(AREAS["area"], AREAS["name"], strict=True))

    def words(line: forms.Line) -> tuple[str, int, str, str]:
        scope = say(word("scope", line.scope), language) if line.scope else None
        return say(names[line.area], language), line.year, say(word("measure", line.measure), language), scope

    # The first is a true zero, and zero is a number.
    fill(path, {words(line): float(i) for i, line in enumerate(asked)})
    found = load.observations(intake.read(str(path), AREAS).observations, AREAS)
    keys = found[["area", "period", "measure", "scope", "unit", "value"]].itertuples(index=False, name=None)
    assert set(keys) == {
        (line.area, str(line.year), line.measure, line.scope, line.unit, float(i)) for i, line in enumerate(asked)
    }
    assert len(found) == len(asked)
    assert set(found["status"]) == {"preliminary"}
    assert set(found["source"]) == {"统计公报"}


def test_a_revision_and_a_month_are_lines_of_their_own(plan: Plan, tmp_path: Path) -> None:
    path = written(tmp_path, plan, "zh")
    line = {"area": "郑州市", "measure": "事故死亡人数", "unit": "人", "scope": "2016年起口径", "source": "简报"}
    revised = line | {"period": 2017, "value": 91, "status": "已公布", "vintage": "2019-03-07"}
    month = line | {"period": "2018-03", "value": 0, "status": "初步"}
    fill(path, {("郑州市", 2017, "事故死亡人数", "2016年起口径"): 90}, revised, month)
    found = load.observations(intake.read(str(path), AREAS).observations, AREAS)
    assert sorted(found[["period", "value", "vintage", "status"]].itertuples(index=False, name=None)) == [
        ("2017", 90.0, "", "preliminary"),
        ("2017", 91.0, "2019-03-07", "published"),
        ("2018-03", 0.0, "", "preliminary"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ledger_of_a_form_loads_with_every_word_of_its_drop_downs(
    plan: Plan, tmp_path: Path, language: str
) -> None:
    path = written(tmp_path, plan, language)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[-2]
    offered = {
        name: drop_downs(sheet, name, forms.LEDGER)[0] for name in ("field", "kind", "counted_from_2016", "status")
    }
    for i in range(20):
        record = {"accident_id": f"A{i}", "date": date(2018, 3, 1 + i), "deaths": 0, "area": "中原区"}
        record |= {name: words[i % len(words)] for name, words in offered.items()}
        for place, (name, *_) in enumerate(forms.LEDGER, start=1):
            sheet.cell(forms.FIRST + i, place).value = record.get(name)
    book.save(path)
    found = ledger.records(intake.read(str(path), AREAS).ledgers, AREAS)
    assert found["date"].to_list() == [f"2018-03-{1 + i:02}" for i in range(20)]
    assert found["kind"].to_list() == [f"{1 + i:02}" for i in range(20)]
    assert found["field"].to_list() == [FIELDS[i % len(FIELDS)] for i in range(20)]
    assert set(found["counted_from_2016"]) == {"yes", "no"}
    assert set(found["status"]) == {"published", "preliminary"}
    assert found["serious_injuries"].isna().all()


def test_a_form_that_nobody_filled_in_says_nothing(plan: Plan, tmp_path: Path) -> None:
    read = intake.read(str(written(tmp_path, plan, "zh")), AREAS)
    assert load.observations(read.observations, AREAS).empty
    assert read.ledgers == ()
    assert reports.read(read.reports, plan.commitments).empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_sheet_of_commitments_loads_each_report_and_no_other(
    plan: Plan, tmp_path: Path, language: str
) -> None:
    path = written(tmp_path, plan, language)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    column = {name: place for place, (name, *_) in enumerate(forms.REPORTS, start=1)}
    line = {sheet.cell(row, column["commitment"]).value: row for row in range(forms.FIRST, sheet.max_row + 1)}
    assert set(line) == {one.commitment for one in plan.commitments.commitments}
    for name, value in {"numerator": 71, "denominator": 100, "date": date(2018, 12, 31)}.items():
        sheet.cell(line["health-checks"], column[name]).value = value
    for name, value in {"value": 1, "date": "2018年2月"}.items():
        sheet.cell(line["command-centre"], column[name]).value = value
    book.save(path)
    found = reports.read(intake.read(str(path), AREAS).reports, plan.commitments)
    assert found[["commitment", "date", "value", "status"]].to_numpy().tolist() == [
        ["command-centre", "2018-02-28", 1.0, "preliminary"],
        ["health-checks", "2018-12-31", 71.0, "preliminary"],
    ]
