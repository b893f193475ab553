"""The pages say what the code does: columns, codes, constants and links."""

import csv
import math
import re
from ast import literal_eval
from dataclasses import astuple, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from pydantic import BaseModel

from zzlib import (
    accuracy,
    alarms,
    allocation,
    areas,
    attainment,
    benchmark_methods,
    cases,
    chances,
    cli,
    control_chances,
    delays,
    discrepancies,
    district_counts,
    districts,
    document,
    duplicates,
    effects,
    evaluation,
    events,
    forecast,
    indicators,
    ledger,
    levels,
    plan,
    progress,
    promises,
    quality,
    readings,
    reasons,
    register,
    request,
    robustness,
    schema,
    seasons,
    shrinkage,
    synthetic,
    targets,
    validation,
)

PROJECT = Path(__file__).resolve().parents[1]
METHODS = (PROJECT / "docs" / "methods.md").read_text(encoding="utf-8")
PROSE = " ".join(METHODS.split())  # without its line breaks
DICTIONARY = (PROJECT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "data/**/*.md", "benchmarks/**/*.md") for path in PROJECT.glob(pattern)
)
CHECKED = {
    **schema.RESULTS, "ledger": schema.LEDGER, "explanation": schema.EXPLANATION, "funnel": schema.FUNNEL,
    "neighbourhoods": schema.NEIGHBOURHOODS, "effects": schema.EFFECTS, "controls": schema.CONTROLS,
    "departments": schema.DEPARTMENTS, "leading": schema.LEADING_INDICATORS,
}  # fmt: skip
CONSTANTS = (
    (schema, "VARIANCE_RATIO"), (indicators, "EXACT_BELOW"), (ledger, "SCOPE_CHANGE"), (levels, "POOLED_FROM"),
    (forecast, "PLAUSIBLE_COUNTS"), (forecast, "DRAWS"), (forecast, "QUANTILES"), (forecast, "NEVER_SURE"),
    (cases, "UNKNOWN_COUNT"), (attainment, "UNKNOWN_COUNT"), (attainment, "DRIFT"), (attainment, "WIDER"),
    (cases, "NINETY_FIVE"), (targets, "CHANCE_FLOOR"), (targets, "TREND_YEARS"), (targets, "EIGHTY"),
    (promises, "TYPICAL_YEARS"), (promises, "RESTATED_YEARS"), (reasons, "UNUSUAL"), (discrepancies, "FACTORS"),
    (duplicates, "CHANCE"), (quality, "IMPROBABLE"),
    (discrepancies, "NEAR"), (discrepancies, "APART"), (discrepancies, "SHRUNK"), (discrepancies, "ANY_JUMP"),
    (discrepancies, "JUMP"), (district_counts, "FALSE_NAMES"), (districts, "LEVELS"), (shrinkage, "WINSORISED"),
    (shrinkage, "SPREAD_SCALE"), (shrinkage, "RISK_DRAWS"),
    (seasons, "WEIGHT"), (delays, "LAGS"), (delays, "PROMPT"),
    (alarms, "YEARS"), (alarms, "TREND_SD"), (alarms, "PRIOR_EVENTS"),
    (alarms, "SPARSE_BELOW"), (alarms, "BUDGET"), (effects, "LARGEST"), (effects, "CAUTION"), (effects, "WINDOW"),
    (effects, "NEEDED"), (synthetic, "WORST_FIT"), (synthetic, "LEAST_DONORS"),
)  # fmt: skip
# Numbers that the methods say in words, and where the code holds them.
IN_WORDS: dict[str, tuple[float, ...]] = {
    r"level\(a\) ~ N\(0, (\S+)\)": (levels._FLAT,),
    r"e\^10 either way \((\S+) is a variance\)": (levels._FLAT,),
    r"made again, (\d) rounds": (levels._ROUNDS,),
    r"No guess falls below ([\d.]+) deaths": (levels._FEWEST,),
    r"found in turn, (\d) times": (levels._WEIGHINGS,),
    r"after (\d) rounds of Laplace": (levels._ROUNDS - 1,),
    r"its log, noise 10⁻(⁶), as good as exact": (-math.log10(forecast._KNOWN),),
    r"eleven scales of the constant, (\S+) to (\S+), weighted": (levels._SCALES[0], levels._SCALES[-1]),
    r"likelihood to the power (\S+) ": (levels._SCALE_WEIGHT,),
    r"normal prior of sd (\S+) on the log scale": (levels._SCALE_SD,),
    r"At most (\d+) areas are asked": (levels._SCALE_AREAS,),
    r"exposure A \(Gauss-Hermite, (\d+) points\)": (chances._NODES,),
    r"averaged over the level \((\d+) points\)": (chances._LEVEL_NODES,),
    r"moves level and limit together \((\d+) points\)": (chances._NODES,),
    r"a on a grid of (\S+) to (\S+), prior half-Cauchy": (shrinkage._SPREADS[0], shrinkage._SPREADS[-1]),
    r"Kept within (\S+) to (\S+) \(": (forecast.NEVER_SURE, 1 - forecast.NEVER_SURE),
    r"by Gauss-Hermite quadrature with (\d+) points": (control_chances._SHARED_NODES,),
    r"between a least and a most \((\d+) and (\d+) % unless": (0.0, 100 * allocation.Rules().most_cut),
}
PARTS: dict[str, tuple[type[BaseModel], ...]] = {
    "Plan": (plan.Plan,), "Plan: bands": (plan.Bands,), "Plan: choices": (plan.Choices,),
    "Plan: scopes": (plan.Scope,), "Plan: areas": (plan.ExtraArea,),
    "Plan: indicators": (plan.Indicator, plan.Exposure), "Plan: targets": (plan.Target,),
    "Plan: commitments": (register.Register,), "Plan: commitment": (register.Commitment,),
}  # fmt: skip


def section(heading: str) -> str:
    """Return the text under a heading of the dictionary, up to the next heading."""
    (found,) = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", DICTIONARY, re.MULTILINE | re.DOTALL)
    return str(found)


def rows(heading: str) -> list[list[str]]:
    """Return the rows of the tables under a heading, the name in the first cell bare."""
    lines = re.findall(r"^\| `(\w+)` \| (.*) \|$", section(heading), re.MULTILINE)
    return [[name, *rest.split(" | ")] for name, rest in lines]


def names(heading: str) -> list[str]:
    return [row[0] for row in rows(heading)]


def quoted() -> dict[str, str]:
    """Return every constant that the methods quote, as `NAME` = value."""
    found = re.findall(r"`(\w+)` = (\([^)]*\)|\{[^}]*\}|\d+(?:\.\d+)?)", PROSE)
    assert len(dict(found)) == len(set(found)), "a constant is quoted with two values"
    return dict(found)


@pytest.mark.parametrize("name", CHECKED)
class TestEveryTable:
    def test_has_all_its_columns_in_the_dictionary_in_their_order(self, name: str) -> None:
        assert names(name) == schema.columns(CHECKED[name])

    def test_says_there_where_a_value_may_be_missing(self, name: str) -> None:
        kinds = {"float64": "number", "bool": "yes/no", "object": "text"}
        for column, kind, _ in rows(name):
            shape = CHECKED[name].columns[column]
            wanted = kinds.get(str(shape.dtype), "text") + (" or empty" if shape.nullable else "")
            assert kind == ("list of texts" if column == "warnings" else wanted), column

    def test_has_every_allowed_code_in_the_dictionary(self, name: str) -> None:
        explained = {"status": schema.STATUSES, "verdict": schema.VERDICTS, "field": schema.FIELDS}
        explained |= {"kind": schema.DISCREPANCY_KINDS + schema.FINDING_KINDS, "verdict_before": schema.VERDICTS}
        for column, _, meaning in rows(name):
            for check in CHECKED[name].columns[column].checks:
                allowed = set(check.statistics.get("allowed_values", ())) - {""}
                said = set(re.findall(r"`(\w+)`", meaning)) | set(explained.get(column, ()))
                assert allowed <= said, column


def test_files_beside_the_results_have_their_columns_in_the_dictionary() -> None:
    assert names("breaks") == readings.BREAKS
    assert names("areas") == list(areas.COLUMNS)
    assert names("events") == events.COLUMNS
    for file, columns in ((PROJECT / "data" / "breaks.csv", readings.BREAKS), (areas.AREAS, list(areas.COLUMNS))):
        with file.open(encoding="utf-8-sig", newline="") as lines:
            assert next(csv.reader(lines)) == columns


def test_the_record_of_validation_has_its_columns_in_the_dictionary() -> None:
    for field in fields(accuracy.Validation):
        file = validation.RECORD / f"{field.name}.csv"
        with file.open(encoding="utf-8-sig", newline="") as lines:
            assert next(csv.reader(lines)) == names(field.name)


def test_what_attainment_takes_and_gives_stands_in_the_dictionary() -> None:
    rows = pd.DataFrame({"area": "A", "year": [2014, 2015, 2016], "count": [12, 10, 11]})
    question = {"baseline_year": 2015, "target_year": 2018}
    relative = attainment.attainment(rows, changes=[-0.1], **question)
    ceiling = attainment.attainment(rows, levels=[9], **question)
    said = names("attainment: result")
    assert [name for name in said if name != "level"] == list(relative)
    assert [name for name in said if name != "change"] == list(ceiling)
    assert {"area", "year", *attainment._NUMBERS} == set(names("attainment: observations"))


@pytest.mark.parametrize("heading", PARTS)
def test_every_key_of_a_plan_stands_in_the_dictionary(heading: str) -> None:
    assert names(heading) == [key for part in PARTS[heading] for key in part.model_fields]


def test_every_name_that_a_template_may_use_stands_in_the_dictionary() -> None:
    assert tuple(names("The template of the draft report")) == document.NAMES


def test_codes_and_units_are_those_of_the_schema() -> None:
    assert names("Status") == list(schema.STATUSES)
    assert names("Verdict") == list(schema.VERDICTS)
    assert {row[0]: row[1] for row in rows("Measures")} == schema.MEASURES
    assert tuple(re.findall(r"`(\w+)`", section("Fields"))) == (*schema.FIELDS, schema.UNKNOWN)
    assert names("Kinds of discrepancy") == list(schema.DISCREPANCY_KINDS)
    assert names("Kinds of finding") == list(schema.FINDING_KINDS)
    assert f"`{schema.CHANGE_UNIT}`" in section("Measures")


def test_the_notebooks_of_a_run_stand_in_the_dictionary() -> None:
    notebooks = {name for kind in request.KINDS.values() for name in kind}
    assert notebooks <= set(re.findall(r"`(\w+)`", section("A run's folder")))
    assert f"tables/{evaluation.QUESTION}`" in section("A run's folder")
    assert set(request.KINDS) <= set(re.findall(r"`(\w+)`", section("run.json")))


@pytest.mark.parametrize(("module", "name"), CONSTANTS, ids=[name for _, name in CONSTANTS])
def test_a_constant_in_the_methods_is_the_one_in_the_code(module: object, name: str) -> None:
    assert literal_eval(quoted()[name]) == getattr(module, name)


def test_every_constant_in_the_methods_is_compared() -> None:
    assert set(quoted()) == {name for _, name in CONSTANTS} | {"on_track", "off_track"}


@pytest.mark.parametrize("pattern", IN_WORDS)
def test_a_number_said_in_words_is_the_one_in_the_code(pattern: str) -> None:
    ((*said,),) = [match.groups() for match in re.finditer(pattern, PROSE)]
    assert [float(number.replace("⁶", "6")) for number in said] == pytest.approx(IN_WORDS[pattern])


def test_the_kinds_of_walks_in_the_methods_are_those_in_the_code() -> None:
    (table,) = re.findall(r"^\| kind of own walk \|.*\n\|[-|]*\n((?:\|.*\n)+)", METHODS, re.MULTILINE)
    rows_ = [[float(cell) for cell in line.split("|")[2:5]] for line in table.splitlines()]
    assert rows_ == [list(kind) for kind in levels.WALKS]


@pytest.mark.parametrize("name", ["COUNT", "RATE", "EXPOSURE"])
def test_the_constants_in_the_methods_are_those_in_the_code(name: str) -> None:
    (heading,) = re.findall(r"^\| constants, [^|]*\|(.*)\|$", METHODS, re.MULTILINE)
    (cells,) = re.findall(rf"^\| `{name}`[^|]*\|(.*)\|$", METHODS, re.MULTILINE)
    constants = getattr(levels, name)
    assert [cell.strip() for cell in heading.split("|")] == [field.name for field in fields(constants)]
    assert tuple(float(cell.replace("−", "-")) for cell in cells.split("|")) == astuple(constants)


def test_the_methods_name_the_forecast_and_count_what_stands_beside_it() -> None:
    assert f"method `{levels.METHOD}`" in PROSE
    assert len(levels._SCALES) == 11
    assert len(benchmark_methods.METHODS) == 12
    assert PROSE.count("twelve benchmark methods") == 1
    assert len(progress.MEASURES) == 8


def test_the_share_that_deaths_of_one_city_have_in_common_is_the_one_in_the_methods() -> None:
    (said,) = re.findall(r"of `COUNT`, (\d+) %", PROSE)
    common = levels.COUNT.common_volatility**2 + levels.COUNT.drift_sd**2
    assert round(100 * common / (common + levels.COUNT.volatility**2)) == int(said)


def test_every_kind_of_discrepancy_and_every_family_has_its_row_in_the_methods() -> None:
    for codes in (schema.DISCREPANCY_KINDS, schema.FAMILIES):
        found = re.findall(r"^\| `(\w+)` \|", METHODS, re.MULTILINE)
        assert [code for code in found if code in codes] == list(codes)
    assert re.findall(r"^\d\. `(\w+)`:", METHODS, re.MULTILINE) == list(schema.CAUSES)


def test_the_primary_choices_in_the_methods_are_those_of_the_code() -> None:
    primary = dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", METHODS, re.MULTILINE))
    assert primary["measure"] == robustness.PRIMARY_MEASURE
    assert primary["model"] == levels.METHOD


@pytest.mark.parametrize("plan_id", plan.plan_ids())
def test_the_bands_in_the_methods_are_those_of_every_plan(plan_id: str) -> None:
    bands = plan.load_plan(plan_id).bands
    assert (float(quoted()["off_track"]), float(quoted()["on_track"])) == (bands.off_track, bands.on_track)


def test_the_bands_of_words_are_those_in_the_methods() -> None:
    (said,) = re.findall(r"Words: below (.*?), above (.*?)\.\s", PROSE)
    limits = [(float(limit), word.strip()) for limit, word in re.findall(r"(\.\d\d) ([a-z ]+)", said[0])]
    codes = {"about as likely as not": "even"}
    for limit, word in limits:
        assert cases.chance_word(limit - 1e-9) == codes.get(word, word.replace(" ", "_"))
        assert cases.chance_word(limit) != cases.chance_word(limit - 1e-9)
    assert len(limits) == 6
    assert cases.chance_word(0.99) == said[1].replace(" ", "_")


def test_a_probability_stays_within_the_limits_in_the_methods() -> None:
    ((least, most),) = re.findall(r"Kept within (\S+) to (\S+) \(", PROSE)
    seen = forecast.seen_in(pd.DataFrame({"area": "A", "year": [2015, 2016], "count": [100.0, 100.0]}))
    ahead = forecast.outlook(seen, [2016, 2020])
    assert ahead.chance_at_most([-1.0, 1e9], 2020).tolist() == [[float(least), float(most)]]


def test_the_noise_floor_in_the_methods_is_the_one_computed() -> None:
    ((first, second, third, *wide),) = re.findall(
        r"At v = 1: (\S+) for −30 % on 20 deaths, (\S+) for −3 % on 150, (\S+) for −15 % on 12; "
        r"at v = 1\.25: (\S+), (\S+), (\S+)\. ", PROSE
    )  # fmt: skip
    examples = ((20, "-0.30"), (150, "-0.03"), (12, "-0.15"))
    for ratio, said in ((1.0, (first, second, third)), (schema.VARIANCE_RATIO, wide)):
        for (count, change), share in zip(examples, said, strict=True):
            chance = chances.chance_if_nothing_changed(count, Decimal(change), ratio)
            assert round(chance, 2) == float(share)


def test_the_smallest_true_fall_in_the_methods_is_the_one_computed() -> None:
    (said,) = re.findall(r"At v = 1\.25: (\.\d+ for [^:]*?)\. ", PROSE)
    examples = re.findall(r"(\.\d+) for −(\d+) % on (\d+)", said)
    assert len(examples) == 4
    for fall, change, count in examples:
        found = chances.noise_floor(float(count), -Decimal(change) / 100, schema.VARIANCE_RATIO)
        assert round(found, 2) == float(fall)


def test_the_link_in_the_methods_is_the_one_in_the_table() -> None:
    with (PROJECT / "data" / "breaks.csv").open(encoding="utf-8", newline="") as lines:
        (link,) = csv.DictReader(lines)
    assert f"({link['factor'].lstrip('0')}, sd {link['sd'].lstrip('0')})" in PROSE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(\s*<?([^)\s>]+)", text)
    paths = [link.partition("#")[0] for link in links if not re.match(r"[a-zA-Z][a-zA-Z+.-]*:", link)]
    assert [path for path in paths if path and not (page.parent / path).exists()] == []


def test_every_anchor_in_the_dictionary_is_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", DICTIONARY, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", DICTIONARY)) <= anchors


@pytest.mark.parametrize(
    ("readme", "opening", "end"), [("README.md", "take the same words:", ". "), ("README.zh-CN.md", "用词一致：", "。")]
)
def test_the_words_that_evaluating_commands_are_said_to_share_are_shared(readme: str, opening: str, end: str) -> None:
    text = " ".join((PROJECT / readme).read_text(encoding="utf-8").split())
    said = re.findall(r"`(--[a-z-]+)[^`]*`(?: ?[(（]([^)）]*)[)）])?", text.split(opening)[1].split(end)[0])
    assert len(said) > 5
    commands: Any = typer.main.get_command(cli.app)
    for name in ("run", "assess", "areas"):
        known = {option for one in commands.commands[name].params for option in one.opts}
        assert {option for option, but in said if f"`{name}`" not in but} <= known
        assert not {option for option, but in said if f"`{name}`" in but} & known
