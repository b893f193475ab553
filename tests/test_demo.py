"""Statements about the synthetic demonstration data; the generator is told to say the truth, and is checked on it."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from zzlib import schema

DATA = Path(__file__).parents[1] / "data"
FOLDER = DATA / "demo"
SEEDS = range(1, 201)
PRODUCTION = "from-2016"


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def with_year(ledger: pd.DataFrame) -> pd.DataFrame:
    return ledger.assign(year=ledger["date"].str[:4].astype(int))


def key(table: pd.DataFrame) -> set[tuple[str, ...]]:
    names = ["area", "period", "measure", "scope"]
    return set(table[names].itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("demo_generate", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def cities(generator: ModuleType):
    return [generator.generate(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def demo(generator: ModuleType):
    return generator.generate(generator.SEED)


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return pd.concat([read(path) for path in sorted((DATA / "observations").glob("*.csv"))])


@pytest.mark.parametrize("name", ["ledger", "observations", "truth"])
def test_the_committed_files_are_what_the_generator_writes_to_the_letter(demo, name):
    text = (FOLDER / f"{name}.csv").read_bytes().decode("utf-8")
    assert getattr(demo, name).to_csv(index=False, lineterminator="\n") == text


def test_the_committed_reports_are_what_the_generator_writes_to_the_letter(generator):
    text = (FOLDER / "reports.csv").read_bytes().decode("utf-8")
    reports = generator.reports(generator.SEED)
    assert reports.to_csv(index=False, lineterminator="\n") == text
    assert set(reports["status"]) == {"synthetic"}


def test_another_seed_is_another_city(generator, demo):
    assert not generator.generate(generator.SEED + 1).ledger.equals(demo.ledger)


def test_the_tables_have_the_columns_and_values_of_the_schema():
    ledger, observations = read(FOLDER / "ledger.csv"), read(FOLDER / "observations.csv")
    schema.LEDGER.validate(ledger)
    schema.OBSERVATIONS.validate(observations)
    assert list(ledger) == schema.columns(schema.LEDGER)
    assert list(observations) == list(read(DATA / "observations" / "zhengzhou_gdp.csv"))
    assert ledger["accident_id"].is_unique
    assert len(key(observations)) == len(observations)


def test_the_truth_is_not_taken_for_a_ledger_or_for_observations():
    taken = {*schema.columns(schema.LEDGER), *schema.columns(schema.OBSERVATIONS)}
    assert not taken & set(read(FOLDER / "truth.csv"))


def test_everything_says_that_it_is_synthetic_or_estimated(demo):
    assert set(demo.ledger["status"]) == {"synthetic"}
    assert set(demo.observations["status"]) == {"synthetic", "estimated"}
    estimated = demo.observations[demo.observations["status"] == "estimated"]
    assert (estimated["note"] != "").all()
    assert set(estimated["measure"]) == {"gdp", "vehicles", "population"}
    first_line = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()[0]
    assert "synthetic" in first_line.lower()
    assert "合成" in first_line


def test_every_city_has_the_published_totals_of_2011_to_2015(cities):
    for city in cities:
        early = city.ledger[city.ledger["date"] < "2016"]
        assert (len(early), early["deaths"].sum()) == (8178, 750)


def test_most_accidents_kill_nobody_and_they_become_fewer(demo):
    ledger = with_year(demo.ledger)
    assert (ledger["deaths"] == 0).mean() > 0.8
    accidents = ledger["year"].value_counts().sort_index()
    assert (accidents.loc[:2015].diff().dropna() < 0).all()
    assert accidents[2016] < 0.5 * accidents[2015]


def test_from_2016_only_production_accidents_are_recorded(cities):
    for city in cities:
        late = city.ledger[city.ledger["date"] >= "2016"]
        assert set(late["counted_from_2016"]) == {"yes"}


def test_about_two_thirds_of_the_deaths_stay_in_the_count(demo):
    early = demo.ledger[demo.ledger["date"] < "2016"]
    share = early.groupby("counted_from_2016")["deaths"].sum() / 750
    assert 0.62 <= share["yes"] <= 0.66
    left = early[early["counted_from_2016"] == "no"]
    assert set(left["field"]) == {"fire", "road_transport", "agricultural_machinery", "other"}
    fires = early[(early["field"] == "fire") & (early["deaths"] > 0)]
    assert (fires["counted_from_2016"] == "no").mean() > 0.5


def test_counted_deaths_fall_gently_and_half_of_them_are_in_industry(generator, demo):
    counted = with_year(demo.ledger).query("counted_from_2016 == 'yes'")
    deaths = counted.groupby("year")["deaths"].sum()
    assert 90 <= deaths[2015] <= 100
    assert 0.75 * deaths[2015] < deaths[2018] < deaths[2015]
    industry = counted[~counted["field"].isin(generator.NOT_INDUSTRY)]
    assert 0.4 < industry["deaths"].sum() / counted["deaths"].sum() < 0.6


def test_the_published_facts_on_coal_hold_in_every_city(generator, cities):
    for city in cities:
        coal = city.ledger[city.ledger["field"] == "coal_mine"]
        assert set(coal["area"]) <= {"410181", "410182", "410183", "410184", "410185"}
        fatal = coal[(coal["deaths"] > 0) & (coal["date"] >= "2017")]
        assert fatal[["date", "area", "deaths"]].to_numpy().tolist() == [["2017-01-04", "410185", 12]]


def test_coal_deaths_in_the_baseline_year_are_as_in_the_outline(demo):
    coal = with_year(demo.ledger).query("field == 'coal_mine' and year == 2015")
    assert 10 <= coal["deaths"].sum() <= 14


def test_the_areas_are_the_sixteen_units_of_the_city(generator, demo):
    areas = read(DATA / "areas" / "areas.csv")
    units = set(areas.loc[areas["parent"] == "410100", "area"])
    assert len(units) == 16
    assert set(demo.ledger["area"]) == set(generator.UNITS) == units
    assert set(demo.observations["area"]) == set(demo.truth["truth_area"]) == {"410100", *units}


def test_all_fields_of_the_plan_occur(generator, demo):
    assert tuple(generator.FIELDS) == schema.FIELDS
    assert set(demo.ledger["field"]) == set(schema.FIELDS)


def test_kinds_and_industries_are_codes_of_the_national_form(demo):
    assert set(demo.ledger["kind"]) <= {f"{kind:02d}" for kind in range(1, 21)}
    assert demo.ledger["industry"].str.fullmatch(r"\d{4}").all()


def test_no_published_figure_is_repeated(demo, published):
    assert len(published) > 100
    assert not key(demo.observations) & key(published)


def test_the_exposure_of_a_unit_is_its_published_population(generator, published):
    rows = published[(published["measure"] == "population") & (published["period"] == "2019")]
    rows = rows[rows["scope"].str.contains("listed apart")]
    assert dict(zip(rows["area"], rows["value"].astype(float), strict=True)) == generator.POPULATION


def test_estimated_exposures_lie_between_the_published_ones(demo):
    value = demo.observations.set_index(["area", "measure", "period"])["value"].sort_index()
    gdp, vehicles = value["410100", "gdp"], value["410100", "vehicles"]
    assert 4000 < gdp["2011"] < gdp["2012"] < 6202 < 9130.17 < gdp["2018"]
    assert vehicles["2012"] < 200 < vehicles["2013"] < vehicles["2018"] < 490.1
    assert vehicles.is_monotonic_increasing
    whole = value["410100", "population"]
    units = value.drop("410100").groupby("period").sum()
    assert units.to_numpy() == pytest.approx([920.0, 938.2, 956.9, 972.39, 988.07, whole["2018"]], abs=0.5)


def test_police_road_deaths_exceed_all_deaths_of_the_plan(cities):
    for city in cities:
        road = city.observations.query("measure == 'deaths_road'")
        assert road["value"].min() > 150


def test_road_deaths_vary_more_than_independent_ones(cities):
    with_truth = "measure == 'deaths_road' and period <= '2018'"  # the years after it are a form, and have no truth
    told = np.array([c.observations.query(with_truth)["value"] for c in cities], dtype=float)
    true = np.array([c.truth.query("truth_measure == 'deaths_road'")["expected"] for c in cities])
    assert 1.5 < ((told - true) ** 2 / true).mean() < 2.5


def test_fields_have_seasons_of_their_own(demo):
    month = demo.ledger["date"].str[5:7]
    large = demo.ledger["field"].isin(["road_transport", "fire", "construction", "agricultural_machinery"])
    table = pd.crosstab(demo.ledger.loc[large, "field"], month[large])
    assert stats.chi2_contingency(table).pvalue < 1e-6
    winter = table[["12", "01", "02"]].sum(axis=1) / table.sum(axis=1)
    assert winter["construction"] < 0.25 < winter["fire"]


def test_accident_sizes_have_a_heavy_tail(cities):
    sizes = np.concatenate([c.ledger.loc[c.ledger["date"] != "2017-01-04", "deaths"] for c in cities])
    sizes = sizes[sizes > 0]
    assert 0.8 < (sizes == 1).mean() < 0.95
    assert 0.02 < (sizes >= 3).mean() < 0.08
    assert 0.0005 < (sizes >= 10).mean() < 0.005
    assert sizes.max() < 30
    assert (sizes**2).sum() / sizes.sum() > 1.5


def test_city_truth_is_the_sum_of_its_units_and_of_the_published_total(demo):
    truth = demo.truth[demo.truth["truth_measure"] != "deaths_road"]
    names = ["truth_measure", "truth_scope", "truth_year"]
    city = truth[truth["truth_area"] == "410100"].set_index(names)["expected"]
    units = truth[truth["truth_area"] != "410100"].groupby(names)["expected"].sum()
    assert units.reindex(city.index).to_numpy() == pytest.approx(city.to_numpy(), abs=0.01)
    assert city.sort_index()["deaths", "pre-2016"].sum() == pytest.approx(750, abs=0.01)


def observed(ledger: pd.DataFrame, scope: str) -> pd.DataFrame:
    """Return deaths and fatal accidents by unit and year, none included."""
    fatal = with_year(ledger[ledger["deaths"] > 0])
    fatal = fatal if scope == "pre-2016" else fatal[fatal["counted_from_2016"] == "yes"]
    return fatal.groupby(["area", "year"]).agg(deaths=("deaths", "sum"), fatal_accidents=("deaths", "size"))


def beside_truth(city, measure: str, scope: str) -> pd.DataFrame:
    """Return observed and expected counts of all units and years."""
    truth = city.truth[(city.truth["truth_measure"] == measure) & (city.truth["truth_scope"] == scope)]
    truth = truth[truth["truth_area"] != "410100"].set_index(["truth_area", "truth_year"])["expected"]
    counts = observed(city.ledger, scope)[measure].reindex(truth.index, fill_value=0)
    return pd.DataFrame({"n": counts, "expected": truth})


@pytest.mark.parametrize("scope", ["pre-2016", "from-2016"])
@pytest.mark.parametrize("measure", ["deaths", "fatal_accidents"])
def test_the_truth_is_what_the_cities_show_on_average(cities, measure, scope):
    counts = [beside_truth(city, measure, scope).groupby("truth_year").sum() for city in cities]
    excess = np.array([(c["n"] - c["expected"]).to_numpy() for c in counts])
    error = excess.std(axis=0, ddof=1) / np.sqrt(len(cities))
    assert (np.abs(excess.mean(axis=0)) < 4 * error).all()


def test_intervals_for_fatal_accidents_cover_the_truth_of_unit_and_year(cities):
    from zzlib.indicators import count_interval

    counts = pd.concat([beside_truth(city, "fatal_accidents", PRODUCTION) for city in cities])
    lower, upper = count_interval(counts["n"].to_numpy(dtype=float))
    covered = (lower <= counts["expected"]) & (counts["expected"] <= upper)
    assert len(counts) == 200 * 16 * 8
    assert 0.90 <= covered.mean() <= 0.99


def test_intervals_for_city_deaths_cover_the_truth_once_deaths_come_in_accidents(cities):
    from zzlib.indicators import count_interval

    covered, covered_without = [], []
    for city in cities:
        counts = beside_truth(city, "deaths", PRODUCTION).groupby("truth_year").sum()
        sizes = city.ledger.loc[city.ledger["counted_from_2016"] == "yes", "deaths"]
        ratio = (sizes**2).sum() / sizes.sum()
        for record, variance_ratio in ((covered, ratio), (covered_without, 1.0)):
            lower, upper = count_interval(counts["n"].to_numpy(dtype=float), variance_ratio=variance_ratio)
            record.append((lower <= counts["expected"]) & (counts["expected"] <= upper))
    assert 0.90 <= np.mean(covered) <= 0.99
    assert np.mean(covered_without) < np.mean(covered) - 0.05
