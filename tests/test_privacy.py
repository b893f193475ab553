"""Nothing about a person is kept, whatever its column is called; figures, codes and organisations stay as they are."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zzlib import privacy
from zzlib.privacy import MASK, is_identity_number, is_personal_heading, masked, masked_line, personal, suppressed

STANDARD = "11010519491231002X"  # the example that GB 11643 itself gives
WEIGHTS = [2 ** (17 - i) % 11 for i in range(17)]


def identity_number(first: str) -> str:
    """The 17 digits with their check digit by the formula of ISO 7064: the sum of all, weighted, leaves 1 over 11."""
    remainder = (12 - sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))) % 11
    return first + "0123456789X"[remainder]


identity_numbers = st.builds(
    lambda area, day, order: identity_number(f"{area}{day:%Y%m%d}{order:03d}"),
    st.sampled_from(["410102", "110105", "650102"]),
    st.dates(min_value=pd.Timestamp(1900, 1, 1).date(), max_value=pd.Timestamp(2025, 12, 31).date()),
    st.integers(0, 999),
)
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


def alone(text: str) -> str:
    (hidden,), _ = masked(pd.Series([text], dtype=str))
    return str(hidden)


@pytest.mark.parametrize(
    "heading",
    [
        "姓名", "死者姓名", "伤亡人员", "伤亡人员（姓名）", "联系人", "联系 电话", "负责人", "法人代表",
        "法定代表人", "报告人",
        "当事人", "驾驶人", "驾驶员姓名", "联系人及电话", "手机号码", "固定电话", "身份证号", "公民身份号码",
        "身份证 号码*",
        "驾驶证号", "家庭住址", "详细地址", "户籍地址", "事故地点", "事故信息/死者姓名", "ＰＨＯＮＥ", "name",
        "victim_name",
        "DriverName", "phone", "Phone Number", "ssn", "id_card", "SFZH", "车牌号",
    ],
)  # fmt: skip
def test_a_column_of_persons_is_known_by_its_heading(heading: str) -> None:
    assert is_personal_heading(heading)
    assert personal(heading, ["x甲5号"]) is not None


@pytest.mark.parametrize(
    "heading",
    [
        "企业名称", "单位名称", "事故单位", "法人单位", "统一社会信用代码", "死亡人数", "伤亡人数（人）",
        "死亡人员数量", "重伤人员（人）",
        "追究责任人数", "移动电话用户（万户）", "事故编号", "乡镇", "区县", "area", "area_name", "company_name",
        "field", "deaths",
        "accident_id", "date", "kind", "loss_10k_yuan", "驾驶人年龄", "许可证号", "summary", "事故简要经过",
        "许可证编号", "事故名称",
    ],
)  # fmt: skip
def test_a_column_of_organisations_areas_or_figures_is_kept(heading: str) -> None:
    assert not is_personal_heading(heading)


def test_a_column_says_why_it_is_dropped() -> None:
    assert [str(personal(heading, [])) for heading in ("姓名", "身份证号", "电话", "邮箱", "住址")] == [
        "names of persons", "identity numbers", "telephone numbers", "contact details", "addresses below the town",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        [STANDARD, STANDARD, "", "不详"] * 2,
        [STANDARD, "440101800307625", "410102 19800101 1233"],
        ["13800138000", "１３９００１３９０００", "138-0013-8000", ""],
        ["0371-66666666", "(010)66666666", "13800138000/13900139000"],
        ["张三13800138000", "李四 13900139000", "王五，13700137000"],
    ],
)
def test_a_column_of_numbers_of_persons_is_known_whatever_its_heading(values: list[str]) -> None:
    assert personal("备注", values) is not None


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("备注", ["13800138000", "13900139000"]),  # two are not enough to tell
        ("备注", ["无", "无", "13800138000", "13900139000", "13700137000", "无"]),  # half is not most; they are masked
        ("编号", [f"410102{20180301 + i}{i:04d}" for i in range(28)]),
        ("事故编号", ["13800138000", "13900139000", "13700137000"]),
        ("地区生产总值（元）", ["13812345678", "14212345678", "15512345678"]),
        ("代码", ["91410100170032589X", "91410100MA3X5KUL1T", "12410100416041234P"]),
    ],
)
def test_codes_and_figures_are_no_numbers_of_persons(heading: str, values: list[str]) -> None:
    assert personal(heading, values) is None


def test_a_place_is_personal_below_the_town_only() -> None:
    assert (
        personal("事故地点", ["中原区", "新密市超化镇", "河南省郑州市金水区花园路街道", "郑州航空港经济综合实验区"])
        is None
    )
    assert personal("事故地点", ["中原区", "中原区建设路88号院3号楼"]) is not None
    assert personal("事故发生地", ["新密市超化镇"]) is None
    assert personal("事故发生地", ["新密市超化镇李家村3组"]) is not None
    assert personal("家庭住址", ["中原区"]) is not None


def test_counts_of_persons_are_no_names() -> None:
    assert personal("死亡人员", ["2", "0", "1人", ""]) is None
    assert personal("死亡人员", ["张三", "2"]) is not None


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"死者张某（身份证{STANDARD}）", f"死者张某（身份证{MASK}）"),
        ("身份证１１０１０５１９４９１２３１００２ｘ号", f"身份证{MASK}号"),
        ("110105 19491231 002X", MASK),
        ("旧证130503670401001。", f"旧证{MASK}。"),
        ("电话１３８　００１３　８０００，", f"电话{MASK}，"),
        ("Tel:+86 138-0013-8000", f"Tel:{MASK}"),
        ("13800138000/13900139000", f"{MASK}/{MASK}"),
        ("0371-66666666转8001", MASK),
        ("（0371）6666 6666", MASK),
        ("联系电话：66666666", f"联系电话：{MASK}"),
        ("410102 13800138000 1", f"410102 {MASK} 1"),
    ],
)
def test_a_number_of_a_person_is_hidden_in_text(text: str, hidden: str) -> None:
    assert alone(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "91410100170032589X", "统一社会信用代码91410100MA3X5KUL1T", "410102180305001", "20180305001", "12345678901",
        "2018-03-05 14:30",
        "损失13800138000元", "13800138000.55", "2018年3月5日14时30分，死亡3人，直接经济损失1380.5万元",
        f"事故编号{STANDARD}",
        "110105194912310021", "1-3 2018 0305 0012", "12350", "2016-2020", "A13800138000",
    ],
)  # fmt: skip
def test_ordinary_figures_and_codes_stay(text: str) -> None:
    assert alone(text) == text


def test_accident_numbers_that_look_like_identity_numbers_by_chance_stay() -> None:
    ids = pd.Series([f"410102{20180301 + i % 28}{i:04d}" for i in range(300)], dtype=str)
    assert any(map(is_identity_number, ids))
    assert masked(ids)[1] == 0
    with_a_telephone = pd.concat([ids, pd.Series(["13800138000"])], ignore_index=True)
    assert masked(with_a_telephone)[0].to_list() == [*ids, MASK]


def test_loss_in_yuan_is_no_telephone() -> None:
    loss = pd.Series(["13812345678", "14212345678"], name="直接经济损失（元）", dtype=str)
    assert masked(loss)[1] == 0


def test_only_cells_that_change_are_counted_and_the_rest_is_as_it_was() -> None:
    values = pd.Series(["致电13800138000", "", "无", "致电13800138000"], index=[7, 9, 9, 12], dtype=str)
    hidden, cells = masked(values)
    assert cells == 2
    assert hidden.to_list() == [f"致电{MASK}", "", "无", f"致电{MASK}"]
    assert hidden.index.equals(values.index)
    assert hidden.dtype == values.dtype
    assert values[7] == "致电13800138000"


@given(identity_numbers)
def test_every_identity_number_is_known_and_no_other_check_digit(number: str) -> None:
    assert [is_identity_number(number[:17] + digit) for digit in "0123456789X"].count(True) == 1
    assert is_identity_number(number)


@given(
    number=st.one_of(identity_numbers, mobiles),
    before=st.text("死者张三，。（：, ", max_size=6),
    after=st.text("，。）死者张三", max_size=6),
    wide=st.booleans(),
)
def test_no_number_survives_in_text(number: str, before: str, after: str, wide: bool) -> None:
    written = number.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"}) if wide else number
    assert alone(f"{before}{written}{after}") == f"{before}{MASK}{after}"


@given(st.decimals(0, 10**9, places=2), st.dates())
def test_amounts_and_dates_are_never_touched(amount: object, day: object) -> None:
    text = f"{day}损失{amount}万元"
    assert alone(text) == text


def test_names_under_a_table_are_hidden_too() -> None:
    assert masked_line("填报人：李四 联系电话：66666666") == f"填报人：{MASK} 联系电话：{MASK}"
    assert masked_line("单位：万元") == "单位：万元"


def test_a_table_without_numbers_of_persons_costs_next_to_nothing() -> None:
    rows = np.arange(100_000)
    table = pd.DataFrame({
        "id": [f"ZZ-{i:06d}" for i in rows], "date": [f"2018-03-{i % 28 + 1:02d}" for i in rows], "area": "410102",
        "deaths": rows.astype(str), "loss": [f"{i * 1.37:.2f}" for i in rows], "kind": "高处坠落",
        "field": "construction", "summary": [f"某工地发生事故，造成{i}人死亡" for i in rows],
    }).astype(str)  # fmt: skip

    def seconds() -> float:
        start = time.perf_counter()
        for column in table:
            masked(table[column])
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.15


def test_a_hidden_cell_is_neither_zero_nor_reckoned_from_the_total() -> None:
    counts = pd.Series([0, 3, 12, 7, 1, 2, 30], index=list("abcdefg"))
    assert suppressed(counts, 5).isna().to_list() == [False, True, False, False, True, True, False]
    within = pd.Series(["x", "x", "x", "x", "y", "y", "y"], index=counts.index)
    # In x one cell is small: the next smallest goes with it. In y 1 and 2 make 3, which tells them: 30 goes too.
    assert suppressed(counts, 5, within=within).isna().to_list() == [False, True, False, True, True, True, True]
    assert suppressed(counts, 0).to_list() == counts.to_list()


def test_nothing_is_suppressed_without_a_small_cell() -> None:
    assert suppressed(pd.Series([0, 5, 9]), 5, within=pd.Series(["x"] * 3)).to_list() == [0, 5, 9]


def test_the_reasons_are_in_both_languages() -> None:
    reasons = (privacy.NAMES, privacy.IDENTITIES, privacy.TELEPHONES, privacy.CONTACTS, privacy.ADDRESSES)
    assert [reason.say("zh") for reason in reasons] == [
        "人员姓名",
        "身份证件号码",
        "电话号码",
        "联系方式",
        "乡镇以下地址",
    ]
