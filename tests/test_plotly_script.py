"""The script that draws the figures: cut down to what a page draws, and whole where that cannot be done."""

import re
import shutil
import subprocess

import nbformat
import plotly.graph_objects as go
import pytest
from nbformat import v4

from zzlib import pages, plotly_script

WHOLE = plotly_script.whole()
# A bundle of the same make: a list of kinds of traces, what one of them shares, and a library that another one names.
SMALL = """var W=(e,t)=>()=>{try{return t||e((t={exports:{}}).exports,t),t.exports}catch(r){throw r}};
var shared=W((e,t)=>{t.exports=[')',/[({]/,`${{a:"}"}}(`]});
var bar=W((e,t)=>{shared();t.exports={moduleType:"trace",name:"bar"}});function library(){return{street:"map"}}
var globe=W((e,t)=>{t.exports={moduleType:"trace",name:"globe",library:library()}});
var other=W((e,t)=>{globe();t.exports=globe()});
var all=W((e,t)=>{e.register([bar(),OTHERS])});all();""".replace("OTHERS", ",".join(["other()"] * 20))


def eight_figures() -> nbformat.NotebookNode:
    bundle = {"data": [{"type": "scatter", "x": list(range(30)), "y": list(range(30))}], "layout": {"height": 300}}
    output = v4.new_output("display_data", {pages.PLOTLY: bundle, "text/plain": "A line."})
    return v4.new_notebook(cells=[v4.new_code_cell("show()", outputs=[output]) for _ in range(8)])


def modules(text: str) -> set[str]:
    return {part.name for part in plotly_script._parts(text) if part.name}


def test_what_only_other_kinds_of_traces_call_is_left_out() -> None:
    assert modules(plotly_script.cut(SMALL, {"bar"})) == {"shared", "bar", "all"}
    assert modules(plotly_script.cut(SMALL, {"globe"})) == {"globe", "other", "all"}
    assert modules(plotly_script.cut(SMALL, {"scatter"})) == {"all"}


def test_every_kind_of_trace_that_plotly_can_make_can_be_kept() -> None:
    made = {name.lower() for name, kind in vars(go).items() if isinstance(kind, type) and hasattr(kind, "_valid_props")}
    kept = {"scatter", *plotly_script._kinds({part.name: part for part in plotly_script._parts(WHOLE) if part.name})}
    old = {"choroplethmapbox", "densitymapbox", "scattermapbox"}  # which the script itself no longer draws
    assert made - kept - old <= {"layout", "frame"}


def test_a_library_stays_where_one_of_its_names_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotly_script, "LIBRARY", 10)
    assert "street" not in plotly_script.cut(SMALL, {"bar"})
    assert "street" in plotly_script.cut(SMALL, {"globe"})


@pytest.mark.parametrize(
    "strange",
    [
        "alert(1)",
        SMALL.replace("try{", "try {"),
        SMALL.replace(".register", ".enlist"),
        SMALL.replace("t.exports=globe()})", "t.exports=globe()"),  # a module that does not end
    ],
)
def test_a_script_of_another_make_is_taken_whole(strange: str) -> None:
    assert plotly_script.cut(strange, {"bar"}) == strange


def test_a_kind_that_the_script_does_not_list_leaves_it_whole() -> None:
    assert plotly_script.cut(SMALL, {"bar", "unheard of"}) == SMALL


def test_the_licence_goes_with_what_is_left() -> None:
    assert "Licensed under the MIT license" in plotly_script.script(frozenset({"bar"}))[:300]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node, to read a script")
@pytest.mark.parametrize("kinds", [{"scatter"}, {"bar", "heatmap"}, {"scattergl"}, {"choroplethmap"}])
def test_what_is_left_is_a_script_that_runs(kinds: set[str]) -> None:
    text = plotly_script.script(frozenset(kinds))
    subprocess.run(["node", "--check", "-"], input=text, text=True, check=True, encoding="utf-8")
    assert re.fullmatch(r"[\x00-\x7f]+", text)


def test_a_page_of_eight_figures_stays_small_on_any_machine() -> None:
    page = pages.page(eight_figures(), title="t", language="zh")
    assert len(page.encode()) < 0.8e6
