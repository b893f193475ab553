"""Personal data: which columns hold it, what of it hides inside text, and which published cells are too small.

Names of persons, identity numbers, telephones and addresses below the town are no part of an evaluation, so they are
never kept. A column is known by its heading or by what stands in it; organisations are not persons.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from zzlib.language import Message

MASK = "〔已隐去〕"
ENOUGH = 3  # values that must look alike before a column is judged by them
LOOKED_AT = 500  # of many values
NAMES, IDENTITIES = Message("names of persons"), Message("identity numbers")
TELEPHONES, CONTACTS = Message("telephone numbers"), Message("contact details")
ADDRESSES = Message("addresses below the town")

# What a heading ends with when it names persons; 负责人电话 and 联系人及电话 are telephones already.
_ROLES = (
    "姓名|名单|联系人|负责人|法人|法人代表|法定代表人|代表人|报告人|报案人|报警人|举报人|当事人|驾驶人|驾驶员|司机|"
    "死者|亡者|遇难者|伤者|伤员|受害人|被害人|受害者|肇事者|肇事人|嫌疑人|责任人|责任者|家属|目击者|目击人|证人|"
    "填表人|填报人|制表人|审核人|审批人|签发人|经办人|承办人|记录人|调查人|登记人|安全员|法人姓名|车主|业主|户主|"
    "(?:伤亡|死亡|受伤|死伤|遇难|重伤|轻伤|失踪|被困|值班|责任|涉事|肇事|涉案|当事|作业)人员"
)
_NAMES = re.compile(
    rf"(?:{_ROLES})(?:姓名|名字|名单|信息|基本信息|基本情况)?\d*$|姓名|^(?:xm|xingming|lxr)$|^contacts?$|^contact_person$"
)
_ENGLISH_NAMES = re.compile(
    r"^names?$|^surname$|(?:^|_)(?:first|last|full|given|family|middle|person|persons|victims?|drivers?|workers?|employees?|"
    r"deceased|injured|contact|reporter|witness|patient|operator|owner|casualty|representative|manager)_?names?$"
)
_IDENTITY = re.compile(
    r"身份证|公民身份|身份号|证件号|(?:驾驶证|驾照|护照|军官证|社保|社会保障|医保|操作证|资格证|上岗证)(?:档案)?(?:号|号码|编号|卡号)?$|"
    r"^(?:sfz|sfzh|sfzhm|shenfenzheng\w*|zjhm)$|(?:^|_)(?:ssn|social_security(?:_no|_number)?|id_?card(?:_no|_number)?|"
    r"identity(?:_card|_no|_number)+|national_id|passport(?:_no|_number)?|driver_?s?_licen[cs]e(?:_no|_number)?)$"
)
_TELEPHONES = re.compile(
    r"(?:电话|手机|座机|联系方式|传真|手机号|号码本)(?:号|号码)?\d*$|^(?:lxdh|lxfs|sjh|sjhm|dianhua|shouji|shoujihao)$|"
    r"(?:^|_)(?:phone|telephone|tel|mobile|cell|cell_?phone|fax)(?:_?(?:no|nr|num|number))?s?_?\d*$"
)
_CONTACTS = re.compile(
    r"邮箱|电子邮件|微信|(?:^|_)qq(?:号|号码)?$|(?:银行|开户)(?:账|帐|卡)号|银行卡|车牌|号牌号|牌照号|"
    r"(?:^|_)(?:e_?mail|wechat|bank_account|licen[cs]e_plate|plate_(?:no|number))$"
)
_HOMES = re.compile(
    r"住址|住所地?$|家庭地址|详细地址|具体地址|户籍|户口|居住地|现居|通讯地址|通信地址|门牌|^jtzz$|(?:home|street|residential|mailing|postal)_address$"
)
# Where an accident was may be given as a district or as a door: the cells decide, and without cells caution does.
_PLACES = re.compile(r"(?:地点|地址|位置)$|(?:^|_)(?:address|location|street)$")
_VAGUE_PLACES = re.compile(r"(?:发生地|事发地|所在地|属地|(?:^|_)place)$")  # only the cells decide
# A column of figures or codes by its own heading: numbers that look like telephones are none there.
_FIGURES = re.compile(
    r"损失|产值|总值|增加值|金额|收入|投资|资产|产量|总量|编号|编码|代码|案号|文号|序号|日期|时间|年份|gdp|loss|value|amount|"
    r"(?:^|_)(?:id|code|date|time)$|\((?:[^()]*[元吨辆人次起户%％]|km|m)\)"
)
_COUNTED = re.compile(r"(?:人数|数|数量|用户|率|比例|合计)$|\((?:人|名|个|位|人次)\)")
_SMALL_NUMBER = re.compile(r"\d{1,4}(?:\.0+)?\s*[人名]?")

# One for one, so that a place in the plain text is the place in the text itself.
_PLAIN = str.maketrans(
    {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)} | dict.fromkeys("　\u00a0\u2002\u2003\u2009", " ")
    | dict.fromkeys("‐‑‒–—―−﹣", "-")
)  # fmt: skip
_GAP = "[ -]{0,2}"
_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91"
_TELEPHONE_WORD = "(?:电话|手机|座机|传真|联系方式|tel|telephone|phone|mobile)"
# A number that a code's name stands before is that code: 事故编号, 统一社会信用代码, but not 身份证编号.
_CODE = re.compile(
    r"(?<!身份证)(?<!证件)(?<!驾驶证)(?:编号|编码|代码|案号|文号|单号)[为是:]?\s?(?P<number>[0-9A-Z][0-9A-Z-]*)",
    re.IGNORECASE,
)
_AREA_CODE = r"0(?:10|2\d|[3-9]\d{2})"
_MOBILE = "|".join((
    r"1[3-9]\d[ -]{0,2}\d{4}[ -]{0,2}\d{4}", r"1[3-9]\d{2}[ -]\d{3}[ -]\d{4}",
    r"1[3-9]\d[ -]\d{3}[ -]\d{5}", r"1[3-9]\d{3}[ -]\d{6}",
))  # fmt: skip
_MOBILE_BEFORE = "|".join((
    r"(?<![0-9A-Za-z.+-])", r"(?<=[^0-9.][.+-])", r"(?<=^[.+-])", "(?<=tel)", "(?<=phone)", "(?<=mobile)", "(?<=wx)",
    r"(?<=1\d{10}-)", r"(?<=\b0\d{3}-)", r"(?<=\b0\d{2}-)",
))  # fmt: skip
_NOT_AMOUNT = r"(?!\d)(?!\.\d{1,4}(?!\d))(?!\s?(?:[万亿]?元|[万亿]?吨|千瓦|立方米|平方米|公里))"
_NUMBERS = (
    rf"(?<!\d)(?<!\d[.-])(?P<new>(?:{_PROVINCES})(?:{_GAP}\d){{15}}{_GAP}[\dXx])(?![0-9A-Za-z])",
    rf"(?<![0-9A-Za-z])(?<!\d[.-])(?P<old>(?:{_PROVINCES})(?:{_GAP}\d){{13}})(?![0-9A-Za-z])(?!\.\d)",
    rf"(?:{_MOBILE_BEFORE})(?P<mobile>(?:(?:\+|00)?86[ -]?)?(?:{_MOBILE})){_NOT_AMOUNT}",
    rf"(?<![0-9A-Za-z.-])(?P<landline>\(?{_AREA_CODE}(?:\)|[ -]{{1,2}})[ -]?[2-8]\d{{2,3}}[ -]?\d{{4}}"
    r"(?:[-转]\d{1,6})?)(?!\d)",
    rf"{_TELEPHONE_WORD}(?:号码)?[为是:]?\s?(?P<told>(?:{_AREA_CODE})?[2-8]\d{{6,7}})(?!\d)",
)  # fmt: skip
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _NUMBERS)
_LANDLINE = re.compile(rf"{_AREA_CODE}[2-8]\d{{6,7}}")
# Cheap and in Arrow: eleven digits in a row (gaps allowed), or a telephone's word before seven.
_DIGIT, _SPACE = "[0-9０-９]", "[-  　‐‑‒–—―−－﹣()（）]{0,3}"
_SUSPECT = rf"(?:{_DIGIT}{_SPACE}){{10}}[0-9０-９Xx]|(?i:{_TELEPHONE_WORD})[^0-9０-９]{{0,4}}{_DIGIT}{{7}}"
# A cell that is a number or a code and hardly anything else.
_ALONE = rf"^(?:[^0-9０-９]?[^0-9０-９]?[^0-9０-９]?[^0-9０-９]?)(?:{_DIGIT}{_SPACE}[._/#]?){{9,}}[^0-9０-９]?$"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # of GB 11643-1999
_CHECK_DIGITS = "10X98765432"
_OLDEST_OF_15 = 30  # a number such as 410102180305001 is an accident's: nobody born in 1918 is meant
# A district, town or street office, with what it belongs to; a village, road or estate is below.
_AREA = re.compile(
    r"(?:[一-鿿]{1,12}?(?:省|自治区|市|区|县|旗|镇|乡|街道|街道办事处|办事处|街道办))+|[一-鿿]{2,4}(?<![村庄组路巷号厂矿楼室屯])|\d{6,12}"
    r"|(?!.*(?:street|st|road|rd|avenue|ave|lane|highway|hwy|drive|way)\.?$)[a-z][a-z' .-]{1,40}",
    re.IGNORECASE,
)
_BELOW = re.compile(r"(?:小区|厂区|园区|社区|住宅区|生活区|家属区|校区|库区|景区|院区|服务区|作业区)$")
_SIGNED = re.compile(rf"((?:{_ROLES})\s*[:：]\s*)([一-鿿·]{{2,4}}|[A-Z][a-z]+(?: [A-Z][a-z]+)+)(?![一-鿿])")


def is_personal_heading(heading: str) -> bool:
    """Say whether a heading alone names a column of personal data, whose cells are then not even read.

    >>> [is_personal_heading(text) for text in ("死者姓名", "联系 电话", "企业名称", "死亡人数", "phone", "area_name")]
    [True, True, False, False, True, False]
    """
    return _by_heading(heading) is not None


def personal(heading: str, values: Sequence[str]) -> Message | None:
    """Return why a column is personal, by its heading or by what most of its cells hold, or None when it is not.

    An address counts as personal when a cell goes below the town; a column of small numbers counts persons.

    >>> print(personal("备注", ["11010519491231002X", "110101199003076253", "", "410102198001011233"]))
    identity numbers
    >>> personal("事故地点", ["中原区", "新密市超化镇"]), personal("伤亡人员", ["2", "1"])
    (None, None)
    """
    why = _by_heading(heading)
    plain = _plain_heading(heading)
    if why is not None:
        filled = _filled(values)
        if filled and why.template == NAMES.template and all(map(_SMALL_NUMBER.fullmatch, filled)):
            return None
        by_cells = _PLACES.search(plain) and not _HOMES.search(plain)
        return None if filled and by_cells and all(map(_is_area, filled)) else why
    if _VAGUE_PLACES.search(plain) and not all(map(_is_area, _filled(values))):
        return ADDRESSES
    return _by_content(values, figures=bool(_FIGURES.search(plain)))


def masked(values: pd.Series) -> tuple[pd.Series, int]:
    """Return a text column with identity numbers and telephones hidden, and how many cells were changed.

    Codes and figures stay: a number that is nearly all of its cell is left when the column's name is one of figures or
    codes, or when most such cells hold no identity number and no telephone.

    >>> hidden, cells = masked(pd.Series(["报告人电话１３８ ００１３ ８０００。", "损失13800138000元"]))
    >>> hidden.to_list(), cells
    (['报告人电话〔已隐去〕。', '损失13800138000元'], 1)
    """
    texts = _suspects(values)
    if not len(texts):
        return values, 0
    alone = pc.match_substring_regex(texts, _ALONE)
    codes = _codes(pc.filter(texts, alone), figures=bool(_FIGURES.search(_plain_heading(str(values.name)))))
    texts = pc.filter(texts, pc.invert(pc.is_in(texts, value_set=codes)))
    changed = {text: hidden for text in texts.to_pylist() if (hidden := _masked(text)) != text}
    if not changed:
        return values, 0
    touched = values.isin(list(changed))
    return values.mask(touched, values[touched].map(changed)).astype(values.dtype), int(touched.sum())


def masked_line(text: str) -> str:
    """Return a caption or footnote with telephones and identity numbers hidden, and the names of those who signed it.

    >>> masked_line("制表人：张三  电话：0371-66666666  2018年3月5日")
    '制表人：〔已隐去〕  电话：〔已隐去〕  2018年3月5日'
    """
    return _SIGNED.sub(lambda signed: signed[1] + MASK, _masked(text))


def suppressed(values: pd.Series, below: int, *, within: pd.Series | None = None) -> pd.Series:
    """Return counts for publishing, those above zero and below a limit hidden as NaN; a zero stays a zero.

    `within` names the group of each cell, beside whose published total a single hidden cell could be reckoned: there
    the smallest open cell above zero is hidden too, also when the hidden ones together are hardly more than their
    number. Totals are not among the values.

    >>> suppressed(pd.Series([0, 1, 4, 5]), 5).to_list()
    [0.0, nan, nan, 5.0]
    >>> suppressed(pd.Series([2, 9, 7, 0]), 5, within=pd.Series(["a", "a", "a", "a"])).to_list()
    [nan, 9.0, nan, 0.0]
    """
    small = (values > 0) & (values < below)
    if within is not None:
        hidden = values.where(small).groupby(within)
        number, total = hidden.transform("count"), hidden.transform("sum")
        revealing = (number == 1) | ((number > 1) & (total - number < below))
        open_cells = values[revealing & ~small & (values > 0)]
        further = open_cells.sort_values(kind="stable").groupby(within).head(1).index
        small = small | values.index.isin(further)
    return values.astype(float).mask(small)


def _plain(text: str) -> str:
    return str(text).translate(_PLAIN).strip()


def _plain_heading(heading: str) -> str:
    """Return a heading without width, case and inner spaces, English words joined by underscores."""
    text = unicodedata.normalize("NFKC", heading).strip()
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower()
    text = re.sub(r"(?<=[a-z])[\s.\-']+(?=[a-z])", "_", text)
    return re.sub(r"\s+", "", text)


def _by_heading(heading: str) -> Message | None:
    plain = _plain_heading(heading)
    bare = re.sub(r"[(\[【][^()\[\]【】]*[)\]】]", "", plain).strip("*:_/")
    if _COUNTED.search(plain) or _COUNTED.search(bare):
        return None
    for pattern, why in (
        (_IDENTITY, IDENTITIES),
        (_TELEPHONES, TELEPHONES),
        (_CONTACTS, CONTACTS),
        (_HOMES, ADDRESSES),
        (_NAMES, NAMES),
        (_ENGLISH_NAMES, NAMES),
        (_PLACES, ADDRESSES),
    ):
        if pattern.search(bare):
            return why
    return None


def _by_content(values: Sequence[str], *, figures: bool) -> Message | None:
    """Return what most cells that are not blank hold; among figures and codes only identity numbers are told."""
    suspects = _suspects(values, unique=False)
    if len(suspects) < ENOUGH or len(suspects) * 2 <= sum(map(bool, values)):
        return None
    if _most(suspects, _is_identity):
        return IDENTITIES
    return None if figures or not _most(suspects, _is_telephone) else TELEPHONES


def _suspects(values: Sequence[str] | pd.Series, *, unique: bool = True) -> pa.Array:
    """Return the texts that may hold a number of a person: a cheap look, for most columns the only one."""
    texts = pa.array(values, type=pa.large_string(), from_pandas=True)
    found = pc.filter(texts, pc.fill_null(pc.match_substring_regex(texts, _SUSPECT), False))
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return pc.unique(found) if unique else found


def _most(texts: pa.Array, holds: Callable[[str], bool], at_least: int = ENOUGH) -> bool:
    """Say whether a test holds of more than half of some texts; of many, those at even steps are looked at."""
    looked_at = texts.take(pa.array(range(0, len(texts), max(1, len(texts) // LOOKED_AT)))).to_pylist()
    return len(texts) >= at_least and sum(map(holds, looked_at)) * 2 > len(looked_at)


def _codes(alone: pa.Array, *, figures: bool) -> pa.Array:
    """Return those numbers alone in their cells that are codes, told by most others with as many digits."""
    if figures or not len(alone):
        return alone
    lengths = pc.utf8_length(pc.replace_substring_regex(alone, "[^0-9０-９Xx]", ""))
    groups = [pc.filter(alone, pc.equal(lengths, length)) for length in pc.unique(lengths)]
    codes = [group for group in groups if not _most(group, lambda text: MASK in _masked(text), at_least=1)]
    return pa.concat_arrays(codes) if codes else alone[:0]


def _filled(values: Sequence[str]) -> list[str]:
    """Return what stands in a column, each text once, blanks left out."""
    return [text for text in map(_plain, dict.fromkeys(values)) if text]


def _is_area(text: str) -> bool:
    return _AREA.fullmatch(text) is not None and not _BELOW.search(text)


def _is_identity(text: str) -> bool:
    compact = re.sub(r"[\s-]", "", text)
    return is_identity_number(compact) or _is_old_identity_number(compact)


def _is_telephone(text: str) -> bool:
    """Say whether a cell is a telephone or several, also with a short name beside it."""
    compact = re.sub(r"[\s()-]", "", text)
    if _LANDLINE.fullmatch(compact):
        return True
    hidden = _masked(text, left=_is_identity)
    if MASK not in hidden:
        return False
    return len(re.sub(r"[\s、,;:/()|-]", "", hidden.replace(MASK, ""))) <= 4


def is_identity_number(digits: str) -> bool:
    """Say whether 18 characters are a citizen identity number of GB 11643: province, day of birth and check digit.

    >>> is_identity_number("11010519491231002X"), is_identity_number("110105194912310021")
    (True, False)
    """
    if not re.fullmatch(rf"(?:{_PROVINCES})\d{{15}}[\dXx]", digits, re.ASCII) or not _is_day(digits[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True))
    return digits[17].upper() == _CHECK_DIGITS[total % 11]


def _is_old_identity_number(digits: str) -> bool:
    """Say whether 15 digits are an identity number as issued up to 1999, which had no check digit."""
    if not re.fullmatch(rf"(?:{_PROVINCES})\d{{13}}", digits, re.ASCII):
        return False
    return int(digits[6:8]) >= _OLDEST_OF_15 and _is_day(f"19{digits[6:12]}")


def _is_day(digits: str) -> bool:
    if not "1800" <= digits[:4] <= "2099":
        return False
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _masked(text: str, left: Callable[[str], bool] = lambda found: False) -> str:
    """Return a text with its numbers of persons hidden, except those to be left."""
    plain = text.translate(_PLAIN)
    taken = [match.span("number") for match in _CODE.finditer(plain)]
    hidden: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        place = 0
        while match := pattern.search(plain, place):
            kind = match.lastgroup or ""
            start, end = match.span(kind)
            compact = re.sub("[ -]", "", match[kind])
            free = all(end <= first or last <= start for first, last in (*taken, *hidden))
            right = {"new": is_identity_number, "old": _is_old_identity_number}.get(kind, bool)
            if free and right(compact) and not left(compact):
                hidden.append((start, end))
                place = end
            else:  # go on behind its first digits: what follows may be a number of its own
                place = start + len(re.match("[(+]?[0-9]*", plain[start:])[0])  # type: ignore[index]
    for start, end in sorted(hidden, reverse=True):
        text = text[:start] + MASK + text[end:]
    return text
