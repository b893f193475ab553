"""The pages say what the code does: columns, codes, constants and links."""

import csv
import re
from ast import literal_eval
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from zzlib import areas, cases, forecast, indicators, ledger, plan, readings, run, schema, targets

PROJECT = Path(__file__).resolve().parents[1]
METHODS = (PROJECT / "docs" / "methods.md").read_text(encoding="utf-8")
PROSE = " ".join(METHODS.split())  # without its line breaks
DICTIONARY = (PROJECT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "data/**/*.md", "benchmarks/**/*.md") for path in PROJECT.glob(pattern)
)
CHECKED = {**schema.RESULTS, "ledger": schema.LEDGER}
CONSTANTS = (
    (forecast, "VARIANCE_RATIO"), (forecast, "PLAUSIBLE_COUNTS"), (forecast, "DRAWS"), (forecast, "QUANTILES"),
    (indicators, "EXACT_BELOW"), (cases, "UNKNOWN_COUNT"), (ledger, "SCOPE_CHANGE"), (targets, "CHANCE_FLOOR"),
    (targets, "TREND_YEARS"), (targets, "EIGHTY"), (targets, "NINETY_FIVE"),
)  # fmt: skip
PARTS: dict[str, tuple[type[BaseModel], ...]] = {
    "Plan": (plan.Plan,), "Plan: bands": (plan.Bands,), "Plan: choices": (plan.Choices,),
    "Plan: scopes": (plan.Scope,), "Plan: areas": (plan.ExtraArea,),
    "Plan: indicators": (plan.Indicator, plan.Exposure), "Plan: targets": (plan.Target,),
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
    found = re.findall(r"`(\w+)` = (\([^)]*\)|\d+(?:\.\d+)?)", PROSE)
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
        for column, _, meaning in rows(name):
            for check in CHECKED[name].columns[column].checks:
                allowed = set(check.statistics.get("allowed_values", ())) - {""}
                said = set(re.findall(r"`(\w+)`", meaning)) | set(explained.get(column, ()))
                assert allowed <= said, column


def test_files_beside_the_results_have_their_columns_in_the_dictionary() -> None:
    assert names("breaks") == readings.BREAKS
    assert names("areas") == list(areas.COLUMNS)
    for file, columns in ((PROJECT / "data" / "breaks.csv", readings.BREAKS), (areas.AREAS, list(areas.COLUMNS))):
        with file.open(encoding="utf-8-sig", newline="") as lines:
            assert next(csv.reader(lines)) == columns


@pytest.mark.parametrize("heading", PARTS)
def test_every_key_of_a_plan_stands_in_the_dictionary(heading: str) -> None:
    assert names(heading) == [key for part in PARTS[heading] for key in part.model_fields]


def test_codes_and_units_are_those_of_the_schema() -> None:
    assert names("Status") == list(schema.STATUSES)
    assert names("Verdict") == list(schema.VERDICTS)
    assert {row[0]: row[1] for row in rows("Measures")} == schema.MEASURES
    assert tuple(re.findall(r"`(\w+)`", section("Fields"))) == schema.FIELDS


def test_the_notebooks_of_a_run_stand_in_the_dictionary() -> None:
    notebooks = {name for kind in run.KINDS.values() for name in kind}
    assert notebooks <= set(re.findall(r"`(\w+)`", section("A run's folder")))
    assert set(run.KINDS) <= set(re.findall(r"`(\w+)`", section("run.json")))


@pytest.mark.parametrize(("module", "name"), CONSTANTS, ids=[name for _, name in CONSTANTS])
def test_a_constant_in_the_methods_is_the_one_in_the_code(module: object, name: str) -> None:
    assert literal_eval(quoted()[name]) == getattr(module, name)


def test_every_constant_in_the_methods_is_compared() -> None:
    assert set(quoted()) == {name for _, name in CONSTANTS} | {"on_track", "off_track"}


@pytest.mark.parametrize("name", ["COUNT", "RATE", "EXPOSURE"])
def test_a_prior_in_the_methods_is_the_one_in_the_code(name: str) -> None:
    (cells,) = re.findall(rf"^\| `{name}`[^|]*\|(.*)\|$", METHODS, re.MULTILINE)
    prior = getattr(forecast, name)
    numbers = [float(cell.replace("−", "-")) for cell in cells.split("|")]
    assert numbers == [prior.drift_mean, prior.drift_sd, prior.volatility]


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
    ((least, most),) = re.findall(r"Kept within (\S+) to (\S+):", PROSE)
    level = forecast.path([2015, 2016], np.log([100.0, 100.0]), [0.01, 0.01], at=[2016, 2020])
    ahead = forecast.Outlook(level, level, None, True, 1.3, 0.0, 2016)
    assert (ahead.chance_at_most(-1, 2020), ahead.chance_at_most(1e9, 2020)) == (float(least), float(most))


def test_the_noise_floor_in_the_methods_is_the_one_computed() -> None:
    ((first, second, third, *wide),) = re.findall(
        r"At v = 1: (\S+) for −30 % on 20 deaths, (\S+) for −3 % on 150, (\S+) for −15 % on 12; "
        r"at v = 1\.3: (\S+), (\S+), (\S+)\. ", PROSE
    )  # fmt: skip
    examples = ((20, "-0.30"), (150, "-0.03"), (12, "-0.15"))
    for ratio, said in ((1.0, (first, second, third)), (1.3, wide)):
        for (count, change), share in zip(examples, said, strict=True):
            chance = forecast.chance_if_nothing_changed(count, Decimal(change), ratio)
            assert round(chance, 2) == float(share)


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
