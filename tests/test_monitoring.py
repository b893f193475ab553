"""This month beside the year's ceilings: official words, seasons, delays, chances, and the risk of a major accident."""

import numpy as np
import pandas as pd
import pytest

from zzlib import delays, months
from zzlib.delays import NONE, Delay
from zzlib.forecast import NEVER_SURE
from zzlib.major_risk import major_risk
from zzlib.monitoring import Ceiling, ceilings, monitor, year_end
from zzlib.seasons import season

CITY = "410100"


def ledger(deaths_by_month: dict[str, int], field: str = "fire", area: str = "410102") -> pd.DataFrame:
    dates = [f"{month}-{1 + n % 28:02}" for month, deaths in deaths_by_month.items() for n in range(deaths)]
    found = pd.DataFrame({"date": dates, "deaths": 1.0, "area": area, "field": field})
    numbers = [f"{field}-{area}-{n}" for n in range(len(dates))]
    return found.assign(
        accident_id=numbers, counted_from_2016="yes", status="synthetic", file="a.csv", sheet="", row=range(len(dates))
    )


def years(shape: list[int], first: int, last: int) -> dict[str, int]:
    return {f"{year}-{month + 1:02}": n for year in range(first, last + 1) for month, n in enumerate(shape)}


LATE_IN_THE_YEAR = [4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8]  # a third of the year's deaths by June


# Nobody dies of it, but the ledger was kept: a year without a record would be a hole.
QUIET = ledger({f"2018-{month:02}": 28 for month in range(1, 13)}).assign(deaths=0.0, area="410103")
QUIET = pd.concat([QUIET, QUIET.iloc[:1].assign(date="2018-12-31")], ignore_index=True)


def watched(
    this_year: dict[str, int], limit: float = 72, delay: Delay = NONE, delivered: str = ""
) -> pd.Series:  # fmt: skip
    records = ledger({**years(LATE_IN_THE_YEAR, 2013, 2017), **this_year})
    month = max(this_year)
    counts = months.counted(pd.concat([records, QUIET]), month, CITY)
    return monitor(counts, [Ceiling(CITY, "", limit, "ordered")], whole=CITY, delay=delay, delivered=delivered).iloc[0]


@pytest.mark.parametrize(
    ("deaths", "by_months", "by_season"),
    [(22, "within", "within"), (24, "within", "within"), (25, "within", "beyond"), (36, "within", "beyond"),
     (37, "beyond", "beyond")],
)  # fmt: skip
def test_a_half_year_beside_both_shares(deaths: int, by_months: str, by_season: str) -> None:
    """72 allowed: half of the months allow 36, the season of earlier years a third, 24."""
    found = watched({**dict.fromkeys((f"2018-{m:02}" for m in range(1, 6)), 0), "2018-06": deaths})
    assert (found["elapsed_pace"], found["seasonal_pace"]) == (by_months, by_season)
    assert found["elapsed_share"] == 0.5
    assert found["seasonal_share"] == pytest.approx(1 / 3)
    assert found["seasonal_lower"] < 1 / 3 < found["seasonal_upper"]
    assert found["remaining"] == 72 - deaths


def test_a_ceiling_passed_is_breached_and_december_decides() -> None:
    assert watched({"2018-03": 73})["probability"] == 1
    assert watched(years(LATE_IN_THE_YEAR, 2018, 2018), limit=72)["probability"] == 0
    assert watched(years(LATE_IN_THE_YEAR, 2018, 2018), limit=71)["probability"] == 1
    assert 0 < watched({"2018-01": 4})["probability"] < 1


def test_more_deaths_make_a_breach_more_likely_and_delay_too() -> None:
    chances = [watched({**dict.fromkeys(["2018-01", "2018-02", "2018-03"], 0), "2018-04": n})["probability"]
               for n in (5, 15, 25)]  # fmt: skip
    assert chances == sorted(chances)
    half_known = Delay(np.linspace(0.5, 1, 12), np.zeros(12), 0.0)
    now = {f"2018-{month:02}": 6 for month in range(1, 5)}
    assert watched(now, delay=half_known)["probability"] > watched(now)["probability"]
    assert watched(now, delay=half_known)["final_median"] > 24 + 4


def test_ordered_ceilings_go_before_those_broken_down() -> None:
    counts = months.counted(
        pd.concat([ledger(years([3] * 12, 2015, 2017)), ledger(years([1] * 12, 2015, 2018), "coal_mine", "410181")]),
        "2018-06", CITY,
    )  # fmt: skip
    allocated = pd.DataFrame({"area": ["410102", "410181"], "period": "2018", "ceiling": [30.0, 10.0]})
    ordered = pd.DataFrame({"area": ["410102"], "period": "2018", "measure": "ceiling_deaths", "value": [28.0]})
    found = {(one.area, one.field): one for one in ceilings(
        CITY, 2018, allocated=allocated, observations=ordered, months=counts)}  # fmt: skip
    assert found["410102", ""] == Ceiling("410102", "", 28.0, "ordered")
    assert found["410181", ""] == Ceiling("410181", "", 12.0, "adjusted")  # of the 40, 28 are ordered elsewhere
    assert found[CITY, ""].ceiling == 40
    assert found[CITY, "fire"].ceiling + found[CITY, "coal_mine"].ceiling == 40
    assert found[CITY, "fire"].ceiling == 30
    judged = monitor(counts, list(found.values()), whole=CITY)
    assert list(zip(judged["area"], judged["field"], strict=True)) == list(found)


@pytest.mark.parametrize(
    ("ordered", "expected"),
    [({}, [90, 40, 50]), ({CITY: 60}, [60, 27, 33]), ({"410102": 20}, [90, 20, 70]),
     ({CITY: 60, "410102": 60}, [60, 60]), ({CITY: 60, "410102": 20, "410181": 50}, [60, 20, 50])],
)  # fmt: skip
def test_areas_add_up_to_the_whole_beside_what_is_ordered(ordered: dict[str, float], expected: list[float]) -> None:
    allocated = pd.DataFrame({"area": ["410102", "410181"], "period": "2018", "ceiling": [40.0, 50.0]})
    given = pd.DataFrame([
        {"area": area, "period": "2018", "measure": "ceiling_deaths", "value": value} for area, value in ordered.items()
    ], columns=["area", "period", "measure", "value"])  # fmt: skip
    found = ceilings(CITY, 2018, allocated=allocated, observations=given, months=pd.DataFrame({"field": []}))
    assert [one.ceiling for one in found] == expected
    changed = [one for one in found[1:] if one.area not in ordered]
    assert {one.origin for one in changed} <= ({"adjusted"} if ordered else {"allocated"})


SLOW = Delay(np.array([0.6, 0.8, 0.9, 0.95, 0.98, *[1.0] * 7]), np.zeros(12), 0.0)


def test_a_month_looked_back_at_is_as_old_as_the_delivery() -> None:
    half = {f"2018-{month:02}": n for month, n in enumerate([4, 4, 4, 4, 4, 4], 1)}
    fresh, settled = watched(half, delay=SLOW), watched(half, delay=SLOW, delivered="2018-12")
    assert fresh["final_median"] >= 24 + 3
    assert settled["final_low"] == settled["final_median"] == settled["final_high"] == 24
    assert settled["probability"] == watched(half)["probability"] < fresh["probability"]


def test_only_what_nothing_can_undo_is_certain() -> None:
    some_go = SLOW._replace(gone=0.02)
    assert watched({"2018-03": 73}, delay=some_go)["probability"] == 1 - NEVER_SURE
    assert watched({"2018-03": 73}, delay=some_go, delivered="2019-12")["probability"] == 1  # settled by then
    assert 0 < watched(years(LATE_IN_THE_YEAR, 2018, 2018), delay=some_go)["probability"] < 1
    often = major_risk([3.0] * 400, 8)
    assert often.loc[0, ["probability", "lower", "upper"]].max() == 1 - NEVER_SURE


def test_a_year_of_disaster_raises_what_is_expected_of_it() -> None:
    its, june = season([LATE_IN_THE_YEAR] * 5), {"gone": 1 / 3, "delivered": 1 / 3}
    levels = [
        year_end(deaths, 200, np.log(10), 0.02, 1.25, its, **june, settled=False).level
        for deaths in (5, 20, 60, 100, 400)
    ]  # fmt: skip
    assert levels == sorted(levels)
    assert levels[-2] > 20


def test_a_year_nobody_delivered_is_passed_over() -> None:
    steady = years(LATE_IN_THE_YEAR, 2013, 2015) | years(LATE_IN_THE_YEAR, 2017, 2017) | {"2018-01": 4, "2018-02": 4}
    counts = months.counted(pd.concat([ledger(steady), ledger({"2018-03": 1})]), "2018-12", CITY)
    limits = [Ceiling(CITY, "", 72, "ordered")]
    found, without = monitor(counts, limits, whole=CITY), monitor(
        counts[counts["period"].str[:4] != "2016"], limits, whole=CITY)  # fmt: skip
    assert found.drop(columns="status").equals(without.drop(columns="status"))
    assert found["year_median"].iloc[0] > 60
    assert monitor(counts[counts["period"] < "2016-07"], limits, whole=CITY).empty  # nothing is known of this year


def test_years_that_an_earlier_delivery_did_not_cover_are_not_late() -> None:
    final = ledger(years([5] * 12, 2016, 2018)).assign(file="b.csv")
    end = final.iloc[:1].assign(date="2018-12-31", deaths=0.0, accident_id="end", row=9999)
    final = pd.concat([final, end], ignore_index=True)
    told = delays.told([final[final["date"] >= "2018-09"], final])
    assert told["lag"].to_list() == [0, 1, 2, 3]
    assert told["late"].sum() == 0


def test_a_season_is_no_surer_than_its_years() -> None:
    few, many = (season([LATE_IN_THE_YEAR] * n).interval(6, 72) for n in (3, 30))
    assert few[1] - few[0] > many[1] - many[0]
    part = season([[0] * 11 + [6]], whole=season([LATE_IN_THE_YEAR] * 5))
    assert 0.25 < part.shares[5] < 1 / 3  # six deaths in December move the city's season a little
    assert season([]).shares[5] == pytest.approx(181 / 365)


def test_two_deliveries_tell_what_came_late_and_what_went() -> None:
    first = ledger({"2018-01": 10, "2018-02": 8, "2018-03": 6})
    end = first.iloc[:1].assign(date="2018-03-31", deaths=0.0, accident_id="end", row=99)
    came = ledger({"2018-03": 4, "2018-02": 1}, "coal_mine").assign(file="b.csv")
    final = pd.concat([first.iloc[1:], end, came], ignore_index=True)
    final.loc[final["accident_id"] == "fire-410102-1", "deaths"] = 3.0
    told = delays.told([pd.concat([first, end], ignore_index=True), final]).set_index("lag").drop(columns="month")
    assert told.loc[0].to_dict() == {"first": 6, "final": 10, "late": 4, "gone": 0}
    assert told.loc[1].to_dict() == {"first": 8, "final": 9, "late": 1, "gone": 0}
    assert told.loc[2].to_dict() == {"first": 10, "final": 11, "late": 2, "gone": 1}
    known = delays.fit(told.reset_index().assign(month=[3, 2, 1]))
    assert known.known[0] < known.known[1] < known.known[11] <= 1
    assert known.gone == pytest.approx(1 / (24 + 2))


def test_several_deliveries_tell_more_of_delay_but_not_the_same_twice() -> None:
    """Of each month a half is late, half of that a month on: three deliveries of two months beside the last of them."""
    rows = pd.DataFrame(
        [(1, 0, 40), (2, 0, 40), (1, 1, 20), (2, 1, 20), (1, 2, 10), (2, 2, 10)], columns=["month", "lag", "late"]
    )
    rows = rows.assign(final=80.0, first=80.0 - rows["late"], gone=0.0).astype(float)
    one, three = delays.fit(rows.iloc[2:4]), delays.fit(rows)
    assert three.known[:3] == pytest.approx([0.5, 0.75, 0.875], abs=0.03)
    assert (three.error[:3] < one.error[:3]).all()
    twice = delays.fit(pd.concat([rows, rows.assign(lag=rows["lag"])]))
    assert twice.known[0] == pytest.approx(three.known[0], abs=0.01)
    assert twice.error[0] == pytest.approx(three.error[0], rel=0.05)  # a delivery named twice tells nothing more


@pytest.mark.parametrize(("monthly", "better"), [(2, 1.06), (8, 0.75), (40, 0.5)])
def test_the_allowance_brings_a_first_delivery_closer_to_the_final_one(monthly: float, better: float) -> None:
    """Over 200 simulated years: a delay learnt from one year, used on the next (the full run: validation/).

    Of two deaths a month six in ten are late, so that no figure is closer than the delivered one: the allowance is it.
    """
    random = np.random.default_rng(30)
    raw, allowed, inside = [], [], []
    share_late = 0.3 * 0.5 ** np.arange(12)
    for _ in range(200):
        past, now = random.poisson(monthly, 12), random.poisson(monthly)
        late = random.binomial(past, share_late)
        known = delays.fit(pd.DataFrame({
            "month": np.arange(12.0), "lag": np.arange(12.0), "first": past - late, "final": past, "late": late,
            "gone": 0.0,
        }).astype(float))  # fmt: skip
        first = now - random.binomial(now, 0.3)
        told = delays.final(first, monthly * (1 - known.known[0]), monthly * known.error[0], gone=known.gone)
        raw.append(abs(first - now))
        allowed.append(abs(told.at(0.5) - now))
        inside.append(told.at(0.1) <= now <= told.at(0.9))
    assert np.mean(allowed) < better * np.mean(raw)
    assert np.mean(inside) > 0.77


def test_what_may_be_withdrawn_lowers_what_may_be_final() -> None:
    told = delays.final(10, 0.0, recent=10, gone=0.2)
    assert (told.at(0.1), told.at(0.5), told.at(0.9)) == (6, 8, 10)
    assert delays.final(10, 0.0).counts.tolist() == [10]
    both = delays.final(10, 2.0, recent=10, gone=0.2)
    assert both.counts @ both.chances == pytest.approx(10 - 2 + 2)


def test_the_risk_of_a_major_accident_is_said_with_a_wide_interval() -> None:
    found = major_risk([1] * 500 + [3] * 7 + [4] * 10 + [12], 8).set_index("deaths_from")
    assert found["observed"].to_list() == [18, 1, 0]
    assert (found["lower"] < found["probability"]).all()
    assert (found["probability"] < found["upper"]).all()
    assert found["probability"].is_monotonic_decreasing
    assert found.at[3, "probability"] == pytest.approx(1 - np.exp(-18 / 8), abs=0.02)
    assert found.at[30, "upper"] > 5 * found.at[30, "probability"] > 0
    nothing = major_risk([1.0, 1.0], 4).set_index("deaths_from")
    assert 0 < nothing.at[3, "upper"] < 0.6
    with pytest.raises(ValueError, match="last some time"):
        major_risk([3], 0)
