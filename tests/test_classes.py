"""A word of Chinese accident statistics means one code or none; what an industry does not tell stays untold."""

import csv
import re
from collections import Counter

import pytest

from zzlib import classes
from zzlib.classes import field_of, field_of_industry, grade_of, industry_of, kind_of, names
from zzlib.ledger import GRADES
from zzlib.plan import PROJECT
from zzlib.schema import FIELDS

CLASSES = PROJECT / "data" / "classes"
KINDS = str.split(
    "物体打击 车辆伤害 机械伤害 起重伤害 触电 淹溺 灼烫 火灾 高处坠落 坍塌 "
    "冒顶片帮 透水 放炮 火药爆炸 瓦斯爆炸 锅炉爆炸 容器爆炸 其他爆炸 中毒窒息 其他"
)


def rows(name: str) -> list[dict[str, str]]:
    with (CLASSES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_fields_are_the_fourteen_of_the_plan_and_what_belongs_to_none() -> None:
    assert tuple(names("fields")) == FIELDS
    assert len(FIELDS) == 14 + 1


def test_the_plan_names_the_fields_in_the_same_words() -> None:
    plan = (PROJECT / "data" / "plans" / "zhengzhou-2016-2020.txt").read_text(encoding="utf-8")
    tasks = re.findall(r"^\s*\d{1,2}\.(\w[^:\n]*):", plan[plan.index("1.煤矿:") :], flags=re.MULTILINE)
    spoken = [field_of(task) for task in tasks]
    # The plan's text lost the name of its eleventh task, electric power.
    assert spoken == [field for field in FIELDS if field not in ("electric_power", "other")]


def test_the_twenty_kinds_stand_in_their_order() -> None:
    assert [kind_of(name) for name in KINDS] == [f"{number:02}" for number in range(1, 21)]
    assert list(names("kinds")) == [f"{number:02}" for number in range(1, 21)]


def test_all_97_divisions_are_there_each_once() -> None:
    divisions = [row["code"] for row in rows("industries") if len(row["code"]) == 2]
    assert divisions == [f"{number:02}" for number in range(1, 98)]


def test_the_letters_of_the_industries_run_from_a_to_t() -> None:
    letters = [row["section"] for row in rows("industries") if len(row["code"]) == 2]
    assert "".join(dict.fromkeys(letters)) == "ABCDEFGHIJKLMNOPQRST"
    assert letters == sorted(letters)


def test_a_class_belongs_to_the_section_of_its_division() -> None:
    sections = {row["code"]: row["section"] for row in rows("industries")}
    assert {code: letter for code, letter in sections.items() if sections[code[:2]] != letter} == {}


@pytest.mark.parametrize("name", ["fields", "industries", "kinds", "grades"])
def test_no_word_means_two_codes(name: str) -> None:
    plain = classes._plain  # the comparison that reading uses
    spelled = {
        (plain(word), row[next(iter(row))])
        for row in rows(name)
        for word in (row["zh"], row["en"], *row["aliases"].split("|"))
        if word
    }
    twice = [word for word, times in Counter(word for word, _ in spelled).items() if times > 1]
    assert twice == []


@pytest.mark.parametrize("name", ["fields", "industries", "kinds", "grades"])
def test_every_code_has_a_name_in_both_languages(name: str) -> None:
    assert [row for row in rows(name) if not (re.search("[一-鿿]", row["zh"]) and row["en"].isascii())] == []


def test_the_fields_of_industries_are_fields() -> None:
    assert {row["field"] for row in rows("industries")} - {*FIELDS, ""} == set()
    assert {row["edition"] for row in rows("industries") if row["field"]} == {"2002", "2011", "2017"}


def test_grades_are_those_of_the_ledger() -> None:
    assert set(names("grades")) == {"ordinary", *GRADES}


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ("煤矿", "coal_mine"), ("煤炭", "coal_mine"), ("金属非金属矿山", "non_coal_mine"),
        ("非煤矿山", "non_coal_mine"),
        ("金属与非金属矿山", "non_coal_mine"), ("危险化学品", "hazardous_chemicals"), ("危化品", "hazardous_chemicals"),
        ("危化", "hazardous_chemicals"), ("烟花爆竹", "fireworks"), ("道路交通", "road_transport"),
        ("道路运输", "road_transport"), ("道路交通事故", "road_transport"), ("建筑施工", "construction"),
        ("建筑业", "construction"), ("房屋建筑及市政", "construction"), ("民爆", "civil_explosives"),
        ("民用爆炸物品", "civil_explosives"), ("特种设备", "special_equipment"), ("工商贸", "industry_and_trade"),
        ("工贸行业", "industry_and_trade"), ("冶金机械等", "industry_and_trade"), ("电力", "electric_power"),
        ("消防（火灾）", "fire"), ("消防火灾", "fire"), ("火灾", "fire"), ("农业机械", "agricultural_machinery"),
        ("农机", "agricultural_machinery"), ("轨道交通", "rail_transit"), ("城市轨道交通", "rail_transit"),
        ("油气管道", "pipeline_and_gas"), ("燃气", "pipeline_and_gas"), ("城镇燃气", "pipeline_and_gas"),
        ("其他", "other"), ("其它", "other"), (" 建筑 施工 ", "construction"), ("ROAD_TRANSPORT", "road_transport"),
        ("Road traffic", "road_transport"), ("煤矿行业领域", "coal_mine"),
    ],
)  # fmt: skip
def test_what_the_statistics_call_a_field(word: str, field: str) -> None:
    assert field_of(word) == field


@pytest.mark.parametrize(
    "word", ["工矿商贸", "交通", "铁路交通", "水上交通", "矿山", "化工厂", "渔业船舶", "", "事故", "合计", "road rage"]
)
def test_a_word_that_is_wider_or_other_than_a_field_is_none(word: str) -> None:
    assert field_of(word) is None


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("冒顶", "11"), ("冒顶、片帮", "11"), ("顶板", "11"), ("煤尘爆炸", "15"), ("瓦斯、煤尘爆炸", "15"),
        ("中毒窒息", "19"), ("中毒和窒息", "19"), ("高坠", "09"), ("高空坠落", "09"), ("其他伤害", "20"),
        ("其它", "20"),
        ("车辆伤害事故", "02"), ("1", "01"), ("01", "01"), ("20", "20"), ("8.火灾", "08"), ("08 火灾", "08"),
        ("10坍塌", "10"), ("水害", "12"), ("爆破", "13"), ("fire", "08"),
    ],
)  # fmt: skip
def test_what_the_statistics_call_a_kind(word: str, kind: str) -> None:
    assert kind_of(word) == kind


@pytest.mark.parametrize("word", ["0", "00", "21", "99", "8.触电", "瓦斯", "爆炸", "追尾", "", "8火灾3"])
def test_what_is_no_kind_is_none(word: str) -> None:
    assert kind_of(word) is None


@pytest.mark.parametrize(
    ("word", "date", "grade"),
    [
        ("重大事故", "2007-05-31", "larger"), ("重大事故", "2007-06-01", "major"), ("重大", "2000", "larger"),
        ("特大事故", "2005-11-27", "major"), ("特别重大事故", "2005-02-14", "extraordinary"),
        ("特别重大事故", "2015-08-12", "extraordinary"), ("一般事故", "2001", "ordinary"), ("一般", "2018", "ordinary"),
        ("较大事故", "2018-03-05", "larger"), ("较大", "2006", "larger"), ("重大", "2018-03", "major"),
        ("一般事故", "", "ordinary"), ("major", "2018-03-05", "major"),
    ],
)  # fmt: skip
def test_the_grades_changed_their_words_in_june_2007(word: str, date: str, grade: str) -> None:
    assert grade_of(word, date) == grade


@pytest.mark.parametrize(
    ("word", "date"),
    [("重大事故", ""), ("重大事故", "2007"), ("特大事故", "2018"), ("重特大事故", "2018"), ("", "2018")],
)
def test_a_grade_that_the_date_leaves_open_is_none(word: str, date: str) -> None:
    assert grade_of(word, date) is None


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("0610", "coal_mine"), ("06", "coal_mine"), ("B0610", "coal_mine"), ("煤炭开采和洗选业", "coal_mine"),
        ("0710", "non_coal_mine"), ("1011", "non_coal_mine"), ("1110", "coal_mine"), ("1120", "non_coal_mine"),
        ("1200", "non_coal_mine"), ("1310", "industry_and_trade"), ("C3120", "industry_and_trade"),
        ("4390", "industry_and_trade"), ("2671", "civil_explosives"), ("2672", "fireworks"),
        ("4411", "electric_power"), ("4420", "electric_power"), ("4500", "pipeline_and_gas"),
        ("4700", "construction"), ("5010", "construction"), ("5430", "road_transport"), ("5412", "rail_transit"),
        ("54", "road_transport"), ("5700", "pipeline_and_gas"), ("5212", "industry_and_trade"),
        ("５４３０", "road_transport"), ("道路运输业", "road_transport"), ("C13农副食品加工业", "industry_and_trade"),
    ],
)  # fmt: skip
def test_an_industry_that_tells_its_field(code: str, field: str) -> None:
    assert field_of_industry(code) == field


@pytest.mark.parametrize(
    "code",
    [
        "2614", "C26", "2511", "2710", "11", "44", "4430", "5264", "5265", "5162", "0111", "5310", "5510", "7020",
        "9700", "98", "9999", "0000", "610", "6", "", "道路", "F54", "A0610", "C13纺织业",
    ],
)  # fmt: skip
def test_an_industry_that_tells_no_field(code: str) -> None:
    assert field_of_industry(code) is None


def test_a_chemical_plant_is_not_taken_for_hazardous_chemicals() -> None:
    assert industry_of("C2614") == "2614"
    assert field_of_industry("C2614") is None


def test_codes_of_old_records_mean_what_they_meant_then() -> None:
    # In the edition of 2002, 54 was water transport, 2671 soap; 06 was coal in every edition.
    for code in ("5430", "2671", "5412", "5210"):
        assert field_of_industry(code, "2010-03-05") is None
        assert field_of_industry(code, "2018-03-05") is not None
    assert field_of_industry("0610", "2005-01-01") == "coal_mine"


def test_a_number_that_lost_its_first_zero_is_no_industry() -> None:
    assert [industry_of(code) for code in ("610", "0610", "C261", "261")] == [None, "0610", "261", None]


def test_every_listed_industry_is_found_by_its_names() -> None:
    for row in rows("industries"):
        for name in filter(None, (row["zh"], *row["aliases"].split("|"))):
            assert industry_of(name) == row["code"], name
