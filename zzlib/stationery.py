"""The template of the draft report, in the form that GB/T 9704-2012 gives official documents.

    python -m zzlib.stationery FILE.docx

writes it with python-docx. An office that wants another form edits the file in Word and puts it beside the plan's file
under the plan's name. A4, margins 37 mm above and 28 mm left, text 156 × 225 mm, 22 lines of 28 characters; title in
小标宋 of size 二号 (22 pt), text in 仿宋 of 三号 (16 pt), headings in 黑体 and 楷体, lines 28 pt apart, page numbers of
四号 (14 pt) outside, between dashes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

LATIN = "Times New Roman"
SONG, FANGSONG, HEI, KAI, TITLE = "宋体", "仿宋", "黑体", "楷体", "方正小标宋简体"
RED = RGBColor(0xB4, 0x23, 0x18)
SIZE, SPACING, TABLE_SPACING = 16, 28, 14  # points: 三号, and from line to line
WIDTH, HEIGHT, TOP, LEFT = 156, 225, 37, 28  # mm
LINES, LETTERS = 22, 28  # on a page, on a line
CENTRE, RIGHT, BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
# Style: font, size, alignment, letters that the first line is indented by.
STYLES: dict[str, tuple[str, float, Any, int]] = {
    "Normal": (FANGSONG, SIZE, BOTH, 0),
    "Title": (TITLE, 22, CENTRE, 0),
    "Subtitle": (KAI, SIZE, CENTRE, 0),
    "Body Text": (FANGSONG, SIZE, BOTH, 2),
    "Heading 1": (HEI, SIZE, BOTH, 2),
    "Heading 2": (KAI, SIZE, BOTH, 2),
    "Caption": (HEI, 14, CENTRE, 0),
    "Attachment": (FANGSONG, SIZE, WD_ALIGN_PARAGRAPH.LEFT, 0),
    "Signature": (FANGSONG, SIZE, RIGHT, 0),
    "Footer": (SONG, 14, RIGHT, 0),
    "Table Text": (FANGSONG, 10.5, BOTH, 0),
}
WIDTHS = (36, 17, 17, 18, 28, 20, 20)  # mm, of the columns of the targets
CELLS = {  # of each column its lines
    "name": ("name", "unit"), "baseline": ("baseline", "baseline_period"), "target": ("target", "target_period"),
    "value": ("value", "value_period", "trend"), "pace": ("pace", "covered"), "probability": ("probability", "chance"),
    "verdict": ("verdict", "other"),
}  # fmt: skip


def template() -> Any:
    """Return the template as a document of python-docx."""
    document = Document()
    _drop_thumbnail(document)
    _defaults(document)
    for name, form in STYLES.items():
        _style(document, name, *form)
    _keep_own_styles(document)
    _page(document)
    for text, style in (("{{ title }}", "Title"), ("{{ draft }}", "Subtitle")):
        document.add_paragraph(text, style)
    _when(document, "mark", "{{ mark }}", "Subtitle").runs[0].font.color.rgb = RED
    document.add_paragraph()
    document.add_paragraph("{{ addressee }}")
    document.add_paragraph("{{ opening }}", "Body Text")
    _sections(document)
    document.add_paragraph()
    _attachments(document)
    for _ in range(2):
        document.add_paragraph()
    for text in ("{{ signature }}", "{{ date }}"):
        document.add_paragraph(text, "Signature")
    about = document.core_properties
    about.author, about.title, about.comments = "zzlib", "", ""
    return document


def _sections(document: Any) -> None:
    document.add_paragraph("{%p for section in sections %}")
    document.add_paragraph("{{ section.heading }}", "Heading 1")
    _each(document, "text", "section.texts", "Body Text")
    document.add_paragraph("{%p for part in section.parts %}")
    document.add_paragraph("{{ part.heading }}", "Heading 2")
    document.add_paragraph("{{ part.text }}", "Body Text")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p if section.targets %}")
    document.add_paragraph("{{ caption }}", "Caption")
    _targets(document)
    document.add_paragraph("", "Table Text")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")


def _each(document: Any, name: str, of: str, style: str) -> None:
    document.add_paragraph(f"{{%p for {name} in {of} %}}")
    document.add_paragraph(f"{{{{ {name} }}}}", style)
    document.add_paragraph("{%p endfor %}")


def _attachments(document: Any) -> None:
    """Add the list of attachments: the first beside the word, the others below it."""
    first = document.add_paragraph("{{ attached }}{{ attachments[0] }}", "Attachment")
    first.paragraph_format.first_line_indent = Pt(-3 * SIZE)
    first._p.pPr.ind.set(qn("w:hangingChars"), "300")
    _each(document, "attachment", "attachments[1:]", "Attachment")


def _when(document: Any, name: str, text: str, style: str) -> Any:
    document.add_paragraph(f"{{%p if {name} %}}")
    paragraph = document.add_paragraph(text, style)
    document.add_paragraph("{%p endif %}")
    return paragraph


def _targets(document: Any) -> None:
    """Add the table of targets: a head that is repeated on every page, and one line a target."""
    table = document.add_table(rows=4, cols=len(WIDTHS), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _cell_margins(table)
    for width, column in zip(WIDTHS, table.columns, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
            cell.paragraphs[0].style = "Table Text"
    head, begin, line, end = table.rows
    for cell, (name, lines) in zip(zip(head.cells, line.cells, strict=True), CELLS.items(), strict=True):
        title = cell[0].paragraphs[0]
        _fonts(title.add_run(f"{{{{ columns.{name} }}}}")._r.get_or_add_rPr(), HEI)
        title.alignment = CENTRE
        _lines(cell[1], lines, centred=name != "name")
    begin.cells[0].paragraphs[0].text = "{%tr for row in rows %}"
    end.cells[0].paragraphs[0].text = "{%tr endfor %}"
    for row, flags in ((head, ("w:cantSplit", "w:tblHeader")), (line, ("w:cantSplit",))):
        for flag in flags:
            row._tr.get_or_add_trPr().append(OxmlElement(flag))
    for cell in (*head.cells, *line.cells):
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        for paragraph in cell.paragraphs:  # said here too, for a table's own style would set it
            paragraph.paragraph_format.line_spacing = Pt(TABLE_SPACING)
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0)


def _cell_margins(table: Any) -> None:
    """Leave 1 mm beside and 0.7 mm above and below what a cell holds."""
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", 40), ("left", 57), ("bottom", 40), ("right", 57)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(width))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")


def _lines(cell: Any, names: tuple[str, ...], *, centred: bool) -> None:
    """Fill a cell with one paragraph a name; all but the first are small, and absent where they are empty."""
    first = cell.paragraphs[0]
    first.text = f"{{{{ row.{names[0]} }}}}"
    paragraphs = [first]
    for name in names[1:]:
        for text in (f"{{%p if row.{name} %}}", f"{{{{ row.{name} }}}}", "{%p endif %}"):
            paragraphs.append(cell.add_paragraph(text, "Table Text"))
        paragraphs[-2].runs[0].font.size = Pt(9)
    for paragraph in paragraphs:
        paragraph.alignment = CENTRE if centred else WD_ALIGN_PARAGRAPH.LEFT


def _defaults(document: Any) -> None:
    """Make every text that has no style one in 仿宋 of 三号, with lines that end by Chinese rules."""
    (texts,) = document.styles.element.iter(qn("w:rPrDefault"))
    _fonts(texts.find(qn("w:rPr")), FANGSONG)
    for size in (*texts.iter(qn("w:sz")), *texts.iter(qn("w:szCs"))):
        size.set(qn("w:val"), str(2 * SIZE))
    for language in texts.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    for spacing in list(document.styles.element.iter(qn("w:pPrDefault"))):
        spacing.getparent().remove(spacing)


def _fonts(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()  # those of the theme, which would win
    for script, named in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", font)):
        fonts.set(qn(f"w:{script}"), named)


def _keep_own_styles(document: Any) -> None:
    """Leave out the hundred other styles of python-docx's own template, so that an office sees those that count."""
    kept = {*STYLES, "Default Paragraph Font", "Normal Table", "No List", "Table Grid"}
    for style in list(document.styles):
        if style.name not in kept:
            style.delete()
            continue
        for link in style.element.findall(qn("w:link")):
            style.element.remove(link)


def _style(document: Any, name: str, font: str, size: float, alignment: Any, indent: int) -> None:
    styles = document.styles
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.font.size, style.font.bold, style.font.italic = Pt(size), False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    properties.find(qn("w:color")).attrib.pop(qn("w:themeColor"), None)
    properties.find(qn("w:color")).attrib.pop(qn("w:themeShade"), None)
    _fonts(properties, font)
    for spaced in properties.findall(qn("w:spacing")) + properties.findall(qn("w:kern")):
        properties.remove(spaced)
    form = style.paragraph_format
    form.alignment, form.space_before, form.space_after = alignment, Pt(0), Pt(0)
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt({"Table Text": TABLE_SPACING, "Title": 34, "Footer": 18}.get(name, SPACING))
    form.widow_control, form.keep_with_next = False, name in ("Heading 1", "Heading 2", "Caption")
    borders = style.element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        style.element.pPr.remove(borders)
    if indent:
        form.first_line_indent = Pt(indent * size)
        style.element.pPr.ind.set(qn("w:firstLineChars"), str(100 * indent))
    if name == "Attachment":
        form.left_indent = Pt(5 * size)
        style.element.pPr.ind.set(qn("w:leftChars"), "500")
    if name == "Signature":
        form.right_indent = Pt(4 * size)
        style.element.pPr.ind.set(qn("w:rightChars"), "400")


def _page(document: Any) -> None:
    """Give the page its size, margins and grid, and numbers outside: right on odd pages, left on even ones."""
    (section,) = document.sections
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(297 - TOP - HEIGHT)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(210 - LEFT - WIDTH)
    section.footer_distance = Mm(25)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(round(Mm(HEIGHT).pt / LINES * 20)))
    grid.set(qn("w:charSpace"), str(round((Mm(WIDTH).pt / LETTERS - SIZE) * 4096)))
    section._sectPr.append(grid)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, alignment in ((section.footer, RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style, paragraph.alignment = "Footer", alignment
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        paragraph.add_run("— ")
        _field(paragraph, "PAGE")
        paragraph.add_run(" —")


def _field(paragraph: Any, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _drop_thumbnail(document: Any) -> None:
    """Leave out the picture of another document that python-docx's own template carries."""
    relations = document.part.package.rels
    for key in [key for key, one in relations.items() if one.reltype.endswith("/thumbnail")]:
        del relations[key]


if __name__ == "__main__":
    template().save(Path(sys.argv[1]))
