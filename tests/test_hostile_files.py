"""A file that is damaged, mistaken or made to harm is refused in one sentence, soon, and ends only its reader."""

import io
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import making_workbooks as making
import pytest
import xlwt

from zzlib import biff, confined, files, spreadsheets
from zzlib.errors import DataError
from zzlib.language import say

SOON = 20  # seconds: far less on an idle machine, and far less than what the file asks for
SAVE = "Open it in Excel or WPS and save it as xlsx."
AGAIN = "Get the file again from where it comes, or open it in Excel or WPS and save it as xlsx."
COMPUTE = "Open the workbook in Excel or WPS, which computes it, and save it."
CORRECT = "Correct it, or clear the cell where there is no figure: an error is no zero."


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < SOON


def refused(path: Path) -> list[str]:
    """What a file is refused with, which can be said in Chinese and holds nothing of the machine."""
    with pytest.raises(DataError) as refusal:
        files.grids(path)
    faults = refusal.value.faults
    assert all(say(part, "zh") != str(part) for fault in faults for part in (fault.what, fault.remedy))
    assert not any("Traceback" in str(fault) or str(path.parent) in str(fault) for fault in faults)
    return [str(fault) for fault in faults]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# ---- cells that have no value though something stands there --------------------------------------------------------


def test_every_error_cell_of_every_visible_sheet_is_named(tmp_path: Path) -> None:
    first = making.rows(
        making.row('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', making.number(1, "C2"), line=2),
        making.row('<c r="AA9" t="e"><v>#REF!</v></c>', line=9),
    )
    second = making.rows(making.row('<c t="e"><v>#N/A</v></c>', making.text("x")))
    third = making.rows(making.row('<c t="e"><v>#NAME?</v></c>'))
    path = making.book(
        tmp_path / "her.xlsx",
        first,
        second,
        third,
        names=["台账", "汇总", "旧"],
        states=["visible", "visible", "hidden"],
    )
    assert refused(path) == [
        f"her.xlsx, sheet '台账', row 2, column 'B': the cell holds the error #DIV/0! {CORRECT}",
        f"her.xlsx, sheet '台账', row 9, column 'AA': the cell holds the error #REF! {CORRECT}",
        f"her.xlsx, sheet '汇总', row 1, column 'A': the cell holds the error #N/A. {CORRECT}",
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "<c><f>SUM(B1:B9)</f></c>",  # openpyxl, POI
        "<c><f>SUM(B1:B9)</f><v></v></c>",
        "<c><f>SUM(B1:B9)</f><v/></c>",
        '<c t="str"><f>A1&amp;"x"</f></c>',
        '<c><f t="shared" si="0"/></c>',
    ],
)
def test_a_formula_that_was_never_computed_is_no_blank_cell(tmp_path: Path, cell: str) -> None:
    path = making.book(tmp_path / "her.xlsx", making.rows(making.row(making.text("合计"), cell)))
    assert refused(path) == [f"her.xlsx, sheet 'Sheet1', row 1, column 'B': the formula was never computed. {COMPUTE}"]


def test_a_zero_of_a_program_that_does_not_compute_is_no_zero(tmp_path: Path) -> None:
    sheet = making.rows(making.row("<c><f>SUM(B1:B9)</f><v>0</v></c>", "<c><f>1+1</f><v>2</v></c>", making.number(0)))
    asked = making.book(tmp_path / "asked.xlsx", sheet, book='<calcPr calcId="124519" fullCalcOnLoad="1"/>')
    assert refused(asked) == [
        f"asked.xlsx, sheet 'Sheet1', row 1, column 'A': the formula was never computed. {COMPUTE}"
    ]
    (grid,) = files.grids(making.book(tmp_path / "computed.xlsx", sheet, book='<calcPr calcId="191029"/>'))
    assert grid.rows == [["0", "2", "0"]]


def test_of_very_many_bad_cells_fifty_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    path = making.book(tmp_path / "her.xlsx", making.rows(*[making.row('<c t="e"><v>#REF!</v></c>')] * 1000))
    said = refused_without_remedy(path)
    assert len(said) == 51
    assert said[-1] == "her.xlsx: 950 more cells are like these."


def refused_without_remedy(path: Path) -> list[str]:
    with pytest.raises(DataError) as refusal:
        files.grids(path)
    return [str(fault) for fault in refusal.value.faults]


def old(path: Path, fill: Callable[[xlwt.Worksheet], None]) -> Path:
    book = xlwt.Workbook(encoding="utf-8")
    fill(book.add_sheet("台账"))
    book.save(str(path))
    return path


def test_an_error_cell_of_an_old_workbook_is_named(tmp_path: Path) -> None:
    path = old(tmp_path / "her.xls", lambda sheet: (sheet.write(0, 0, 1), sheet.row(3).set_cell_error(2, "#REF!")))
    assert refused(path) == [f"her.xls, sheet '台账', row 4, column 'C': the cell holds the error #REF! {CORRECT}"]


def test_a_formula_of_an_old_workbook_that_was_never_computed_is_named(tmp_path: Path) -> None:
    path = old(tmp_path / "her.xls", lambda sheet: (sheet.write(0, 0, 1), sheet.write(0, 1, xlwt.Formula("A1+1"))))
    assert refused(path) == [f"her.xls, sheet '台账', row 1, column 'B': the formula was never computed. {COMPUTE}"]


@pytest.mark.parametrize(
    ("result", "flags", "outcome"),
    [
        (struct.pack("<d", 7.5), 0, "7.5"),
        (struct.pack("<d", 0), 0, "0"),
        (struct.pack("<d", 0), 2, "the formula was never computed"),
        (b"\x02\x00\x07\x00\x00\x00\xff\xff", 0, "the cell holds the error #DIV/0!"),
        (b"\x02\x00\x2a\x00\x00\x00\xff\xff", 0, "the cell holds the error #N/A"),
        (b"\x01\x00\x01\x00\x00\x00\xff\xff", 0, "TRUE"),
    ],
)
def test_the_result_of_a_formula_in_an_old_workbook_is_read_or_refused(
    tmp_path: Path, result: bytes, flags: int, outcome: str
) -> None:
    path = old(tmp_path / "her.xls", lambda sheet: sheet.write(0, 0, xlwt.Formula("1+1")))
    content = bytearray(path.read_bytes())
    (at,) = (start for number, start, _ in making.records(bytes(content)) if number == biff.FORMULA)
    content[at + 6 : at + 14], content[at + 14] = result, flags
    path.write_bytes(content)
    if outcome[0].islower():
        assert outcome in refused(path)[0]
    else:
        assert files.grids(path)[0].rows == [[outcome]]


# ---- files that are not what their name says -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["her.xls", "her.xlsx", "her.csv"])
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "the file is a web page, no workbook."),
        ('\ufeff<html xmlns:x="urn:schemas-microsoft-com:office">'.encode(), "the file is a web page, no workbook."),
        ("<html><table>地区</table>".encode("utf-16"), "the file is a web page, no workbook."),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "the file is a web page, no workbook."),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "the file is XML, no workbook."),
    ],
)  # fmt: skip
def test_a_web_page_with_the_name_of_a_table_is_refused(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    assert refused(written(tmp_path / name, content)) == [f"{name}: {fault} {SAVE}"]


@pytest.mark.parametrize(
    "content", [b"", b"\0\1\2\3" * 100, b"\x09\x04\x06\0\0\0\x10\0", b"PK\5\6" + bytes(18), b"%PDF-1.4\n\0\xff"]
)
def test_a_file_that_is_nothing_known_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    assert refused(written(tmp_path / "her.xlsx", content)) == [f"her.xlsx: the file is no workbook. {SAVE}"]


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ({"word/document.xml": "<w/>"}, "the file is no workbook."),
        ({"content.xml": "<office/>", "mimetype": "application/vnd.oasis.opendocument"}, "the file is no workbook."),
        ({"xl/workbook.bin": "x"}, "the workbook is in the binary format (xlsb)."),
    ],
)  # fmt: skip
def test_another_kind_of_packed_file_is_refused(tmp_path: Path, parts: dict[str, str], fault: str) -> None:
    assert refused(making.packed(tmp_path / "her.xlsx", parts)) == [f"her.xlsx: {fault} {SAVE}"]


def compound(name: str) -> bytes:
    """An OLE file with one stream of a name."""
    head = biff.OLE + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0) + b"\xff" * 432
    fat = struct.pack("<III", 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFE) + b"\xff" * 500
    entries = b"".join(
        one.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<H", 2 * len(one) + 2)
        + bytes(50)
        + struct.pack("<III", 2, 0, 0)
        for one in ("Root Entry", name)
    )
    return head + fat + entries.ljust(512, b"\0") + bytes(512)


@pytest.mark.parametrize(
    ("stream", "fault"),
    [
        ("EncryptedPackage", "the workbook is protected by a password. Save it without the password."),
        ("WordDocument", f"the file is no workbook. {SAVE}"),
        ("Workbook", f"the workbook is damaged or not whole. {AGAIN}"),
    ],
)
@pytest.mark.parametrize("name", ["her.xlsx", "her.xls"])
def test_a_protected_workbook_and_another_document_are_told_apart(
    tmp_path: Path, stream: str, fault: str, name: str
) -> None:
    assert refused(written(tmp_path / name, compound(stream))) == [f"{name}: {fault}"]


def test_a_protected_old_workbook_is_refused(tmp_path: Path) -> None:
    path = old(tmp_path / "her.xls", lambda sheet: sheet.write(0, 0, 1))
    content = bytearray(path.read_bytes())
    number, start, _ = making.records(bytes(content))[1]
    content[start - 4 : start - 2] = struct.pack("<H", biff.LOCKED)
    assert number != biff.LOCKED
    path.write_bytes(content)
    assert refused(path) == ["her.xls: the workbook is protected by a password. Save it without the password."]


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["her.xlsx", "her.xls"])
def test_a_workbook_that_is_cut_short_is_refused(tmp_path: Path, name: str, kept: float) -> None:
    path = tmp_path / name
    if name == "her.xlsx":
        making.book(path, making.table(*([f"词{i}", i] for i in range(500))))
    else:
        old(path, lambda sheet: [sheet.write(i, 0, f"词{i}") for i in range(500)])
    content = path.read_bytes()
    assert refused(written(path, content[: int(len(content) * kept)])) == [
        f"{name}: the workbook is damaged or not whole. {AGAIN}"
    ]


def test_a_part_that_does_not_unpack_is_damage(tmp_path: Path) -> None:
    path = making.book(tmp_path / "her.xlsx", making.table(*([f"词{i}", i] for i in range(500))))
    content = bytearray(path.read_bytes())
    at = content.index(b"xl/worksheets/sheet1.xml") + 200
    content[at : at + 20] = bytes(20)
    (said,) = refused(written(path, bytes(content)))
    assert said.startswith("her.xlsx: the workbook is damaged or not whole.") or "cannot be read" in said


def test_cells_that_no_reader_understands_are_refused_with_its_reason(tmp_path: Path) -> None:
    path = making.book(tmp_path / "her.xlsx", making.rows(making.row('<c t="s"><v>9</v></c>')))
    (said,) = refused(path)
    assert said.startswith("her.xlsx: the workbook cannot be read (Cell string index not found")


# ---- files made to harm --------------------------------------------------------------------------------------------


def test_a_small_file_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    made = making.parts(making.table(["a"])) | {"xl/media/image1.png": "0" * 300_000_000}
    assert refused(making.packed(tmp_path / "her.xlsx", made)) == [
        f"her.xlsx: the workbook unpacks to 286 MB, {300_000_000 // (tmp_path / 'her.xlsx').stat().st_size} times "
        "its size. Save its sheets as CSV or Parquet; zzlib.ledger.counts counts files of any size."
    ]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_a_part_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path, part: str) -> None:
    made = making.parts(making.table(["a"]), shared="<si><t>x</t></si>")
    made[part] = made[part].replace(">", ">" + " " * 50_000_000, 1)
    path = making.packed(tmp_path / "her.xlsx", made)
    content = path.read_bytes()
    size = struct.pack("<I", len(made[part].encode()))
    assert content.count(size) == 2
    assert refused(written(path, content.replace(size, struct.pack("<I", 1000)))) == [
        f"her.xlsx: the workbook is damaged or not whole. {AGAIN}"
    ]


@pytest.mark.parametrize(
    ("cell", "reach"),
    [
        ("XFD1048576", "reaches down to cell XFD1048576 and right to cell XFD1048576"),
        ("A1048576", "reaches down to cell A1048576 and right to cell B1"),
        ("XFD40", "reaches down to cell XFD40 and right to cell XFD40"),
    ],
)
def test_one_far_cell_does_not_fill_the_memory(tmp_path: Path, cell: str, reach: str) -> None:
    line = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    sheet = making.rows(making.row(making.text("a"), making.text("b")), making.row(making.number(1, cell), line=line))
    path = making.book(tmp_path / "her.xlsx", sheet, names=["台账"])
    assert path.stat().st_size < 5000
    assert refused(path) == [
        f"her.xlsx, sheet '台账': the sheet {reach}; of its cells only 3 are filled. "
        "Clear what stands far from the table, or save a sheet as large as this as CSV."
    ]


def test_one_far_cell_of_an_old_workbook_is_named(tmp_path: Path) -> None:
    path = old(tmp_path / "her.xls", lambda sheet: (sheet.write(0, 0, 1), sheet.write(65535, 255, 2)))
    (said,) = refused(path)
    assert "reaches down to cell IV65536 and right to cell IV65536; of its cells only 2 are filled" in said


def test_far_cells_without_content_are_nothing(tmp_path: Path) -> None:
    sheet = making.rows(making.row(making.text("a")), making.row('<c r="XFD1048576" s="1"/>', line=1048576))
    assert files.grids(making.book(tmp_path / "her.xlsx", sheet))[0].rows == [["a"]]


ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]>'


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
def test_entities_are_not_unfolded(tmp_path: Path, part: str) -> None:
    made = making.parts(making.table(["a"]), shared="<si><t>&e11;</t></si>")
    made[part] = LAUGHS + made[part]
    assert refused(making.packed(tmp_path / "her.xlsx", made)) == [
        f"her.xlsx: the workbook is written as no spreadsheet program writes. {SAVE}"
    ]


def test_text_that_the_reader_passes_over_is_refused(tmp_path: Path) -> None:
    sheet = making.rows(making.row('<c t="str"><v><![CDATA[3]]></v></c>', making.text("x")))
    (said,) = refused(making.book(tmp_path / "her.xlsx", sheet))
    assert "is written as no spreadsheet program writes" in said


def test_two_parts_by_one_name_are_refused(tmp_path: Path) -> None:
    path = making.book(tmp_path / "her.xlsx", making.table(["a"]))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("XL/worksheets\\sheet1.xml", making.table(["b"]))
    (said,) = refused(path)
    assert "is written as no spreadsheet program writes" in said


@pytest.mark.parametrize("name", ["../../../evil.xml", "/etc/passwd", "xl/../../x\n\x1b[31m", "C:\\windows\\x"])
def test_the_names_of_parts_lead_nowhere(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    made = making.parts(making.table(["a"])) | {name: "evil"}
    assert files.grids(making.packed(inside / "her.xlsx", made))[0].rows == [["a"]]
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "her.xlsx"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../台账", ".._.._台账"),
        ("a\n[31mb", "a_31mb"),
        ("台账\u202exslx", "台账_xslx"),
        ("长" * 500, "长" * 100),
    ],
)
def test_the_name_of_a_sheet_shows_what_it_is(tmp_path: Path, name: str, shown: str) -> None:
    made = making.parts(making.table(["a"]), names=["?"])
    made["xl/workbook.xml"] = made["xl/workbook.xml"].replace('"?"', '"' + name.replace("\n", "&#10;") + '"')
    (grid,) = files.grids(making.packed(tmp_path / "her.xlsx", made))
    assert grid.sheet == shown


@pytest.mark.skipif(sys.platform == "win32", reason="the system cannot limit a process's memory")
def test_words_that_stand_in_very_many_cells_do_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "MEMORY", 2**29)
    sheet = making.rows(making.row(*['<c t="s"><v>0</v></c>'] * 1000) * 300)
    path = making.book(tmp_path / "her.xlsx", sheet, shared=f"<si><t>{'长' * 32_000}</t></si>")
    (said,) = refused(path)
    assert said.startswith("her.xlsx: the workbook")


def test_a_reader_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "TIME", 0.3)
    monkeypatch.setattr(spreadsheets, "CHILD", "import time; time.sleep(60)")
    start = time.perf_counter()
    (said,) = refused(making.book(tmp_path / "her.xlsx", making.table(["a"])))
    assert said.startswith("her.xlsx: reading the workbook takes more than 0.3 seconds.")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("end", ["import os; os.abort()", "raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)"])
def test_a_reader_that_breaks_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(spreadsheets, "CHILD", end)
    (said,) = refused(making.book(tmp_path / "her.xlsx", making.table(["a"])))
    assert said.startswith("her.xlsx: the workbook ends the program that reads it: it is damaged or too large.")


def test_the_reader_starts_without_the_heavy_libraries() -> None:
    look = "import sys, zzlib.confined; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.check_output([sys.executable, "-c", look], text=True).split()
    assert not {"pandas", "numpy", "babel", "pyarrow", "openpyxl"} & {*loaded}


def test_any_bytes_are_read_or_refused(tmp_path: Path) -> None:
    sound = making.book(tmp_path / "sound.xlsx", making.table(["地区", "人数"], ["中原区", 3])).read_bytes()
    older = old(tmp_path / "sound.xls", lambda sheet: [sheet.write(i, 0, f"词{i}") for i in range(20)]).read_bytes()
    for content in (sound, older):
        for step in range(0, len(content), len(content) // 12):
            harmed = bytearray(content)
            harmed[step : step + 3] = b"\xff\x00\xfe"
            answer = io.BytesIO()
            try:
                files.grids(written(tmp_path / "harmed.xlsx", bytes(harmed)))
            except DataError as refusal:
                answer.write(str(refusal).encode())
            assert b"Traceback" not in answer.getvalue()


def test_the_limits_are_those_that_the_pages_name() -> None:
    assert (confined.UNPACKED, confined.RATIO, spreadsheets.TIME, spreadsheets.MEMORY) == (2**30, 200, 120, 2**32)
