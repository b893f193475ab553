"""Pages as a reader meets them: drawn, whole, quiet, and as wide as the screen."""

import math
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from zzlib import pages

YEARS = list(range(2008, 2021))
MARK = "演示数据（合成）"
TEMPLATE = {
    "layout": {
        "font": {
            "family": "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif",
            "size": 13,
            "color": "#18222e",
        },
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "colorway": ["#1b4b7e", "#c2641a", "#4b5866", "#2a7a78"],
        "xaxis": {"gridcolor": "#e6eaef", "linecolor": "#9aa6b2", "zeroline": False},
        "yaxis": {"gridcolor": "#e6eaef", "zeroline": False},
        "margin": {"l": 52, "r": 20, "t": 20, "b": 44},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    }
}
TARGETS = [
    ("生产安全事故死亡人数（人）", "150", "135", "128", "142.5", "0.93", "on_track", "有望完成"),
    ("亿元国内生产总值生产安全事故死亡率", "0.0205", "0.0144", "0.0143", "0.0175", "1.00", "met", "已达到"),
    ("工矿商贸就业人员十万人生产安全事故死亡率", "1.62", "1.31", "1.47", "1.47", "0.48", "open", "尚无把握"),
    ("道路交通事故万车死亡率", "1.52", "1.47", "1.49", "1.50", "0.71", "met warn", "已达到，但在上升"),
    ("煤矿百万吨死亡率", "0.052", "0.044", "—", "0.048", "—", "not_assessable", "无法评估"),
]
HEADS = ("指标", "基准（2015）", "目标（2020）", "现状（2018）", "序时进度", "完成概率", "结论")


def targets_table() -> str:
    rows = []
    for name, *numbers, classes, verdict in TARGETS:
        cells = "".join(
            f'<td class="numbers" data-label="{head}">{number}</td>'
            for head, number in zip(HEADS[1:6], numbers, strict=True)
        )
        badge = f'<td data-label="结论"><span class="verdict {classes}">{verdict}</span></td>'
        rows.append(f'<tr><th scope="row" data-label="指标">{name}</th>{cells}{badge}</tr>')
    heads = "".join(f'<th scope="col"{" class=numbers" * (0 < i < 6)}>{head}</th>' for i, head in enumerate(HEADS))
    return f'<table class="targets"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def trajectory() -> dict:
    seen = [236, 221, 207, 198, 183, 171, 162, 150, 144, 137, 128]
    middle, lower, upper = [128, 122, 116], [128, 106, 94], [128, 139, 141]
    ahead = YEARS[-3:]
    return {
        "data": [
            {
                "type": "scatter",
                "x": ahead + ahead[::-1],
                "y": upper + lower[::-1],
                "fill": "toself",
                "fillcolor": "rgba(27,75,126,.18)",
                "line": {"width": 0},
                "hoverinfo": "skip",
                "name": "90% 区间",
            },
            {"type": "scatter", "mode": "lines+markers", "x": YEARS[:11], "y": seen, "name": "实际死亡人数"},
            {"type": "scatter", "mode": "lines", "x": ahead, "y": middle, "name": "预测", "line": {"dash": "dot"}},
            {"type": "scatter", "mode": "lines", "x": [2015, 2020], "y": [150, 135], "name": "规划路径"},
        ],
        "layout": {
            "template": TEMPLATE,
            "height": 380,
            "yaxis": {"title": {"text": "人"}, "rangemode": "tozero"},
            "xaxis": {"dtick": 2},
        },
    }


def bars() -> dict:
    names = ["中原区", "二七区", "管城回族区", "金水区", "上街区", "惠济区", "巩义市", "新密市", "登封市"]
    data = {"type": "bar", "orientation": "h", "y": names, "x": [31, 28, 26, 35, 9, 14, 38, 41, 33], "name": "死亡人数"}
    layout = {"template": TEMPLATE, "height": 360, "margin": {"l": 92}, "yaxis": {"autorange": "reversed"}}
    return {"data": [data], "layout": layout}


def district_map() -> dict:
    def outline(column: int, row: int) -> tuple[list[float], list[float]]:
        turns = [2 * math.pi * i / 40 for i in range(41)]
        radius = [9_000 + 900 * math.sin(5 * turn + column) for turn in turns]
        return (
            [round(700_000 + 18_000 * column + r * math.cos(t), 1) for r, t in zip(radius, turns, strict=True)],
            [round(3_840_000 + 18_000 * row + r * math.sin(t), 1) for r, t in zip(radius, turns, strict=True)],
        )

    shades = ["#e8eef5", "#b9cee3", "#7fa6cc", "#3f76ad", "#1b4b7e"]
    traces = []
    for i in range(10):
        x, y = outline(i % 5, i // 5)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": x,
                "y": y,
                "fill": "toself",
                "fillcolor": shades[i % 5],
                "line": {"color": "#fff", "width": 1},
                "text": f"第 {i + 1} 区",
                "hoveron": "fills",
                "showlegend": False,
            }
        )
    hidden = {"visible": False}
    layout = {
        "template": TEMPLATE,
        "height": 340,
        "xaxis": hidden,
        "yaxis": {**hidden, "scaleanchor": "x"},
        "margin": dict.fromkeys("lrtb", 8),
    }
    return {"data": traces, "layout": layout}


def show(data: dict, *, tags: tuple[str, ...] = (), source: str = "show(evaluation)") -> nbformat.NotebookNode:
    return v4.new_code_cell(source, metadata={"tags": list(tags)}, outputs=[v4.new_output("display_data", data)])


def figure(bundle: dict, finding: str) -> nbformat.NotebookNode:
    return show({pages.PLOTLY: bundle, "text/plain": finding})


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    zh, en = {"metadata": {"tags": ["zh"]}}, {"metadata": {"tags": ["en"]}}
    injected = 'plan = "zhengzhou-2016-2020"\nthrough = "2018"\nlanguage = "zh"\nfolder = "\\u8f93\\u51fa"\n'
    headline = "五项目标中，两项已达到，一项有望完成，一项尚无把握，一项无法评估。"
    warnings = (
        "道路交通事故万车死亡率已低于目标，但 2016 年以来连续上升。",
        "2015 年基准与 2018 年现状的统计口径不同，按 0.62±0.05 的换算系数衔接。",
    )
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell(
                "# 郑州市“十三五”安全生产规划中期评估\n\n规划进展如何、有多大把握、问题在哪里。截至 2018 年末。", **zh
            ),
            v4.new_markdown_cell("# Mid-term evaluation of Zhengzhou's work-safety plan", **en),
            v4.new_code_cell(injected, metadata={"tags": ["injected-parameters"]}),
            show({"text/html": f'<p class="headline">{headline}</p>'}),
            show({"text/html": "".join(f'<p class="warning">{text}</p>' for text in warnings)}),
            v4.new_markdown_cell("## 目标完成情况", **zh),
            v4.new_markdown_cell("## Targets", **en),
            show({"text/html": targets_table()}),
            v4.new_markdown_cell(
                "“序时进度”是从基准到目标的直线今年应到的数值；“完成概率”指 2020 年达到目标的概率。", **zh
            ),
            v4.new_markdown_cell("## 死亡人数走势", **zh),
            show({"text/html": '<p class="sentence">2018 年死亡 128 人，比 2015 年减少 14.7%，快于序时进度。</p>'}),
            figure(
                trajectory(),
                "死亡人数从 2008 年的 236 人降到 2018 年的 128 人；预计 2020 年 94 至 141 人。",
            ),
            v4.new_markdown_cell("## 各区县（市）", **zh),
            figure(bars(), "新密市、巩义市和金水区三年合计死亡人数最多，分别为 41、38 和 35 人。"),
            figure(district_map(), "示意图：颜色越深，十万从业人员死亡率越高；西南部高于东部。"),
            v4.new_markdown_cell(
                "## 方法与局限\n\n- 预测用计数模型，给出分布而不是一个数。\n- 概率以 2018 年末已知的数据为条件。",
                **zh,
            ),
            show({"text/html": '<p class="note">来源：市安全生产监督管理局；统计公报 2015–2018。</p>'}),
        ]
    )


@pytest.fixture(scope="module")
def written(notebook: nbformat.NotebookNode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "中期评估.html"
    path.write_text(pages.page(notebook, title="中期评估", language="zh", mark=MARK), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, False)])
def test_a_page_draws_everything_and_asks_for_nothing(page_at, written, width, dark) -> None:
    reader = page_at(width, dark=dark)
    page = reader.open(written)
    assert page.locator("html").get_attribute("data-figures") == "3/3"
    kinds = "[...document.querySelectorAll('.figure')].map(f => f._fullData.map((t, i) => [t.type, f.data[i].type]))"
    drawn = page.evaluate(kinds)
    assert all(shown == asked for traces in drawn for shown, asked in traces)
    assert {shown for traces in drawn for shown, _ in traces} == {"scatter", "bar"}
    assert page.locator(".bars path").count() == 9
    assert reader.sideways() == 0
    assert reader.requests == []
    assert reader.messages == []


@pytest.mark.parametrize("width", [390, 1280])
def test_figures_and_shapes_stay_inside_their_frame(page_at, written, width) -> None:
    page = page_at(width).open(written)
    boxes = page.evaluate("""[...document.querySelectorAll('.figure')].map(figure => {
        const frame = figure.getBoundingClientRect();
        const drawn = [...figure.querySelectorAll('.cartesianlayer :is(.js-fill, .point path)')];
        const shapes = drawn.map(shape => shape.getBoundingClientRect());
        return [shapes.length, shapes.every(s => s.width > 2 && s.left >= frame.left && s.right <= frame.right + 1)];
    })""")
    assert boxes == [[1, True], [9, True], [10, True]]


def test_targets_become_cards_on_a_phone(page_at, written) -> None:
    row = "document.querySelector('.targets tbody tr').getBoundingClientRect()"
    phone, desk = page_at(390).open(written), page_at(1280).open(written)
    assert phone.evaluate(f"{row}.height") > 2 * desk.evaluate(f"{row}.height")
    label = "getComputedStyle(document.querySelector('.targets td'), '::before').content"
    assert phone.evaluate(label) == '"基准（2015）"'


def test_the_mark_stays_in_sight_while_scrolling(page_at, written) -> None:
    page = page_at(390).open(written)
    page.evaluate("window.scrollTo(0, 3000)")
    assert page.locator(".mark").bounding_box()["y"] == 0


def test_one_broken_figure_leaves_the_others_standing(page_at, tmp_path) -> None:
    cells = [figure({"data": [{"type": "no_such_trace", "x": [1]}]}, "坏图"), figure(bars(), "好图")]
    path = tmp_path / "broken.html"
    path.write_text(pages.page(v4.new_notebook(cells=cells), title="t", language="en"), encoding="utf-8")
    page = page_at(1280).open(path)
    assert page.locator("html").get_attribute("data-figures") == "1/2"
    assert page.locator(".warning").inner_text() == "This figure could not be drawn; what it shows is said below."
    assert page.locator("figcaption").all_inner_texts() == ["坏图", "好图"]
    assert page.locator(".bars path").count() == 9


def test_figures_take_the_width_of_the_sheet_when_printed(page_at, written) -> None:
    page = page_at(1280).open(written)
    widths = "[...document.querySelectorAll('.figure .main-svg:first-child')].map(s => s.getBoundingClientRect().width)"
    on_screen = page.evaluate(widths)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert set(page.evaluate(widths)) == {640}
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(widths) == on_screen


def test_the_index_is_quiet_and_fits_a_phone(page_at, tmp_path) -> None:
    path = tmp_path / "index.html"
    entries = [
        pages.Entry("领导简报", "briefing.html", "一页看懂：结论、把握、下一步。", "briefing"),
        pages.Entry("中期评估", "notebooks/midterm_evaluation.html", "五项目标逐项评估，含方法与局限。", "notebook"),
        pages.Entry("趋势预测", "notebooks/trend_forecast.html", "到 2020 年的预测分布。", "notebook"),
        pages.Entry("评估结果", "tables/评估 结果.csv", "每项目标一行，附来源和版本。", "table"),
        pages.Entry("运行记录", "run.json", "参数、输入文件指纹、软件版本。", "file"),
    ]
    facts = [
        ("规划", "郑州市“十三五”安全生产规划（2016—2020 年）"),
        ("评估至", "2018 年"),
        ("知识截止日", "未限定"),
        ("运行编号", "20190115T080000Z-4f2a9c"),
        ("日期", "2019-01-15"),
        ("结果", "完成"),
    ]
    omitted = [("各区县地图", "缺少各区县从业人员数。"), ("重点工程成效", "没有实施前的月度台账。")]
    text = pages.index(
        title="中期评估·全部材料", language="zh", facts=facts, entries=entries, omitted=omitted, mark=MARK
    )
    path.write_text(text, encoding="utf-8")
    reader = page_at(390)
    page = reader.open(path)
    assert page.get_by_role("link").count() == 5
    assert (reader.sideways(), reader.requests, reader.messages) == (0, [], [])


def test_figures_keep_their_height_when_the_window_changes_size(page_at, written) -> None:
    page = page_at(1280).open(written)
    heights = "[...document.querySelectorAll('.figure')].map((figure) => figure.offsetHeight)"
    before = page.evaluate(heights)
    page.set_viewport_size({"width": 900, "height": 700})
    page.wait_for_timeout(500)
    assert page.evaluate(heights) == before
    assert min(before) > 200


def test_a_figure_taller_than_a_sheet_fits_one_when_printed_and_is_itself_again_afterwards(page_at, tmp_path) -> None:
    bundle = bars() | {"layout": bars()["layout"] | {"height": 1200}}
    path = tmp_path / "tall.html"
    path.write_text(
        pages.page(v4.new_notebook(cells=[figure(bundle, "高图")]), title="t", language="zh"), encoding="utf-8"
    )
    page = page_at(1280).open(path)
    height = "document.querySelector('.figure .main-svg').getBoundingClientRect().height"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(height) == 790
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(height) == 1200
