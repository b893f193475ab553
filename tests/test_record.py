"""The record of the method: kept as data, shown as it is, and told alike by page, notebook and terminal."""

import re
from pathlib import Path

import pandas as pd
import pytest

from zzlib import record
from zzlib.accuracy import MODEL, Validation
from zzlib.errors import DataError, ParameterError
from zzlib.language import LANGUAGES
from zzlib.validation import as_text, read_panel, read_validation, write

PAGE = (Path(__file__).parents[1] / "docs" / "validation.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found() -> Validation:
    return read_validation()


def test_the_record_holds_what_the_project_promises(found: Validation) -> None:
    leads = found.checks[(found.checks["check"] == "brier_better")].set_index("slice")
    for name, least in {"areas_200": 0.08, "states_50": 0.08, "counties_10_100": 0.05, "counties_2_10": 0.05}.items():
        assert leads.at[name, "value"] >= least, name
    bounds = found.checks[found.checks["check"].isin(["brier_bound", "log_score_bound"])]
    assert (bounds["value"] > 0).all()
    slopes = found.scores[found.scores["method"] == MODEL]["slope"]
    assert slopes.between(0.85, 1.2).all()


def test_the_record_and_the_page_say_what_is_near(found: Validation) -> None:
    """To accept a record that holds more, or less, say so on the page."""
    assert found.checks["holds"].all()
    outside = found.checks[(found.checks["check"] == "bins_outside") & (found.checks["blocks"] == "cells")]
    assert outside.set_index("slice")["value"][["areas_200", "states_50"]].tolist() == [1, 1]
    leads = found.checks[found.checks["check"] == "brier_better"].set_index("slice")
    lead = leads.at["counties_2_10", "value"]
    assert lead == pytest.approx(0.05006, abs=5e-6)
    assert f"In counties 2–10 it is {100 * lead:.3f} %: **held by a hair**" in PAGE.replace("\n", " ")


def test_the_page_quotes_the_record(found: Validation) -> None:
    """To accept a new record, run the command on the page and put the new figures into its tables."""
    ours = found.scores[found.scores["method"] == MODEL].set_index("slice")
    nearest = found.checks[found.checks["check"] == "brier_better"].set_index("slice")
    for name, row in ours.iterrows():
        (cells,) = re.findall(rf"^\| `{name}` \|(.*)\|$", PAGE, re.MULTILINE)
        quoted = [cell.strip() for cell in cells.split("|")]
        other = found.scores.set_index(["slice", "method"]).loc[(name, nearest.at[name, "method"])]
        assert quoted[1:] == [
            f"{row['cases']:,.0f}", f"{other['model']:.4f}", f"`{nearest.at[name, 'method']}`", f"{other['brier']:.4f}",
            f"{100 * other['improvement']:.1f} %", f"{100 * other['lower']:.1f} %",
            f"{100 * other['lower_crossed']:.1f} %", f"{row['slope']:.2f}",
        ], name  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_the_record_is_shown(found: Validation, language: str) -> None:
    for show in (record.summary, record.scores, record.methods, record.bands):
        text = show(found, language).text
        assert text
        assert "nan" not in text
    picture = record.reliability(found, language)
    drawn = sum(len(trace["x"]) for trace in picture.figure["data"] if trace["x"] != [None])
    assert drawn == found.reliability["judged"].sum()


def test_a_record_is_written_and_read_back(found: Validation, tmp_path: Path) -> None:
    write(found, tmp_path, panels=["a.csv"])
    pd.testing.assert_frame_equal(read_validation(tmp_path).checks, found.checks)
    assert (tmp_path / "panels.txt").read_text(encoding="utf-8") == "a.csv\n"
    assert "areas_200" in as_text(found, "en")


def test_a_folder_without_a_record_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="zzlib validate"):
        read_validation(tmp_path)


def test_a_panel_without_deaths_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text("area,year\nA,2000\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"panel\.csv"):
        read_panel(path)
