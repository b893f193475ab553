"""Traps of real publications: each is put into the input, and the tool notices it and says so."""

from decimal import Decimal
from pathlib import Path

import asked
import pandas as pd
import pytest

from zzlib import evaluate
from zzlib.discrepancies import discrepancies
from zzlib.language import LANGUAGES, say, word
from zzlib.plan import Plan
from zzlib.schema import CHANGE_UNIT, DISCREPANCIES, DISCREPANCY_KINDS, table

COLUMNS = ["area", "period", "measure", "scope", "vintage", "value", "unit", "status", "source", "note", "file", "row"]
NAME = {"zh": "某指标", "en": "an indicator"}


def plan(*, rate: bool = True, **target: object) -> Plan:
    """Return a plan of one target from 2005 to 2010, on coal deaths per million tonnes or on deaths."""
    numerator = {"measure": "deaths_coal" if rate else "deaths", "scope": "pre-2016", "unit": "persons"}
    indicator = {
        "indicator": "deaths_per_million_tonnes" if rate else "deaths",
        "name": NAME, "unit": NAME, "bureau": NAME, "numerator": numerator,
    }  # fmt: skip
    if rate:
        indicator["denominator"] = {"measure": "coal_output", "scope": "", "unit": "million tonnes"}
    goal = target or {"form": "change", "change": Decimal("-0.25")}
    return Plan.model_validate({
        "plan": "test", "title": NAME, "area": "100000", "baseline_year": 2005, "target_year": 2010,
        "midterm_year": 2008, "published": "2006-03-03", "source": "test", "data": "none",
        "bands": {"off_track": 0.2, "on_track": 0.8},
        "choices": {"measure": "straight_path", "model": "shared_level", "baseline": "one_year", "prices": "current"},
        "indicators": [indicator], "targets": [{"indicator": indicator["indicator"], **goal}],
    })  # fmt: skip


UNITS = {
    "deaths": "persons", "deaths_coal": "persons", "coal_output": "million tonnes", "accidents": "accidents",
    "deaths_per_million_tonnes": "", "injured": "persons", "accidents_major": "accidents",
}  # fmt: skip


def observed(*rows: tuple[str, str, float], **parts: str) -> pd.DataFrame:
    """Return observations from (measure, period, value); `parts` are the same for all."""
    common = {
        "area": "100000",
        "vintage": "",
        "status": "published",
        "source": "a bulletin",
        "note": "",
        "scope": "pre-2016",
    }
    found = [
        common | {"measure": m, "period": p, "value": float(v), "unit": UNITS.get(m, ""), "file": "f.csv", "row": i + 2}
        | ({"scope": ""} if m == "coal_output" else {}) | parts
        for i, (m, p, v) in enumerate(rows)
    ]  # fmt: skip
    return pd.DataFrame(found, columns=COLUMNS)


def kinds(the_plan: Plan, *tables: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return what was noticed: the two numbers of each kind."""
    found = table(DISCREPANCIES, discrepancies(the_plan, pd.concat(tables, ignore_index=True)))
    return {row["kind"]: (row["value"], row["other"]) for _, row in found.iterrows()}


def test_cumulative_figures_fall_when_records_are_cancelled() -> None:
    november = observed(("injured", "2016-11", 442), status="partial", vintage="2016-12-01")
    year = observed(("injured", "2016", 437), vintage="2017-01-20")
    assert kinds(plan(), november, year)["cumulative_fell"] == (442, 437)
    assert "cumulative_fell" not in kinds(plan(), observed(("injured", "2016-11", 430), status="partial"), year)


def test_two_official_values_stand_for_one_year() -> None:
    first, second = observed(("accidents", "2016", 351)), observed(("accidents", "2016", 350), source="a yearbook")
    assert kinds(plan(), first, second)["two_values"] == (350, 351)


def test_two_official_changes_stand_for_one_year() -> None:
    changes = [
        observed(("accidents_change", "2016", value), unit=CHANGE_UNIT, source=source)
        for value, source in ((-7.14, "a report"), (-8.3, "a bulletin"))
    ]
    assert set(kinds(plan(), *changes)["two_values"]) == {-7.14, -8.3}


def test_one_figure_printed_to_two_and_to_three_digits_is_rounding_and_no_contradiction() -> None:
    rates = [observed(("deaths_per_million_tonnes", "2006", value), source=str(value)) for value in (0.56, 0.558)]
    assert set(kinds(plan(), *rates)) == {"rounding"}


def test_a_denominator_revised_later_leaves_a_printed_rate_behind() -> None:
    found = kinds(
        plan(),
        observed(
            ("deaths_coal", "2005", 5938), ("coal_output", "2005", 2190), ("deaths_per_million_tonnes", "2005", 2.81)
        ),
    )  # fmt: skip
    assert found["rate_differs"] == (2.81, pytest.approx(2.711, abs=1e-3))
    revised = kinds(
        plan(),
        observed(("coal_output", "2005", 2113), vintage="2006-02-28"),
        observed(("coal_output", "2005", 2190), vintage="2007-02-28"),
    )
    assert revised["exposure_revised"] == (2190, 2113)


def test_a_printed_target_level_does_not_follow_from_its_percentage() -> None:
    odd = plan(form="change", change=Decimal("-0.25"), printed=Decimal("2.03"))
    rate = observed(("deaths_per_million_tonnes", "2005", 3.43))
    assert kinds(odd, rate)["target_level"] == (2.03, pytest.approx(2.5725))
    right = plan(form="change", change=Decimal("-0.25"), printed=Decimal("2.57"))
    assert "target_level" not in kinds(right, rate)


def test_a_rate_printed_in_per_cent_is_a_misprinted_unit() -> None:
    found = kinds(plan(), observed(("deaths_per_million_tonnes", "2005", 3.2), unit="%"))
    assert found["unit_differs"][0] == 3.2


def test_a_rate_off_by_a_power_of_ten_is_a_suspect_unit_and_no_revision() -> None:
    rows = observed(
        ("deaths_coal", "2005", 5938), ("coal_output", "2005", 2190), ("deaths_per_million_tonnes", "2005", 27.1)
    )
    found = kinds(plan(), rows)
    assert "unit_suspect" in found
    assert "rate_differs" not in found


def test_a_printed_change_is_not_what_the_printed_levels_give() -> None:
    levels = observed(("deaths_per_million_tonnes", "2006", 9.62), ("deaths_per_million_tonnes", "2007", 4.3))
    change = observed(("deaths_per_million_tonnes_change", "2007", -34.8), unit=CHANGE_UNIT)
    assert kinds(plan(), levels, change)["change_differs"] == (-34.8, pytest.approx(-55.3, abs=0.01))
    right = observed(("deaths_per_million_tonnes_change", "2007", -55.3), unit=CHANGE_UNIT)
    assert "change_differs" not in kinds(plan(), levels, right)


def test_a_ceiling_can_be_looser_than_what_it_starts_from() -> None:
    rate = observed(("deaths_per_million_tonnes", "2005", 0.06))
    assert kinds(plan(form="ceiling", level=Decimal("0.17")), rate)["loose_ceiling"] == (0.17, 0.06)
    assert not kinds(plan(form="ceiling", level=Decimal("0.05")), rate)


def test_a_sum_over_five_years_is_no_figure_of_one() -> None:
    assert kinds(plan(rate=False), observed(("deaths", "2001/2005", 1929)))["sum_of_years"][0] == 1929


def test_zero_deaths_where_the_mines_closed_show_no_safety() -> None:
    start = observed(("deaths_coal", "2005", 11), ("coal_output", "2005", 20))
    closed = observed(("deaths_coal", "2009", 0), ("coal_output", "2009", 4))
    assert kinds(plan(), start, closed)["zero_after_closing"] == (4, 20)
    assert "zero_after_closing" not in kinds(
        plan(), start, observed(("deaths_coal", "2009", 0), ("coal_output", "2009", 19))
    )


def test_major_accidents_meant_something_else_before_june_2007() -> None:
    rows = observed(("accidents_major", "2006", 38), ("accidents_major", "2008", 86))
    assert kinds(plan(), rows)["grade_renamed"] == (86, 38)
    assert "grade_renamed" not in kinds(
        plan(), observed(("accidents_major", "2008", 86), ("accidents_major", "2009", 67))
    )


def test_fires_and_road_deaths_left_the_count_in_2016() -> None:
    older = observed(("deaths", "2014", 68061), ("deaths", "2015", 66182))
    newer = observed(("deaths", "2016", 41000), ("deaths", "2017", 38000), scope="from-2016")
    assert kinds(plan(rate=False), older, newer)["definition_changed"] == (41000, 66182)


def test_cars_are_not_motor_vehicles() -> None:
    vehicles = observed(("vehicles", "2014", 264), ("vehicles", "2015", 279), scope="机动车")
    cars = observed(("vehicles", "2016", 217), ("vehicles", "2017", 240), scope="汽车")
    assert kinds(plan(), vehicles, cars)["definition_changed"] == (217, 279)


def test_a_census_moves_the_population_by_more_than_people_do() -> None:
    law = plan().indicators[0]
    assert law.denominator is not None
    per_head = law.model_copy(update={"denominator": law.denominator.model_copy(update={"measure": "population"})})
    residents = plan().model_copy(update={"indicators": (per_head,)})
    rows = observed(("population", "2009", 752.1), ("population", "2010", 866.1), scope="resident")
    assert kinds(residents, rows)["exposure_jump"] == (866.1, 752.1)


def test_the_denominator_that_a_rate_implies_grows_otherwise_than_the_published_one() -> None:
    rows = observed(
        ("deaths_coal", "2005", 5900), ("coal_output", "2005", 2190), ("deaths_per_million_tonnes", "2005", 2.811),
        ("deaths_coal", "2006", 4746), ("coal_output", "2006", 2330), ("deaths_per_million_tonnes", "2006", 1.800),
    )  # fmt: skip
    grown, published = kinds(plan(), rows)["implied_exposure"]
    assert grown == pytest.approx(0.256, abs=1e-3)
    assert published == pytest.approx(0.064, abs=1e-3)


def test_figures_that_fit_are_left_in_peace() -> None:
    rows = observed(
        ("deaths_coal", "2005", 5400), ("coal_output", "2005", 2000), ("deaths_per_million_tonnes", "2005", 2.70),
        ("deaths_coal", "2006", 4410), ("coal_output", "2006", 2100), ("deaths_per_million_tonnes", "2006", 2.10),
    )  # fmt: skip
    assert not kinds(plan(), rows)


def test_published_national_figures_show_the_traps_that_are_known_of_them() -> None:
    found = asked.evaluation("china-2006-2010", 2010).discrepancies
    by_kind = found.groupby("kind")["measure"].agg(set)
    assert "deaths_per_million_tonnes" in by_kind["rate_differs"]  # 2.81 printed, 5938 / 2190 gives 2.71
    assert "deaths_per_100k_workers" in by_kind["target_level"]  # 2.8 printed, 3.85 less 25 % gives 2.89


def test_the_city_s_own_figures_show_sums_and_a_census() -> None:
    found = asked.evaluation("zhengzhou-2016-2020", 2018).discrepancies
    assert {"sum_of_years", "exposure_jump", "definition_changed"} <= set(found["kind"])
    assert (found["source"] != "").all()


def test_what_the_sizes_of_accidents_tell_is_no_published_figure() -> None:
    restated = asked.evaluation("zhengzhou-2016-2020", 2018).discrepancies
    assert "definition_changed" in set(restated["kind"])
    assert not restated["measure"].str.endswith(("_mean_size", "_variance_ratio")).any()


def test_a_published_change_may_be_negative_and_nothing_else(tmp_path: Path) -> None:
    from zzlib.errors import DataError

    header = "area,period,measure,value,unit,scope,vintage,status,source,note"
    good = f"410100,2016,accidents_change,-7.14,{CHANGE_UNIT},pre-2016,,published,a report,"
    (tmp_path / "good.csv").write_text(f"{header}\n{good}\n", encoding="utf-8")
    found = evaluate("zhengzhou-2016-2020", data=["data/observations", tmp_path / "good.csv"])
    assert found.plan.plan == "zhengzhou-2016-2020"
    (tmp_path / "bad.csv").write_text(f"{header}\n{good.replace(CHANGE_UNIT, 'persons')}\n", encoding="utf-8")
    with pytest.raises(DataError, match="negative"):
        evaluate("zhengzhou-2016-2020", data=[tmp_path / "bad.csv"])


@pytest.mark.parametrize("kind", DISCREPANCY_KINDS)
def test_every_kind_is_said_in_both_languages(kind: str) -> None:
    assert len({say(word("discrepancy", kind), language) for language in LANGUAGES} - {kind}) == len(LANGUAGES)
