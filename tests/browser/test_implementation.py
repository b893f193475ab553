"""The page of commitments in a browser: filters with scripts on, the whole table without."""

import asked
import nbformat
from playwright.sync_api import Browser

from zzlib import implementation, pages


def test_a_table_of_commitments_is_filtered_by_its_own_script_and_whole_without(browser: Browser) -> None:
    evaluation = asked.evaluation("zhengzhou-2016-2020", 2018, "zh")
    cell = nbformat.v4.new_code_cell("")
    cell.outputs = [
        nbformat.v4.new_output("display_data", data=part._repr_mimebundle_())
        for part in implementation.listing(evaluation).parts
    ]
    html = pages.page(nbformat.v4.new_notebook(cells=[cell]), title="承诺", language="zh")
    shown = "[...document.querySelectorAll('tr[data-state]')].filter(row => row.offsetParent).length"
    total = len(evaluation.commitments)
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.set_content(html)
        form = page.locator("form[data-filters]")
        assert form.is_visible() == scripts
        if scripts:
            assert page.evaluate(shown) == total
            form.locator("select[name=state]").select_option("no_report")
            silent = (evaluation.commitments["state"] == "no_report").sum()
            assert page.evaluate(shown) == silent
            assert f"{silent} / {total}" in form.inner_text()
            assert page.evaluate("document.documentElement.scrollWidth") == 390
        else:
            assert page.locator("tr[data-state]").filter(visible=True).count() == total
        context.close()
