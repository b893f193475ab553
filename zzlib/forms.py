"""Forms to fill in: a workbook that asks each bureau of a plan for its figures and loads again without any mapping.

One line a figure, because each figure carries its own definition, status and source. Everything but the figure stands
there already; a line whose figure stays empty says that it was not reported, which is not zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zzlib import classes, folders, reports
from zzlib.errors import Fault, ParameterError
from zzlib.language import LANGUAGES, Message, Name, say, word
from zzlib.plan import Indicator, Plan, Quantity
from zzlib.register import Commitment, Register, due
from zzlib.schema import MEASURES

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# Headings of the two kinds of sheet: canonical column, the heading that the reader knows, width, and what it means.
Heading = tuple[str, Name, int, Message | None]
OBSERVATIONS: tuple[Heading, ...] = (
    ("area", Name(zh="地区", en="area"), 14, None),
    ("period", Name(zh="时期", en="period"), 10, Message("Year, such as 2018; also 2018-Q1 or 2018-03.")),
    ("measure", Name(zh="指标", en="measure"), 30, None),
    ("value", Name(zh="数值", en="value"), 14, Message(
        "The figure in the unit beside it, without unit or text. Not known: leave it empty. Zero: write 0.")),
    ("unit", Name(zh="计量单位", en="unit"), 18, Message("Convert the figure if yours is in another unit.")),
    ("scope", Name(zh="口径", en="scope"), 32, Message(
        "The statistical definition that the figure follows. If yours follows another one, choose or write it.")),
    ("status", Name(zh="数据状态", en="status"), 12, Message(
        "How firm the figure is; explained on the first sheet. Choose 'published' where it has been published.")),
    ("source", Name(zh="来源", en="source"), 34, Message(
        "Bulletin, yearbook, letter or ledger that the figure is taken from, with its number or page.")),
    ("vintage", Name(zh="公布日期", en="vintage"), 14, Message(
        "Day of publication, such as 2019-03-07, 2019-03 or 2019; empty if not known.")),
    ("note", Name(zh="备注", en="note"), 28, Message("Anything a reader must know. No names of persons.")),
)  # fmt: skip
LEDGER: tuple[Heading, ...] = (
    ("accident_id", Name(zh="事故编号", en="accident_id"), 18, Message("Any number that no other accident has.")),
    ("date", Name(zh="事故日期", en="date"), 14, Message("Day of the accident, such as 2018-03-05.")),
    ("area", Name(zh="地区", en="area"), 14, Message("District or development zone; no street or village.")),
    ("field", Name(zh="行业领域", en="field"), 18, Message("One of the plan's sector tasks.")),
    ("industry", Name(zh="行业代码", en="industry"), 12, Message("GB/T 4754, two or four digits; empty if unknown.")),
    ("kind", Name(zh="事故种类", en="kind"), 16, Message("Kind of accident by GB 6441.")),
    ("deaths", Name(zh="死亡人数（人）", en="deaths"), 16, Message(
        "Deaths within 30 days (road traffic and fire: 7 days). None: write 0.")),
    ("serious_injuries", Name(zh="重伤人数（人）", en="serious_injuries"), 16, Message(
        "None: write 0. Unknown: empty.")),
    ("loss_10k_yuan", Name(zh="直接经济损失（万元）", en="loss_10k_yuan"), 22, Message(
        "Direct loss in 10,000 yuan. Unknown: empty.")),
    ("grade", Name(zh="事故等级", en="grade"), 12, Message(
        "As the file of the accident states it; empty if it does not.")),
    ("counted_from_2016", Name(zh="2016年起是否纳入统计", en="counted_from_2016"), 24, Message(
        "Whether the accident stays in the count of production accidents after the change of definition of 2016.")),
    ("status", Name(zh="数据状态", en="status"), 12, Message("'preliminary' until the case is closed.")),
)  # fmt: skip
COLUMNS = {name: heading for name, heading, *_ in LEDGER}  # the words for a ledger's columns
# A report on a commitment: what is given, then the columns of `reports`.
REPORTS: tuple[Heading, ...] = (
    ("clause", Name(zh="条款", en="clause"), 10, None),
    ("promise", Name(zh="规划承诺", en="promise"), 34, None),
    ("goal", Name(zh="规划要求", en="goal"), 24, None),
    ("due", Name(zh="完成期限", en="due"), 12, None),
    ("commitment", reports.HEADINGS["commitment"], 24, None),
    ("value", reports.HEADINGS["value"], 12, Message(
        "A share in per cent, a number, or where no number is asked 1 (done) or 0 (not yet). Not known: empty.")),
    ("numerator", reports.HEADINGS["numerator"], 12, Message("Of a share: how many are done.")),
    ("denominator", reports.HEADINGS["denominator"], 14, Message(
        "Of a share: how many there are in all. Without it a share is reported, not verified.")),
    ("date", reports.HEADINGS["date"], 14, Message("The day on which the value held, such as 2018-12-31.")),
    ("evidence", reports.HEADINGS["evidence"], 34, Message("Document, acceptance or list, with its number.")),
    ("reporter", reports.HEADINGS["reporter"], 24, Message("The office that reports; no names of persons.")),
    ("verified_by", reports.HEADINGS["verified_by"], 20, Message(
        "The office that verified the value; empty: self-reported.")),
    ("status", reports.HEADINGS["status"], 12, None),
    ("note", reports.HEADINGS["note"], 24, None),
)  # fmt: skip
# What a measure counts, as the note on its cells says it; a measure of a plan's own has none.
DEFINITIONS = {
    "deaths": Message("Deaths in accidents within 30 days (road traffic and fire: 7 days); mind the definition."),
    "deaths_industry": Message("Deaths in industry, mining, construction and commerce; a part of all deaths."),
    "deaths_coal": Message("Deaths in coal mines; a part of all deaths."),
    "deaths_road": Message("Road deaths by the traffic police's own count; no part of the deaths above."),
    "gdp": Message("Gross domestic product; the definition names prices and revision."),
    "workers_industry": Message("Workers in industry, mining, construction and commerce."),
    "vehicles": Message("All motor vehicles, not cars alone."),
    "coal_output": Message("Output of raw coal."),
    "population": Message("Residents; the definition names census and zones."),
}  # fmt: skip
MEANINGS = {
    "published": Message("as its source printed it"),
    "rounded": Message("printed as a rounded number"),
    "derived": Message("computed from published figures; the note says how"),
    "preliminary": Message("not final: its source will still revise or confirm it"),
    "partial": Message("covers a part of the year only: at least so many"),
    "estimated": Message("estimated; the note says how"),
}
FORM = Name(zh="数据采集表（zzlib）", en="data form (zzlib)")  # by this mark above the header a form is known
COVER, LISTS = Name(zh="填写说明", en="How to fill in"), Name(zh="选项", en="lists")
PROMISES = Name(zh="规划任务进展", en="Commitments")
ACCIDENTS = Name(zh="事故台账", en="Accident ledger")
HEADER, FIRST = 3, 4  # lines of the header and of the first figure
SPARE, RECORDS = 60, 500  # empty lines below the figures, and in the ledger
DEFAULT = "preliminary"  # the careful one: a figure nobody called published is not taken for it
NEEDED, WELCOME, LOCKED, MISSING = "FFF2CC", "FFFBEB", "F2F4F7", "F8CBAD"
EXACT = ("persons", "accidents")  # counted in whole numbers


@dataclass(frozen=True)
class Line:
    """One figure that a form asks for; `needed` for the plan's targets or its breakdown, else welcome."""

    bureau: Name
    area: str
    year: int
    measure: str
    unit: str
    scope: str
    needed: bool


def write(path: Path, plan: Plan, *, areas: pd.DataFrame, years: Sequence[int], language: str = "zh") -> None:
    """Write the workbook that asks the bureaus of a plan for its figures: areas × years × measures, and a ledger.

    `areas` (shape of `areas.read_areas`) hold the plan's own area and its units; units are asked for where the plan
    has a breakdown. Raises ParameterError when the file exists already (somebody may have filled it in), is not named
    .xlsx or cannot be written, when there are no years, or the plan's area is not among the areas.
    """
    _refuse(path, plan, areas, years, language)
    from openpyxl import Workbook

    book = Workbook()
    cover = book.active
    cover.title = say(COVER, language)
    asked = lines(plan, areas=areas, years=years)
    names = dict(zip(areas["area"], areas["name"], strict=True))
    lists = _Lists(book, language)
    if plan.commitments is not None:
        _promises(book.create_sheet(say(PROMISES, language)), plan, plan.commitments, lists, language)
    titles: dict[Name, str] = {}
    for bureau in dict.fromkeys(line.bureau for line in asked):
        titles[bureau] = _title(say(bureau, language), [*book.sheetnames, *map(str, (say(LISTS, language),))])
        mine = [line for line in asked if line.bureau == bureau]
        _figures(book.create_sheet(titles[bureau]), plan, mine, names, lists, language)
    units = _units(plan, areas)
    _records(book.create_sheet(say(ACCIDENTS, language)), plan, [names[code] for code in units], lists, language)
    _explain(cover, plan, asked, titles, years, language)
    lists.finish()
    book.properties.creator = "zzlib"
    book.properties.title = _plain(f"{say(plan.title, language)} {say(FORM, language)}")
    try:
        path.touch(exist_ok=False)
        try:
            folders.write_made(path, book.save)
        except OSError:
            path.unlink()  # which stood here empty
            raise
    except OSError as fault:
        what = Message("the form cannot be written ({reason})", reason=fault.strerror or "?")
        raise ParameterError(Fault(what, where=str(path), remedy=Message("Name another file."))) from None


def _refuse(path: Path, plan: Plan, areas: pd.DataFrame, years: Sequence[int], language: str) -> None:
    faults = []
    if path.suffix.lower() != ".xlsx":
        what = Message("a form is an Excel workbook")
        faults.append(Fault(what, where=str(path), remedy=Message("Give the file a name that ends in .xlsx.")))
    if path.exists():
        what = Message("there is a file already, and it may have been filled in")
        faults.append(Fault(what, where=str(path), remedy=Message("Name another file, or move that one away.")))
    if not years:
        faults.append(Fault(Message("a form needs years"), remedy=Message("Give the first and the last year.")))
    if plan.area not in set(areas["area"]):
        what = Message("the plan's area '{area}' is not known", area=plan.area)
        faults.append(Fault(what, remedy=Message("Add it to data/areas/areas.csv, or under 'areas:' in the plan.")))
    if language not in LANGUAGES:
        what = Message("language: '{text}' is not known", text=language)
        faults.append(Fault(what, remedy=Message("Write one of {codes}.", codes=list(LANGUAGES))))
    if faults:
        raise ParameterError(faults)


def lines(plan: Plan, *, areas: pd.DataFrame, years: Sequence[int]) -> list[Line]:
    """Return every figure that a plan's bureaus are asked for, bureau by bureau; what is needed first.

    A measure stands once, with the bureau named first for it. A count whose definition started later is asked for
    twice in the years before, of the plan's own area: restated on that definition, and as it was published.
    """
    found: list[Line] = []
    units = _units(plan, areas)
    promised = {target.indicator for target in plan.targets}
    for (bureau, measure, unit), (scope, indicators) in _held(plan).items():
        for year in sorted(set(years)):
            compared = plan.breakdown in indicators and year > plan.baseline_year
            older = plan.restates(scope, year)
            for area in units:
                own = area == plan.area
                promise = own and year >= plan.baseline_year and bool(promised & indicators)
                found.append(Line(bureau, area, year, measure, unit, scope, compared or promise))
                if older and own:
                    found.append(Line(bureau, area, year, measure, unit, older, needed=False))
    order = {bureau: place for place, bureau in enumerate(dict.fromkeys(line.bureau for line in found))}
    return sorted(found, key=lambda line: (order[line.bureau], line.area != plan.area))


def holders(plan: Plan) -> dict[str, Name]:
    """Return the bureau that is asked for each measure of a plan.

    >>> from zzlib.plan import load_plan
    >>> holders(load_plan("zhengzhou-2016-2020"))["gdp"].zh
    '市统计局'
    """
    return {measure: bureau for bureau, measure, _ in _held(plan)}


def _held(plan: Plan) -> dict[tuple[Name, str, str], tuple[str, set[str]]]:
    """Return by bureau, measure and unit its first definition and the indicators that rest on it."""
    known: dict[str, Name] = {}
    owner: dict[str, Name] = {}
    held: dict[tuple[Name, str, str], tuple[str, set[str]]] = {}
    for indicator in plan.indicators:
        bureaus = [known.setdefault(_without_brackets(each.zh), each) for each in _bureaus(indicator)]
        for quantity, bureau in zip(_quantities(indicator), (bureaus[0], bureaus[-1]), strict=False):
            mine = owner.setdefault(quantity.measure, bureau)
            _, rest = held.setdefault((mine, quantity.measure, quantity.unit), (quantity.scope[0], set()))
            rest.add(indicator.indicator)
    return held


def _quantities(indicator: Indicator) -> list[Quantity]:
    return [indicator.numerator, *([indicator.denominator] if indicator.denominator else [])]


def _bureaus(indicator: Indicator) -> list[Name]:
    """Return the bureaus that hold an indicator: of two the first counts, the last holds the exposure.

    >>> from zzlib.plan import load_plan
    >>> [each.zh for each in _bureaus(load_plan("zhengzhou-2016-2020").indicator("deaths_per_100m_gdp"))]
    ['市安全生产监督管理局', '市统计局']
    """
    zh = re.split(r"、(?![^（]*）)", indicator.bureau.zh)
    en = [part.strip() for part in re.split(r";(?![^(]*\))", indicator.bureau.en)]
    if len(zh) != len(en):
        return [indicator.bureau]
    return [Name(zh=one, en=other[:1].upper() + other[1:]) for one, other in zip(zh, en, strict=True)]


def _without_brackets(name: str) -> str:
    return re.sub(r"\s*[（(][^）)]*[）)]\s*", " ", name).strip()


def _units(plan: Plan, areas: pd.DataFrame) -> list[str]:
    """Return the areas that a form asks about: the plan's own, and its units where the plan has a breakdown."""
    units = areas.loc[areas["parent"] == plan.area, "area"] if plan.breakdown else []
    return [plan.area, *units]


class _Lists:
    """The hidden sheet of what may be chosen: one list under the other, without headings, so that none is a table."""

    def __init__(self, book: Workbook, language: str) -> None:
        self._book, self._title = book, say(LISTS, language)
        self._places: dict[tuple[str, ...], int] = {}
        self._end = 0

    def range(self, words: Sequence[str]) -> str:
        """Return where a list of words stands, as a drop-down names it."""
        key = tuple(words)
        if key not in self._places:
            self._places[key] = self._end + 1
            self._end += len(key)
        first = self._places[key]
        return f"'{self._title}'!$A${first}:$A${first + len(key) - 1}"

    def finish(self) -> None:
        """Write the sheet, last in the workbook and out of sight."""
        sheet = self._book.create_sheet(self._title)
        for words, first in self._places.items():
            for row, text in enumerate(words, start=first):
                put(sheet.cell(row, 1), text)
        sheet.sheet_state = "hidden"


def _figures(
    sheet: Worksheet, plan: Plan, asked: Sequence[Line], names: dict[str, Name], lists: _Lists, language: str
) -> None:
    """Write the sheet of one bureau."""
    from openpyxl.comments import Comment
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import Border, PatternFill, Side

    column = _header(sheet, OBSERVATIONS, plan, _heading_line(plan, asked[0].bureau, language), language)
    rule = Border(top=Side(style="thin", color="8A96A3"))
    before: tuple[object, ...] | None = None
    for row, line in enumerate(asked, start=FIRST):
        block = (line.measure, line.year, line.scope, line.area == plan.area)
        texts: dict[str, str | int] = {
            "area": say(names[line.area], language), "period": line.year,
            "measure": say(word("measure", line.measure), language), "unit": say(_unit(line.unit), language),
            "scope": say(word("scope", line.scope), language) if line.scope else "",
            "status": say(word("status", DEFAULT), language),
        }  # fmt: skip
        for name, place in column.items():
            cell = sheet.cell(row, place)
            put(cell, texts.get(name, ""))
            written = {"value": NEEDED if line.needed else WELCOME, "area": LOCKED, "period": LOCKED, "measure": LOCKED}
            cell.fill = PatternFill("solid", fgColor=written.get(name, LOCKED if name == "unit" else WELCOME))
            if before is not None and block != before:
                cell.border = rule
            if name == "value":
                cell.number_format = "#,##0" if line.unit in EXACT else "#,##0.####"
            if name == "vintage":
                cell.number_format = "@"  # as a date Excel would make 2019 a day of 1905
        if before is None or (before[0], before[3]) != (block[0], block[3]):
            note = Comment(_plain(say(_about(line), language)), "zzlib", width=320, height=120)
            sheet.cell(row, column["measure"]).comment = note
        before = block
    last = FIRST + len(asked) - 1
    _number_checks(sheet, asked, column["value"], language)
    _choices(sheet, plan, asked, names, column, lists, language)
    for row in range(last + 1, last + SPARE + 1):
        sheet.cell(row, column["vintage"]).number_format = "@"
    value, source = (_letter(column[name]) for name in ("value", "source"))
    filled_without = FormulaRule(
        [f"AND(LEN(${value}{FIRST})>0,LEN(${source}{FIRST})=0)"], fill=PatternFill(bgColor=MISSING)
    )
    sheet.conditional_formatting.add(f"{source}{FIRST}:{source}{last + SPARE}", filled_without)
    sheet.auto_filter.ref = f"A{HEADER}:{_letter(len(column))}{last}"


def _heading_line(plan: Plan, bureau: Name, language: str) -> str:
    return f"{say(plan.title, language)} · {say(bureau, language)}"


def _about(line: Line) -> Message:
    """Return what a measure is, in one note."""
    unit = _unit(line.unit)
    if line.measure not in DEFINITIONS:
        return Message("{measure}, in {unit}", measure=word("measure", line.measure), unit=unit)
    return Message(
        "{measure}, in {unit}. {definition}",
        measure=word("measure", line.measure), unit=unit, definition=DEFINITIONS[line.measure],
    )  # fmt: skip


def _unit(code: str) -> Name:
    """Return a unit as a form writes it: in English as the tables do, whose readers know no other word for it."""
    return Name(zh=say(word("unit", code), "zh"), en=code)


def _header(sheet: Worksheet, headings: Sequence[Heading], plan: Plan, title: str, language: str) -> dict[str, int]:
    """Write what stands above the figures, and return the column of each heading."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill

    put(sheet.cell(1, 1), f"{title} · {say(FORM, language)}").font = Font(bold=True, size=14)
    advice = Message("Write into the light yellow cells only; not known stays empty, zero is 0. Meanings: first sheet.")
    put(sheet.cell(2, 1), say(advice, language)).font = Font(color="56616C")
    for place, (_, heading, width, meaning) in enumerate(headings, start=1):
        cell = put(sheet.cell(HEADER, place), say(heading, language))
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1B4B7E")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        if meaning is not None:
            cell.comment = Comment(_plain(say(meaning, language)), "zzlib", width=320, height=110)
        sheet.column_dimensions[_letter(place)].width = width
    sheet.row_dimensions[1].height, sheet.row_dimensions[HEADER].height = 24, 30
    sheet.freeze_panes = sheet.cell(FIRST, 4)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER}:{HEADER}"
    return {name: place for place, (name, *_) in enumerate(headings, start=1)}


def _number_checks(sheet: Worksheet, asked: Sequence[Line], place: int, language: str) -> None:
    """Let each figure be a number of its kind, and say its unit where it is written."""
    for unit in dict.fromkeys(line.unit for line in asked):
        kind = "whole" if unit in EXACT else "decimal"
        check = _number(kind, Message("In {unit}. Not known: leave empty. Zero: 0.", unit=_unit(unit)), language)
        for first, last in _runs([row for row, line in enumerate(asked, start=FIRST) if line.unit == unit]):
            check.add(f"{_letter(place)}{first}:{_letter(place)}{last}")
        sheet.add_data_validation(check)
    check = _number("decimal", Message("In the unit beside it. Not known: leave empty. Zero: 0."), language)
    start = FIRST + len(asked)
    check.add(f"{_letter(place)}{start}:{_letter(place)}{start + SPARE - 1}")
    sheet.add_data_validation(check)


def _choices(
    sheet: Worksheet, plan: Plan, asked: Sequence[Line], names: dict[str, Name], column: dict[str, int],
    lists: _Lists, language: str,
) -> None:  # fmt: skip
    """Add the drop-downs: areas, measures and definitions of this sheet, and statuses."""
    last = FIRST + len(asked) + SPARE - 1
    measures = dict.fromkeys(line.measure for line in asked)
    rates = [i.indicator for i in plan.indicators if i.indicator in MEASURES and i.numerator.measure in measures]
    offered = {
        "area": [say(names[code], language) for code in dict.fromkeys(line.area for line in asked)],
        "measure": [say(word("measure", code), language) for code in (*measures, *rates)],
        "status": [say(word("status", code), language) for code in MEANINGS],
        "unit": [say(_unit(code), language) for code in dict.fromkeys(line.unit for line in asked)],
    }  # fmt: skip
    for name, words in offered.items():
        start = FIRST if name == "status" else FIRST + len(asked)
        # A figure that the form does not ask for may be of another area or measure: those lists only offer.
        _drop_down(sheet, lists.range(words), f"{_letter(column[name])}{start}:{_letter(column[name])}{last}",
                   strict=name == "status", language=language)  # fmt: skip
    for measure in measures:
        scopes = _scopes(plan, measure)
        if len(scopes) > 1:
            words = [say(word("scope", code), language) for code in scopes]
            for first, until in _runs([r for r, line in enumerate(asked, start=FIRST) if line.measure == measure]):
                cells = f"{_letter(column['scope'])}{first}:{_letter(column['scope'])}{until}"
                _drop_down(sheet, lists.range(words), cells, strict=False, language=language)


def _scopes(plan: Plan, measure: str) -> list[str]:
    """Return the definitions that a measure may follow in a plan."""
    named = [
        scope for i in plan.indicators for quantity in _quantities(i) if quantity.measure == measure
        for scope in quantity.scope
    ]  # fmt: skip
    older = [known.replaces for scope in named if (known := plan.scopes.get(scope)) and known.replaces]
    return [scope for scope in dict.fromkeys((*named, *older)) if scope]


def _records(sheet: Worksheet, plan: Plan, units: Sequence[Name], lists: _Lists, language: str) -> None:
    """Write the empty ledger, one accident a line."""
    from openpyxl.styles import PatternFill

    column = _header(sheet, LEDGER, plan, f"{say(plan.title, language)} · {say(ACCIDENTS, language)}", language)
    sheet.freeze_panes = sheet.cell(FIRST, 3)
    last = FIRST + RECORDS - 1
    formats = {"date": "yyyy-mm-dd", "industry": "@", "accident_id": "@", "loss_10k_yuan": "#,##0.##"}
    for row in range(FIRST, last + 1):
        for name, place in column.items():
            cell = sheet.cell(row, place)
            cell.fill = PatternFill("solid", fgColor=NEEDED if name in ("date", "area", "deaths") else WELCOME)
            cell.number_format = formats.get(name, "General")
    offered = {
        "area": [say(unit, language) for unit in units],
        "field": [say(name, language) for name in classes.names("fields").values()],
        "kind": [say(name, language) for name in classes.names("kinds").values()],
        "grade": [say(name, language) for name in classes.names("grades").values()],
        "counted_from_2016": [say(Message("yes"), language), say(Message("no"), language)],
        "status": [say(word("status", code), language) for code in ("published", "preliminary")],
    }
    for name, words in offered.items():
        cells = f"{_letter(column[name])}{FIRST}:{_letter(column[name])}{last}"
        _drop_down(sheet, lists.range(words), cells, strict=name != "area", language=language)
    for name, kind in (("deaths", "whole"), ("serious_injuries", "whole"), ("loss_10k_yuan", "decimal")):
        meaning = next(meaning for code, _, _, meaning in LEDGER if code == name)
        assert meaning is not None
        check = _number(kind, meaning, language)
        check.add(f"{_letter(column[name])}{FIRST}:{_letter(column[name])}{last}")
        sheet.add_data_validation(check)


def _promises(sheet: Worksheet, plan: Plan, register: Register, lists: _Lists, language: str) -> None:
    """Write the sheet of commitments, one a line, office by office; what is asked with it stands there already."""
    from openpyxl.styles import Alignment, PatternFill

    column = _header(sheet, REPORTS, plan, f"{say(plan.title, language)} · {say(PROMISES, language)}", language)
    offices = list(register.bodies)
    asked = sorted(register.commitments, key=lambda one: offices.index(one.responsible))
    for row, one in enumerate(asked, start=FIRST):
        given: dict[str, str | int] = {
            "clause": one.clause, "promise": say(one.name, language), "commitment": one.commitment,
            "goal": say(goal(one), language), "due": due(one, plan.target_year).isoformat(),
            "evidence": "", "reporter": say(register.bodies[one.responsible], language),
            "status": say(word("status", DEFAULT), language),
        }  # fmt: skip
        for name, place in column.items():
            cell = put(sheet.cell(row, place), given.get(name, ""))
            share = name in ("numerator", "denominator")
            colour = NEEDED if name in ("value", "date") or (share and one.is_share) else WELCOME
            cell.fill = PatternFill("solid", fgColor=LOCKED if place <= column["commitment"] else colour)
            cell.alignment = Alignment(wrap_text=name in ("promise", "goal", "evidence"), vertical="top")
            if name == "date":
                cell.number_format = "yyyy-mm-dd"
    last = FIRST + len(asked) - 1
    words = [say(word("status", code), language) for code in MEANINGS]
    cells = f"{_letter(column['status'])}{FIRST}:{_letter(column['status'])}{last}"
    _drop_down(sheet, lists.range(words), cells, strict=True, language=language)
    for name in ("value", "numerator", "denominator"):
        check = _number("decimal", Message("Not known: leave it empty."), language)
        check.add(f"{_letter(column[name])}{FIRST}:{_letter(column[name])}{last}")
        sheet.add_data_validation(check)
    sheet.auto_filter.ref = f"A{HEADER}:{_letter(len(column))}{last}"


def goal(one: Commitment) -> Message:
    """Return what a commitment asks for, as its line says it.

    >>> from zzlib.plan import load_plan
    >>> register = load_plan("zhengzhou-2016-2020").commitments
    >>> goal(register.commitment("health-checks")), goal(register.commitment("national-communities"))
    ('90% of workers exposed to hazards', '5 national safe communities')
    """
    if one.value is None:
        return Message("complete")
    if one.is_share:
        return Message("{value}% of {whole}", value=f"{one.value:g}", whole=one.of)
    return Message("{value} {whole}", value=f"{one.value:g}", whole=one.of)


def _drop_down(sheet: Worksheet, range_: str, cells: str, *, strict: bool, language: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    choice = DataValidation(type="list", formula1=range_, allow_blank=True, showErrorMessage=True)
    choice.errorStyle = "stop" if strict else "warning"
    choice.error = _plain(say(Message("Choose one of the list."), language))
    choice.add(cells)
    sheet.add_data_validation(choice)


def _number(kind: str, prompt: Message, language: str) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation

    check = DataValidation(type=kind, operator="greaterThanOrEqual", formula1="0", allow_blank=True)
    check.showErrorMessage = check.showInputMessage = True
    wrong = Message("A whole number, zero or more.") if kind == "whole" else Message("A number, zero or more.")
    check.error, check.prompt = _plain(say(wrong, language)), _plain(say(prompt, language))[:255]
    return check


def _explain(
    sheet: Worksheet, plan: Plan, asked: Sequence[Line], titles: dict[Name, str], years: Sequence[int], language: str
) -> None:
    """Write the first sheet: how to fill in, what is asked of whom, what the words mean, what is not wanted."""
    from openpyxl.styles import Alignment, Font, PatternFill

    span = f"{min(years)}–{max(years)}" if min(years) < max(years) else str(years[0])
    row = 1
    for style, left, right in _guide(plan, asked, titles, span, language):
        first, second = put(sheet.cell(row, 1), left), put(sheet.cell(row, 2), right)
        first.alignment = second.alignment = Alignment(wrap_text=True, vertical="top")
        if style == "title":
            first.font = Font(bold=True, size=16)
        if style == "heading":
            first.font = Font(bold=True, size=12, color="1B4B7E")
        if style in ("title", "heading", "line"):
            sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=2)
            sheet.row_dimensions[row].height = 26 if style != "line" else 16.5 * _lines_of(left, 104)
        if style in (NEEDED, WELCOME, LOCKED, MISSING):
            first.fill = PatternFill("solid", fgColor=style)
        if style not in ("title", "heading", "line"):
            sheet.row_dimensions[row].height = 16.5 * max(_lines_of(left, 34), _lines_of(right, 70))
        row += 1
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 36, 72
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 9, 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _guide(
    plan: Plan, asked: Sequence[Line], titles: dict[Name, str], span: str, language: str
) -> Iterator[tuple[str, str, str]]:
    """Yield the lines of the first sheet: style or colour, left and right text."""

    def told(*texts: Message) -> Iterator[tuple[str, str, str]]:
        yield from (("line", say(text, language), "") for text in texts)

    yield "title", f"{say(plan.title, language)} · {say(FORM, language)}", ""
    yield from told(Message("Years {span}. Each bureau fills in the sheet that bears its name.", span=span))
    yield "heading", say(Message("How to fill in"), language), ""
    yield from told(
        Message("1. One line is one figure. Area, year, measure, unit and definition stand there already."),
        Message("2. A figure that you do not have stays empty: not reported is not zero. A true zero is written 0."),
        Message("3. Write plain numbers in the unit of the line, without unit, text or formula."),
        Message("4. Give status and source of every figure. A source that is missing turns orange."),
        Message(
            "5. Never write over an older figure with a revised one: add a line below with its day of publication."
        ),
        Message("6. Further areas, years, months (2018-03) or definitions: add lines below the last one."),
        Message("7. Years before a change of definition are asked for twice: restated, and as they were published."),
        Message("8. Accidents one by one go to the last sheet; yearly deaths are then counted from it, and compared."),
    )
    yield "heading", say(Message("Colours"), language), ""
    yield (
        NEEDED,
        say(Message("needed"), language),
        say(Message("a target or the comparison of districts rests on it"), language),
    )
    yield (
        WELCOME,
        say(Message("welcome"), language),
        say(Message("makes the evaluation finer; may stay empty"), language),
    )
    yield LOCKED, say(Message("given"), language), say(Message("stands there already; please do not change"), language)
    yield (
        MISSING,
        say(Message("source missing"), language),
        say(Message("a figure stands there without its source"), language),
    )
    yield "heading", say(Message("What is asked of whom"), language), ""
    for bureau, title in titles.items():
        measures = dict.fromkeys((line.measure, line.unit) for line in asked if line.bureau == bureau)
        spoken = [
            Message("{measure} ({unit})", measure=word("measure", measure), unit=_unit(unit))
            for measure, unit in measures
        ]
        yield "row", title, say(spoken, language)
    yield "row", say(ACCIDENTS, language), say(Message("accidents one by one, where a bureau keeps a ledger"), language)
    yield "heading", say(Message("What the statuses mean"), language), ""
    for code, meaning in MEANINGS.items():
        yield "row", say(word("status", code), language), say(meaning, language)
    yield "heading", say(Message("What is not wanted"), language), ""
    yield from told(
        Message("No names of persons, identity numbers, telephone numbers or addresses, in no cell and no note."),
        Message("Nobody's data are needed for this evaluation; what looks like them is dropped when the file is read."),
    )


def _lines_of(text: str, width: int) -> int:
    """Return how many lines a text takes in a column so many latin letters wide.

    >>> _lines_of("煤炭产量", 4), _lines_of("coal", 4), _lines_of("", 4)
    (2, 1, 1)
    """
    letters = sum(1 if letter.isascii() else 2 for letter in text)
    return max(1, -(-letters // width))


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of following rows.

    >>> list(_runs([4, 5, 6, 9, 10]))
    [(4, 6), (9, 10)]
    """
    start = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or rows[place] != rows[place - 1] + 1:
            yield rows[start], rows[place - 1]
            start = place


def _title(name: str, taken: Sequence[str]) -> str:
    """Return a sheet's name as Excel allows it: at most 31 letters, none of []:*?/\\, and no other sheet's.

    >>> _title("Ministry of [Roads]: counts", ["Ministry of Roads counts"])
    'Ministry of Roads counts 2'
    """
    plain = " ".join(re.sub(r"[\[\]:*?/\\']", " ", _plain(_without_brackets(name))).split()) or "?"
    used = {title.casefold() for title in taken}
    candidates = (plain[: 31 - len(end)].rstrip() + end for end in ("", *(f" {n}" for n in range(2, 100))))
    return next(title for title in candidates if title.casefold() not in used)


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place))


def _plain(text: str) -> str:
    """Return a text without the letters that no workbook may hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub("", text))


def put(cell: Any, value: str | float) -> Any:
    """Write a number or a text, which is never a formula, into a cell and return it; empty text writes nothing."""
    if isinstance(value, int | float):
        cell.value = value
    elif text := _plain(value):
        cell.value = text
        cell.data_type = "s"  # whatever it looks like: a formula, or the name of an error
        if text.startswith(("=", "+", "-", "@", "\t")):
            cell.quotePrefix = True
    return cell
