"""What a page holds and leaves out, without a browser."""

import re
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4

from zzlib import pages
from zzlib.errors import ParameterError

LINE = {"data": [{"type": "scatter", "x": [2015, 2020], "y": [150.0, float("nan")]}], "layout": {"title": "<走势>"}}


def shown(*data: dict, tags: tuple[str, ...] = (), source: str = "show(secret)") -> nbformat.NotebookNode:
    outputs = [v4.new_output("display_data", bundle) for bundle in data]
    return v4.new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs)


def written(*cells: nbformat.NotebookNode, language: str = "zh", **options: str) -> str:
    return pages.page(v4.new_notebook(cells=list(cells)), title="评估", language=language, **options)


def markdown(text: str, *tags: str) -> nbformat.NotebookNode:
    return v4.new_markdown_cell(text, metadata={"tags": list(tags)})


def figure(finding: str = "人数在下降。") -> nbformat.NotebookNode:
    return shown({pages.PLOTLY: LINE, "text/plain": finding})


@pytest.mark.parametrize(("language", "heard", "unheard"), [("zh", "中文", "English"), ("en", "English", "中文")])
def test_a_page_speaks_one_language(language, heard, unheard) -> None:
    text = written(markdown("中文", "zh"), markdown("English", "en"), markdown("1:1"), language=language)
    assert heard in text
    assert unheard not in text
    assert "1:1" in text


def test_an_unknown_language_or_way_to_show_code_is_refused() -> None:
    with pytest.raises(ParameterError, match="'fr' is none of zh, en"):
        written(language="fr")
    with pytest.raises(ParameterError, match="'open' is none of folded, none"):
        written(code="open")


def test_what_people_type_is_escaped() -> None:
    text = pages.page(v4.new_notebook(), title="<b>标题</b>", language="zh", mark="<i>演示</i>")
    assert "<b>" not in text
    assert "<i>" not in text
    assert "&lt;b&gt;标题&lt;/b&gt;" in text
    assert text.count("&lt;i&gt;演示&lt;/i&gt;") == 2
    assert "&#34;&gt;&lt;s&gt;" in written(figure('"><s>'))


def test_our_tables_pass_and_plain_text_is_escaped() -> None:
    text = written(shown({"text/html": "<table><tr><td>128</td></tr></table>", "text/plain": "fallback"}))
    assert "<td>128</td>" in text
    assert "fallback" not in text
    assert "&lt;Plan&gt;" in written(shown({"text/plain": "<Plan>"}))
    assert "<strong>128</strong>" in written(shown({"text/markdown": "**128**"}))


def test_what_cannot_be_shown_is_named() -> None:
    assert "application/x-thing" in written(shown({"application/x-thing": "?"}))


def test_a_page_points_to_nothing_outside_itself() -> None:
    text = written(markdown("# 标题"), figure(), shown({"text/html": "<table></table>"}), mark="演示")
    own = re.sub(r'<script type="text/plain".*?</script>', "", text, flags=re.DOTALL)
    assert not re.search(r"(src|href|action)\s*=|url\(|@import|https?:|//[a-z]", own.replace("// ", ""))
    assert "default-src 'none'" in own


def test_the_same_notebook_gives_the_same_bytes() -> None:
    cells = [markdown("# 标题"), figure(), figure()]
    assert written(*cells) == written(*cells)
    assert v4.new_markdown_cell().id not in written(*cells)


@pytest.mark.parametrize("tag", ["parameters", "injected-parameters"])
def test_parameters_are_folded_for_a_researcher_and_absent_for_a_leader(tag) -> None:
    cell = shown(source='folder = "\\u8f93\\u51fa"', tags=(tag,))
    assert "<details" in written(cell)
    assert ("输出" in written(cell)) == (tag == "injected-parameters")
    assert "folder" not in written(cell, code="none")


def test_a_leaders_page_holds_results_without_code() -> None:
    cells = [shown({"text/html": "<p>结论</p>"}), shown({"text/plain": "gone"}, tags=("remove-cell",))]
    assert "secret" in written(*cells)
    leaders = written(*cells, code="none")
    assert "结论" in leaders
    assert "secret" not in leaders
    assert "<details" not in leaders
    assert "gone" not in leaders


def test_removed_input_keeps_its_result() -> None:
    text = written(shown({"text/html": "<p>结论</p>"}, tags=("remove-input",)))
    assert "结论" in text
    assert "secret" not in text


@pytest.mark.parametrize("code", ["folded", "none"])
def test_an_error_is_marked_and_the_page_still_whole(code) -> None:
    trace = ["\x1b[31mDataError\x1b[0m", "line 7"]
    broken = v4.new_code_cell(
        "load()", outputs=[v4.new_output("error", ename="DataError", evalue="<3人>", traceback=trace)]
    )
    note = markdown("An Exception was encountered", "papermill-error-cell-tag")
    text = written(note, markdown("前"), broken, markdown("后"), language="en", code=code)
    assert text.index("A step of this page failed") < text.index("前") < text.index("DataError") < text.index("后")
    assert "This step failed: DataError: &lt;3人&gt;" in text
    assert ("line 7" in text) == (code == "folded")
    assert "\x1b" not in text
    assert "An Exception was encountered" not in text
    assert text.rstrip().endswith("</html>")


def test_streams_are_text_without_terminal_colours() -> None:
    cell = v4.new_code_cell("", outputs=[v4.new_output("stream", text="\x1b[1m<读入>\x1b[0m")])
    assert '<pre class="output">&lt;读入&gt;</pre>' in written(cell)


def test_a_page_without_figures_carries_no_script() -> None:
    text = written(markdown("文字"))
    assert "<script" not in text
    assert "script-src 'none'" in text
    assert len(text) < 30_000


def test_the_script_is_there_once_however_many_figures() -> None:
    one, three = written(figure()), written(figure(), figure(), figure())
    assert three.count('id="plotly-packed"') == 1
    assert len(three) - len(one) < 2_000
    assert len(three) < 2_200_000


def test_a_figure_is_said_in_words() -> None:
    text = written(figure("人数在下降。"), shown({pages.PLOTLY: LINE}), language="en")
    assert 'aria-label="人数在下降。"' in text
    assert "<figcaption>人数在下降。</figcaption>" in text
    assert 'aria-label="Figure 2"' in text


def test_big_parts_of_figures_are_held_once_and_gaps_are_null() -> None:
    outline = {"x": list(range(200)), "y": [float("nan")]}
    text = pages._each_part_once([{"data": [outline]}, {"data": [outline, {"y": [1]}]}])
    assert text.count("197,198,199") == 1
    assert "NaN" not in text
    assert "[null]" in text


def test_a_page_does_not_start_with_a_second_title() -> None:
    assert written(markdown("# 中期评估")).count("<h1") == 1
    assert "<h1>评估</h1>" in written(markdown("文字"))


def test_a_leaders_page_is_headed_by_plan_and_period_not_by_the_notebook() -> None:
    text = written(markdown("# 评估简报\n\n五分钟读完。"), code="none")
    assert "<h1>评估</h1>" in text
    assert text.count("<h1") == 1
    assert "五分钟读完。" in text


def test_the_index_says_what_is_there_and_what_is_not() -> None:
    entries = [
        pages.Entry("表", "tables/a b.csv", "每项一行", "table"),
        pages.Entry("<简报>", 'briefing".html', "", "briefing"),
    ]
    text = pages.index(
        title="运行",
        language="en",
        facts=[("Plan", "a < b")],
        entries=entries,
        omitted=[("地图", "缺 <区县>")],
        mark="演示",
    )
    assert re.findall("<h2>(.*?)<", text) == ["Briefing", "Tables", "Left out of this run", "About this run"]
    assert 'href="tables/a%20b.csv"' in text
    assert 'href="briefing%22.html"' in text
    for escaped in ("&lt;简报&gt;", "a &lt; b", "缺 &lt;区县&gt;"):
        assert escaped in text
    nothing = pages.index(title="运行", language="en", facts=[], entries=[], omitted=[])
    assert "Nothing was left out." in nothing


@pytest.mark.parametrize(
    "href", ["https://example.org/a", "//example.org", "/etc/a", "javascript:alert(1)", "C:\\a", ""]
)
def test_the_index_links_only_within_the_run(href) -> None:
    with pytest.raises(ParameterError, match="is not a relative path"):
        pages.Entry("x", href, "", "file")


def test_importing_pages_does_not_import_what_is_slow() -> None:
    slow = "import sys, zzlib.pages; print({'plotly', 'nbconvert', 'nbformat'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", slow], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_colour_has_contrast(scheme) -> None:
    style = (pages.TEMPLATES / "style.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", style.split(":root {")[1 + scheme]))
    pairs = [(text, wash) for text in ("ink", "soft", "accent", "code") for wash in ("paper", "wash")]
    pairs += [(name, f"{name}-wash") for name in colours if f"{name}-wash" in colours]
    pairs += [("mark", "mark-stripe"), ("paper", "verdict-open"), ("paper", "verdict-missed")]
    low = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert len(pairs) == 18
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


def test_an_entry_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ParameterError, match="kind: 'picture' is none of briefing, notebook, table, file"):
        pages.Entry("x", "x.png", "", "picture")
