"""Workbooks written by hand, part by part: what no library writes, spreadsheet programs and hostile people do."""

import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def text(words: str, place: str = "") -> str:
    """A cell of text."""
    return f'<c{_at(place)} t="inlineStr"><is><t>{words}</t></is></c>'


def number(value: object, place: str = "", *, style: int | None = None) -> str:
    """A cell that holds a number, as it stands in the XML."""
    kind = "" if style is None else f' s="{style}"'
    return f"<c{_at(place)}{kind}><v>{value}</v></c>"


def row(*cells: str, line: int | None = None) -> str:
    at = "" if line is None else f' r="{line}"'
    return f"<row{at}>{''.join(cells)}</row>"


def rows(*lines: str) -> str:
    """A sheet's XML from its rows."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def table(*lines: list[object], after: str = "") -> str:
    """A sheet's XML from numbers and words; `after` stands behind its cells."""
    made = (row(*(text(cell) if isinstance(cell, str) else number(cell) for cell in line)) for line in lines)
    return rows(*made).replace("</worksheet>", f"{after}</worksheet>")


def parts(
    *sheets: str,
    names: list[str] | None = None,
    states: list[str] | None = None,
    formats: list[str] | None = None,
    book: str = "",
    shared: str | None = None,
) -> dict[str, str]:
    """The parts of a workbook: its sheets, number formats by cell style, and what stands in the book's own part."""
    names = names or [f"Sheet{index}" for index in range(1, len(sheets) + 1)]
    states = states or ["visible"] * len(sheets)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{i}" state="{state}" r:id="rId{i}"/>'
        for i, (name, state) in enumerate(zip(names, states, strict=True), 1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    styles = "".join(
        f'<numFmt numFmtId="{200 + i}" formatCode={quoteattr(code)}/>' for i, code in enumerate(formats or [])
    )
    cells = "".join(f'<xf numFmtId="{200 + i}"/>' for i in range(len(formats or [])))
    made = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        f'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}<Relationship Id="rId98" '
        f'Type="{OFFICE}/styles" Target="styles.xml"/><Relationship Id="rId99" Type="{OFFICE}/sharedStrings" '
        f'Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{styles}</numFmts><cellXfs>{cells}</cellXfs>'
        "</styleSheet>",
    }
    for index, sheet in enumerate(sheets, 1):
        made[f"xl/worksheets/sheet{index}.xml"] = sheet
    if shared is not None:
        made["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{shared}</sst>'
    return made


def packed(path: Path, made: dict[str, str]) -> Path:
    """Parts as a workbook at a path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return path


def book(path: Path, *sheets: str, **about: object) -> Path:
    """A workbook of sheets: see `parts`."""
    return packed(path, parts(*sheets, **about))  # type: ignore[arg-type]


def records(content: bytes) -> list[tuple[int, int, int]]:
    """Number, start and size of the records in the stream of an XLS file, which xlwt begins at 512."""
    found, position = [], 512
    while position + 4 <= len(content):
        kind, size = struct.unpack_from("<HH", content, position)
        if kind == 0:  # what fills the last sector
            break
        found.append((kind, position + 4, size))
        position += 4 + size
    return found


def _at(place: str) -> str:
    return f' r="{place}"' if place else ""
