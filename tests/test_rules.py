"""A map that says something wrong is refused with its file, line and key; what is missing from it stays untouched."""

from pathlib import Path

import pandas as pd
import pytest

from zzlib.errors import DataError
from zzlib.raw import RawTable
from zzlib.rules import Rules, build, read_rules, refuse_unknown, rules_path
from zzlib.schema import MEASURES

SOUND = """
sheets:
  台账:
    kind: ledger
    columns:
      出事的日子: date
      出事的地方: {column: area}
      死了几人: deaths
      损失: {column: loss_10k_yuan, unit: 元}
      记录: {column: value, measure: gdp, factor: 0.0001, scope: current prices}
      不要: unused
    values:
      field: {采煤: coal_mine}
      deaths: {"01": "1"}
      area:
    constants: {status: published}
  附表: {kind: ignore}
"""


def refused(text: str) -> list[str]:
    with pytest.raises(DataError) as refusal:
        build(text, "her.xlsx.map.yaml")
    return [str(fault) for fault in refusal.value.faults]


def test_a_sound_map_is_read_as_it_stands() -> None:
    rules = build(SOUND, "her.xlsx.map.yaml")
    sheet = rules.sheets["台账"]
    assert {heading: rule.column for heading, rule in sheet.columns.items()} == {
        "出事的日子": "date", "出事的地方": "area", "死了几人": "deaths", "损失": "loss_10k_yuan",
        "记录": "value", "不要": "unused",
    }  # fmt: skip
    assert sheet.columns["损失"].times == 1e-4
    assert sheet.columns["记录"].times == 1e-4
    assert sheet.values == {"field": {"采煤": "coal_mine"}, "deaths": {"01": "1"}, "area": {}}
    assert rules.sheets["附表"].kind == "ignore"


def test_codes_stay_the_text_that_they_are() -> None:
    rules = build('sheets: {"": {values: {area: {01: 410102, no: 410103, 1e3: x}}}}', "m")
    assert rules.sheets[""].values["area"] == {"01": "410102", "no": "410103", "1e3": "x"}


def test_the_name_of_a_measure_alone_means_its_figures() -> None:
    for measure in MEASURES:
        (rule,) = build(f"sheets: {{'': {{columns: {{x: {measure}}}}}}}", "m").sheets[""].columns.values()
        assert (rule.column, rule.measure) == (("deaths", "") if measure == "deaths" else ("value", measure))


def test_a_sheet_without_rules_of_its_own_follows_those_of_the_file() -> None:
    rules = build("sheets: {'': {kind: ledger}, 附表: {kind: ignore}}", "m")
    assert [getattr(rules.of(sheet), "kind", None) for sheet in ("", "别的", "附表")] == ["ledger", "ledger", "ignore"]
    assert build("sheets: {附表: {kind: ignore}}", "m").of("") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sheet: {}", "line 1: unknown key 'sheet'; did you mean 'sheets'?"),
        ("", "key 'sheets' is missing"),
        ("sheets: {}", "'sheets' cannot be"),
        ("sheets: {'': {kinds: ledger}}", "unknown key 'sheets.''.kinds'; did you mean 'kind'?"),
        (
            "sheets: {'': {kind: legder}}",
            "'sheets.''.kind' cannot be 'legder' (one of 'ledger', 'observations', 'ignore'",
        ),
        (
            "sheets:\n  '':\n    columns:\n      FATALS: deths",
            "line 4: 'sheets.''.columns.FATALS': 'deths' is none of our",
        ),
        ("sheets: {'': {columns: {X: deths}}}", "did you mean 'deaths'?"),
        (
            "sheets: {'': {columns: {X: {colum: deaths}}}}",
            "unknown key 'sheets.''.columns.X.colum'; did you mean 'column'?",
        ),
        ("sheets: {'': {columns: {X: {measure: gdp}}}}", "key 'sheets.''.columns.X.column' is missing"),
        ("sheets: {'': {columns: {X: {column: value, measure: vehicels}}}}", "did you mean 'vehicles'?"),
        ("sheets: {'': {columns: {X: {column: deaths, measure: gdp}}}}", "a measure stands in the column 'value'"),
        (
            "sheets: {'': {columns: {X: {column: value, measure: gdp, unit: 人}}}}",
            "'人' cannot be converted into '100 million",
        ),
        ("sheets: {'': {columns: {X: {column: value, measure: gdp, unit: 亿圆}}}}", "'亿圆' cannot be converted"),
        ("sheets: {'': {columns: {X: {column: area, unit: 人}}}}", "the column 'area' has no unit"),
        (
            "sheets: {'': {columns: {X: {column: value, measure: gdp, unit: 元, factor: 2}}}}",
            "give 'unit' or 'factor', not both",
        ),
        (
            "sheets: {'': {columns: {X: {column: deaths, factor: -1}}}}",
            "cannot be '-1' (a number above zero is needed)",
        ),
        (
            "sheets: {'': {columns: {X: {column: deaths, factor: many}}}}",
            "cannot be 'many' (a number above zero is needed)",
        ),
        ("sheets: {'': {columns: {X: {column: deaths, factor: inf}}}}", "a number above zero is needed"),
        (
            "sheets: {'': {columns: {X: {column: date, order: american}}}}",
            "one of '', 'month first', 'day first' is needed",
        ),
        ("sheets: {'': {columns: {X: }}}", "sheets.''.columns.X"),
        ("sheets: {'': {columns: [a, b]}}", "only plain keys and values are allowed"),
        ("sheets: {'': {columns: text}}", "'sheets.''.columns' cannot be 'text' (a mapping of keys is needed)"),
        ("sheets: {'': {values: {feld: {a: b}}}}", "'values': 'feld' is none of our columns; did you mean 'field'?"),
        ("sheets: {'': {values: {field: {采煤: coal}}}}", "'coal' is no field of ours; did you mean 'coal_mine'?"),
        ("sheets: {'': {values: {kind: {x: 21}}}}", "'21' is no kind of ours"),
        ("sheets: {'': {values: {status: {x: publisched}}}}", "did you mean 'published'?"),
        ("sheets: {'': {values: {counted_from_2016: {x: ja}}}}", "'ja' is no counted_from_2016 of ours"),
        (
            "sheets: {'': {constants: {stauts: published}}}",
            "'constants': 'stauts' is none of our columns; did you mean 'status'?",
        ),
        ("sheets: {'': {constants: {field: 煤矿}}}", "'煤矿' is no field of ours"),
        ("sheets: {'': {constants: {area: [1]}}}", "only plain keys and values are allowed"),
        ("sheets: {'': {kind: ledger, kind: ignore}}", "key 'kind' stands twice"),
        ("sheets: {'': {kind: ledger", "is not valid YAML"),
        ("sheets: !!python/object:os.system {}", "only plain keys and values are allowed"),
        ("sheets: {? [a] : b}", "only plain keys and values are allowed"),
        ("a: &a {x: y}\nsheets: {'': *a}", "line 2: only plain keys and values are allowed"),
        ("a: &a [*a]", "only plain keys and values are allowed"),
        ("- a", "only plain keys and values are allowed"),
        ("just text", "a mapping of keys is needed"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_refused_where_it_is_wrong(text: str, said: str) -> None:
    faults = refused(text)
    assert any(said in fault for fault in faults), faults
    assert all(fault.startswith("her.xlsx.map.yaml, line ") for fault in faults)


def test_all_that_is_wrong_is_said_at_once() -> None:
    faults = refused("sheets:\n  '':\n    columns: {A: deths, B: arae}\n    constants: {field: x}\n    kind: none")
    assert len(faults) == 3
    assert ["line 3" in fault for fault in faults].count(True) == 2


def test_ten_names_for_ten_names_do_not_fill_the_memory() -> None:
    levels = "".join(f"l{i}: &l{i} {{{', '.join(f'k{j}: *l{i - 1}' for j in range(10))}}}\n" for i in range(1, 20))
    assert refused("l0: &l0 {a: b}\n" + levels + "sheets: *l19")


def test_there_is_no_map_where_there_is_no_file(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "her.xlsx") is None
    rules_path(tmp_path / "her.xlsx").write_text(SOUND, encoding="utf-8-sig")
    assert isinstance(read_rules(tmp_path / "her.xlsx"), Rules)


def test_a_map_that_is_no_text_is_refused(tmp_path: Path) -> None:
    rules_path(tmp_path / "her.xlsx").write_bytes("sheets: 台账".encode("gb18030"))
    with pytest.raises(DataError, match=r"her.xlsx.map.yaml: the map cannot be read .* Save it as text in UTF-8"):
        read_rules(tmp_path / "her.xlsx")


def test_a_sheet_or_heading_that_the_file_does_not_have_is_refused() -> None:
    raws = [
        RawTable(
            Path("her.xlsx"),
            pd.DataFrame({"死亡人数": ["1"], "日期": [""]}),
            "台账",
            headings={"死亡人数": "死 亡 人 数"},
        ),
        RawTable(Path("her.xlsx"), pd.DataFrame({"重伤": ["1"]}), "台账"),
    ]
    sound = build("sheets: {台账: {columns: {死亡人数: deaths, 重伤: serious_injuries, 死　亡人数: deaths}}}", "m")
    refuse_unknown(sound, raws, Path("her.xlsx"))
    refuse_unknown(None, raws, Path("her.xlsx"))
    wrong = build("sheets: {台帐: {kind: ledger}, 台账: {columns: {死亡数: deaths}}}", "m")
    with pytest.raises(DataError) as refusal:
        refuse_unknown(wrong, raws, Path("her.xlsx"))
    assert [str(fault) for fault in refusal.value.faults] == [
        "her.xlsx.map.yaml: the file has no sheet '台帐'; did you mean '台账'? Sheets with a table: 台账.",
        "her.xlsx.map.yaml: the table has no column '死亡数'; did you mean '死亡人数'? "
        "Write the heading as it stands in the file.",
    ]
