"""The draft report has the form of an official document, says what the evaluation says, and takes an office's form."""

import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from asked import evaluation
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from zzlib import document, report, stationery
from zzlib.errors import ParameterError
from zzlib.language import LANGUAGES, Message, Name
from zzlib.products import ATTACHED
from zzlib.run import run

AUSTRIA = Path(__file__).parent / "fixtures" / "austria-2000-2005.yaml"
HOSTILE = 'A<b>&"\x00\x0b\ufffe]]></w:t>{{ 7 * 7 }}{% for %} line\nend \ud800'


def written(path: Path, language: str = "zh", **changed: Any) -> Any:
    content = report.content(evaluation(str(AUSTRIA)), day="2026-01-31", attachments=ATTACHED)
    document.write(path / "a.docx", content | changed, language=language)
    return docx.Document(str(path / "a.docx"))


def parts(path: Path) -> dict[str, bytes]:
    """Return the parts of a document but its properties, which hold the day it was made."""
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist() if name != "docProps/core.xml"}


def own(path: Path, *paragraphs: str) -> Path:
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    made.save(str(path))
    return path


def test_the_template_is_what_its_maker_makes(tmp_path: Path) -> None:
    stationery.template().save(tmp_path / "made.docx")
    assert parts(tmp_path / "made.docx") == parts(document.TEMPLATE), (
        "python -m zzlib.stationery " + document.TEMPLATE.name
    )


def test_page_and_lines_are_those_of_the_standard(tmp_path: Path) -> None:
    made = written(tmp_path)
    (section,) = made.sections
    assert [round(length.mm) for length in (section.page_width, section.page_height)] == [210, 297]
    assert [round(length.mm) for length in (section.top_margin, section.left_margin)] == [37, 28]
    text = (section.page_width - section.left_margin - section.right_margin,
            section.page_height - section.top_margin - section.bottom_margin)  # fmt: skip
    assert [round(length / Mm(1)) for length in text] == [156, 225]
    forms = {
        "Title": ("方正小标宋简体", 22), "Body Text": ("仿宋", 16), "Heading 1": ("黑体", 16),
        "Heading 2": ("楷体", 16), "Footer": ("宋体", 14),
    }  # fmt: skip
    for name, form in forms.items():
        style = made.styles[name]
        fonts = style.element.rPr.rFonts
        assert (fonts.get(qn("w:eastAsia")), style.font.size.pt) == form
    assert made.styles["Body Text"].paragraph_format.line_spacing == Pt(28)
    for footer in (section.footer, section.even_page_footer):
        assert re.fullmatch("— .* —", footer.paragraphs[0].text)
        assert footer._element.xpath(".//w:fldSimple/@w:instr") == ["PAGE"]


def test_its_parts_stand_in_the_order_of_an_official_document(tmp_path: Path) -> None:
    said = [(paragraph.style.name, paragraph.text) for paragraph in written(tmp_path).paragraphs]
    texts = [text for _, text in said if text]
    title = evaluation(str(AUSTRIA)).plan.title.zh
    assert texts[:3] == [f"关于{title}实施情况中期评估的报告", "（代拟稿）", "（主送机关）："]
    headings = [text for style, text in said if style == "Heading 1"]
    assert [text.split("、")[0] for text in headings] == list("一二三四五六七")[: len(headings)]
    assert all(text.startswith("（一）") for style, text in said if style == "Heading 2")
    assert texts[-4:] == [
        "附件：1. 评估结果数据表（evaluation.xlsx）", "2. 评估简报（briefing.html）", "（发文机关署名）", "（成文日期）"
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_one_language_and_leaves_no_name_of_the_template(tmp_path: Path, language: str) -> None:
    made = written(tmp_path, language)
    text = "\n".join(paragraph.text for paragraph in made.paragraphs)
    assert "{" not in text
    if language == "en":
        assert re.findall("[一-鿿]", text) == []
    assert len(made.tables[0].rows) == 2


def test_only_a_report_on_synthetic_data_bears_the_mark(tmp_path: Path) -> None:
    assert "演示数据" not in "".join(p.text for p in written(tmp_path).paragraphs)
    assert "演示数据" in "".join(
        p.text for p in written(tmp_path, mark=Message("synthetic", context="mark")).paragraphs
    )


def test_no_text_becomes_markup_or_breaks_the_document(tmp_path: Path) -> None:
    made = written(tmp_path, title=Name(zh=HOSTILE, en=HOSTILE), opening=Message("No value for {year}.", year=HOSTILE))
    shown = 'A<b>&"���]]></w:t>{{ 7 * 7 }}{% for %} line end �'
    assert made.paragraphs[0].text == shown
    assert shown in "".join(p.text for p in made.paragraphs[1:])
    assert made.core_properties.title == shown


def test_an_offices_own_template_beside_the_plan_is_taken(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    assert document.template(plan) == document.TEMPLATE
    path = own(tmp_path / "plan.docx", "局发〔2019〕 号", "{{ title }}", "{{ rows[0].probability }}")
    assert document.template(plan) == path
    document.check(path)
    content = report.content(evaluation(str(AUSTRIA)), day="2026-01-31", attachments=ATTACHED)
    document.write(tmp_path / "a.docx", content, language="zh", using=path)
    first, title, probability = (p.text for p in docx.Document(str(tmp_path / "a.docx")).paragraphs)
    assert first == "局发〔2019〕 号"
    assert title.startswith("关于")
    assert probability.endswith("%")


@pytest.mark.parametrize(
    ("paragraphs", "said"),
    [
        (("{{ titel }}",), "names what there is not: titel"),
        (("{{ title ",), "written wrong"),
        (("{%p for row in rows %}", "{{ row.name }}"), "written wrong"),
        ((), "no Word document"),
    ],
)
def test_a_template_that_cannot_serve_is_refused_before_anything_is_read(
    tmp_path: Path, paragraphs: tuple[str, ...], said: str
) -> None:
    law = tmp_path / "plan.yaml"
    law.write_text(AUSTRIA.read_text(encoding="utf-8"), encoding="utf-8")
    path = tmp_path / "plan.docx"
    path.write_bytes(b"PK") if not paragraphs else own(path, *paragraphs)
    with pytest.raises(ParameterError, match=f"plan.docx: the template .*{said}") as refusal:
        run("midterm", plan=law, outputs=tmp_path / "outputs")
    assert refusal.value.exit_code == 2
    assert not (tmp_path / "outputs").exists()


def test_a_part_asked_for_what_it_does_not_have_is_refused(tmp_path: Path) -> None:
    path = own(tmp_path / "plan.docx", "{{ rows[0].probabilty }}")
    with pytest.raises(ParameterError, match="probabilty"):
        document.write(tmp_path / "a.docx", {"rows": [{"probability": "61%"}], "title": "t"}, language="zh", using=path)
    assert not (tmp_path / "a.docx").exists()


def test_where_docxtpl_is_missing_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert document.lacks() is None
    monkeypatch.setattr(document, "find_spec", lambda name: None)
    assert "pip install docxtpl" in str(document.lacks())
