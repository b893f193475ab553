"""Reports of offices are read as they are filled in, and refused with the cell where they cannot be."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from zzlib import intake, reports
from zzlib.areas import read_areas
from zzlib.errors import DataError
from zzlib.plan import load_plan
from zzlib.register import Register

AREAS = read_areas()
HEAD = "承诺编号,数值日期,完成数值,已完成数,应完成总数,佐证材料,填报单位,核实单位,数据状态"


@pytest.fixture(scope="module")
def register() -> Register:
    law = load_plan("zhengzhou-2016-2020").commitments
    assert law is not None
    return law


@pytest.fixture
def read(tmp_path: Path, register: Register) -> Callable[..., pd.DataFrame]:
    def read(*lines: str) -> pd.DataFrame:
        path = tmp_path / "进展.csv"
        path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
        found = intake.read(path, AREAS)
        assert (found.observations, found.ledgers, found.neither) == ((), (), ())
        return reports.read(found.reports, register)

    return read


def test_a_report_is_read_in_the_words_of_an_office(read: Callable[..., pd.DataFrame]) -> None:
    found = read(
        "health-checks,2018年12月31日,71%,710,1000,体检汇总,市安监局,市安委办,已公布",
        "command-centre,2017-03,是,,,,市安监局,,",
        "hazard-testing,2018-12-31,,400,500,,市安监局,,初步",
    )
    rows = found[["commitment", "date", "value", "denominator", "status"]].fillna(-1).to_numpy().tolist()
    assert rows == [
        ["command-centre", "2017-03-31", 1.0, -1.0, "preliminary"],
        ["hazard-testing", "2018-12-31", 80.0, 500.0, "preliminary"],
        ["health-checks", "2018-12-31", 71.0, 1000.0, "published"],
    ]


def test_a_line_that_nobody_filled_in_is_no_report(read: Callable[..., pd.DataFrame]) -> None:
    assert len(read("health-checks,2018-12-31,71,,,,,,", "hazard-testing,,,,,,市安监局,,初步")) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("health-check,2018-12-31,71,,,,,,", "'health-check' cannot stand here. Did you mean health-checks?"),
        ("health-checks,2018-02-30,71,,,,,,", "row 2, column '数值日期'"),
        ("health-checks,2018-12-31,七成,,,,,,", "row 2, column '完成数值': '七成' is not a number"),
        ("health-checks,2018-12-31,,71,,,,,", "a report needs its value, or numerator and denominator"),
        ("health-checks,2018-12-31,-3,,,,,,", "-3 is negative"),
        ("health-checks,,71,,,,,,", "row 2, column '数值日期'"),
        ("health-checks,2018-12-31,71,,,,,,sure", "row 2, column '数据状态': 'sure' cannot stand here"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_cell(read: Callable[..., pd.DataFrame], line: str, said: str) -> None:
    with pytest.raises(DataError) as refusal:
        read(line)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("line", "text", "why"),
    [
        ("provincial-communities,2018-12-31,60%,,,,,,", "60%", "A number is promised, not a share"),
        ("provincial-communities,2018-12-31,60％,,,,,,", "60％", "A number is promised, not a share"),
        ("provincial-communities,2018-12-31,已完成,,,,,,", "已完成", "A number is promised, not a share"),
        ("provincial-communities,2018-12-31,,30,50,,,,", "", "A number is promised, not a share"),
        ("provincial-communities,2018-12-31,,30,,,,,", "", "A number is promised, not a share"),
        ("command-centre,2018-12-31,50%,,,,,,", "50%", "only that it is done"),
        ("command-centre,2018-12-31,100%,,,,,,", "100%", "only that it is done"),
        ("command-centre,2018-12-31,80,,,,,,", "80", "only that it is done"),
        ("command-centre,2018-12-31,0.5,,,,,,", "0.5", "only that it is done"),
        ("command-centre,2018-12-31,大部分,,,,,,", "大部分", "only that it is done"),
        ("command-centre,2018-12-31,,1,5,,,,", "", "only that it is done"),
        ("health-checks,2018-12-31,已完成,9,10,,,,", "已完成", "A share is promised"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_than_was_promised_is_refused(
    read: Callable[..., pd.DataFrame], line: str, text: str, why: str
) -> None:
    with pytest.raises(DataError) as refusal:
        read(line)
    (fault,) = refusal.value.faults
    assert str(fault.where) == "进展.csv, row 2, column '完成数值'"
    assert fault.what == (f"'{text}' cannot stand here" if text else "a report needs its value")
    assert why in fault.why
    assert fault.remedy


def test_what_is_declared_is_a_word_or_one_or_nought(read: Callable[..., pd.DataFrame]) -> None:
    words = {"是": 1, "否": 0, "已完成": 1, "未完成": 0, "Yes": 1, "no": 0, "1": 1, "0": 0, "１": 1, "1.0": 1}
    found = read(*(f"command-centre,2018-01-{day:02},{word},,,,,," for day, word in enumerate(words, 1)))
    assert found["value"].to_list() == list(words.values())
    assert read("provincial-communities,2018-12-31,30,30,50,,,,")["value"].to_list() == [30]


@pytest.mark.parametrize("second", ["commitment", "date", "note"])
def test_two_headings_of_one_meaning_are_refused(
    tmp_path: Path, register: Register, second: str
) -> None:  # fmt: skip
    path = tmp_path / "twice.csv"
    path.write_text(f"{HEAD},备注,{second}\nhealth-checks,2018-12-31,71,,,,,,,,x\n", encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        reports.read(intake.read(path, AREAS).reports, register)
    (fault,) = refusal.value.faults
    first = reports.HEADINGS[second].zh
    assert (fault.where, fault.what) == ("twice.csv", f"the columns {first}, {second} mean the same")
    assert fault.why
    assert fault.remedy
