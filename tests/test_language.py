"""Whatever zzlib says it can say in Chinese and English, and neither catalogue holds a word that nobody says."""

import ast
import csv
import doctest
import json
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zzlib import cli_runs, language, schema, show
from zzlib.accuracy import MODEL, SLICES
from zzlib.allocation import METHODS as SHARING
from zzlib.apportionment import ROUNDINGS
from zzlib.benchmark_methods import METHODS
from zzlib.cases import chance_word
from zzlib.language import Message, Name, catalogue, pack, say, unpack, word
from zzlib.ledger import GRADES
from zzlib.plan import PROJECT, load_plan, plan_ids
from zzlib.register import GROUPS
from zzlib.request import KINDS
from zzlib.scenarios import NO_DRIFT, UNCHANGED
from zzlib.targets import BENCHMARK, METHOD

PACKAGE = Path(language.__file__).parent
MODULES = sorted(PACKAGE.glob("*.py"))
TEMPLATES = sorted((PACKAGE / "templates").glob("*.j2"))
CHINESE = "[一-鿿]"


def trees() -> Iterator[tuple[str, ast.AST]]:
    """The syntax of every module, and of the examples in its docstrings."""
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        yield path.name, ast.parse(text)
        for example in doctest.DocTestParser().get_examples(text):
            yield path.name, ast.parse(example.source)


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for module, tree in trees():
        for part in ast.walk(tree):
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in names:
                yield f"{module}:{part.lineno}", part


def constant(part: ast.expr) -> str | None:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None


def said_in_code() -> Iterator[str]:
    named = named_sentences()
    for place, call in calls("Message", "_refusal", "refusal"):
        if call.args and not any(keyword.arg == "context" for keyword in call.keywords):
            yield from filter(None, [constant(call.args[0])])
            if isinstance(call.args[0], ast.Name):
                yield from named.get((place.partition(":")[0], call.args[0].id), ())


def named_sentences() -> dict[tuple[str, str], list[str]]:
    """Sentences too long for their line: a name is given to each, and the message made from the name."""
    found: dict[tuple[str, str], list[str]] = {}
    for module, tree in trees():
        for part in ast.walk(tree):
            if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
                texts = [text for one in ast.walk(part.value) if isinstance(one, ast.expr) and (text := constant(one))]
                found.setdefault((module, part.targets[0].id), []).extend(texts)
    return found


def said_in_templates() -> Iterator[str]:
    for path in TEMPLATES:
        yield from re.findall(r'\b_\("([^"]*)"', path.read_text(encoding="utf-8"))


def headings_in_the_terminal() -> Iterator[str]:
    """The headings of the terminal's table: plain words first, made messages all at once."""
    for part in ast.walk(ast.parse((PACKAGE / "cli.py").read_text(encoding="utf-8"))):
        if isinstance(part, ast.Assign) and getattr(part.targets[0], "id", "") == "headings":
            yield from ast.literal_eval(part.value)


def columns_in_listings() -> set[str]:
    """The columns that `show` lists: what it calls `shown`, and the columns that it names itself."""
    tree = ast.parse((PACKAGE / "show.py").read_text(encoding="utf-8"))
    assigned = [part for part in ast.walk(tree) if isinstance(part, ast.Assign)]
    named = [(getattr(part.targets[0], "id", getattr(part.targets[0], "attr", "")), part.value) for part in assigned]
    lists = [ast.Expression(value) for name, value in named if name in ("shown", "columns")]
    return {column for names in lists for column in eval(compile(names, "show.py", "eval"), vars(show).copy())}


def told_while_validating() -> set[str]:
    """What `accuracy` tells of its progress."""
    found = [
        part
        for part in ast.walk(ast.parse((PACKAGE / "accuracy.py").read_text(encoding="utf-8")))
        if isinstance(part, ast.Call) and getattr(part.func, "id", "") == "tell"
    ]
    return {text for call in found if (text := constant(call.args[0])) is not None}


# Definitions of published and demonstration figures, which a page of sources shows.
PUBLISHED_SCOPES = {
    row["scope"]
    for path in [*(PROJECT / "data" / "observations").glob("*.csv"), PROJECT / "data" / "demo" / "observations.csv"]
    for row in csv.DictReader(path.open(encoding="utf-8"))
    if (row["scope"] and row["area"] != "100000") or row["measure"] == "gdp"
} | {"current prices"}

SENTENCES = {*said_in_code(), *said_in_templates(), *headings_in_the_terminal()}
CODES: dict[str, set[str]] = {
    "verdict": set(schema.VERDICTS),
    "pace": set(schema.PACES),
    "trend": set(schema.TRENDS),
    "status": {*schema.STATUSES, "missing"},
    "chance": {chance_word(percent / 100) for percent in range(101)},
    "restated_by": {"records", "source", "link", "plan"},  # who put the baseline of a reading on another definition
    "reading": {"primary", "as_printed"},
    "method": {METHOD, BENCHMARK, MODEL, *METHODS, NO_DRIFT, UNCHANGED},
    "measure": {*schema.MEASURES, *(f"accidents_{grade}" for grade in ("ordinary", *GRADES))},
    "unit": {unit for unit in schema.MEASURES.values() if " per " not in unit},  # a rate's unit is named by the plan
    "mark": {"synthetic"},
    "run": {"read", "kept", "failed"},
    "asked": set(cli_runs.ASKED),
    "standing": set(schema.STANDINGS),
    "funnel": {"within", *(f"{side}_{place}" for side in schema.SIDES for place in schema.FUNNEL_PLACES[1:])},
    "column": columns_in_listings() | {*cli_runs.ANSWER, *cli_runs.FIGURES, *cli_runs.ROWS, *cli_runs.RECORDS},
    "scope": {scope for plan in plan_ids() for scope in load_plan(plan).scopes} | PUBLISHED_SCOPES,
    "kind": set(KINDS),
    "discrepancy": set(schema.DISCREPANCY_KINDS),
    "cause": set(schema.CAUSES),
    "letter": {*schema.STATUSES, "missing"},  # one sign each, for figures
    "finding": set(schema.FINDING_KINDS),
    "tested": set(schema.TESTED),
    "side": set(schema.SIDES),
    "pattern": set(schema.PATTERNS),
    "table": {"ledger", "observations"},
    "kept": {*schema.RESULTS, "explanation"},
    "state": set(schema.STATES),
    "outcome": set(schema.OUTCOMES_OF_TARGETS),
    "band_place": set(schema.BAND_PLACES),
    "commitment_kind": set(schema.COMMITMENT_KINDS),
    "group": set(GROUPS),
    "report_standing": set(schema.STANDINGS_OF_REPORTS),
    "report_doubt": set(schema.REPORT_DOUBTS),
    "slice": {kind.name for kind in SLICES},
    "validation": told_while_validating(),
    "ceiling_pace": set(schema.PACE_WORDS),
    "origin": {"ordered", "allocated", "adjusted"},
    "role": {"input", "output", "outcome"},
    "leading": set(schema.LEADING),
    "answer": set(schema.ANSWERS),
    "allocation": {*SHARING, *ROUNDINGS, "controlled"},
}
WORDS = {(context, code) for context, codes in CODES.items() for code in codes}


def entries(of: str) -> dict[tuple[str | None, str], str]:
    return {(entry.context, str(entry.id)): str(entry.string) for entry in catalogue(of) if entry.id}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_there_is_something_to_say() -> None:
    assert len(SENTENCES) > 200
    assert {"Left out of this run", "Verdict", "'{text}' is not a number", "indicator '{code}' is defined twice"} <= (
        SENTENCES
    )
    assert {"baseline", "median", "source"} <= CODES["column"]


def test_every_sentence_has_its_chinese() -> None:
    spoken = entries("zh")
    assert sorted(text for text in SENTENCES if not spoken.get((None, text))) == []


@pytest.mark.parametrize("of", language.LANGUAGES)
@pytest.mark.parametrize("context", CODES)
def test_every_code_has_its_word(context: str, of: str) -> None:
    spoken = entries(of)
    assert sorted(code for code in CODES[context] if not spoken.get((context, code))) == []


def test_every_context_of_the_code_is_known_to_these_tests() -> None:
    used = {constant(call.args[0]) for _, call in calls("word")}
    assert used - {None} <= set(CODES)


@pytest.mark.parametrize("of", language.LANGUAGES)
def test_the_catalogue_holds_nothing_that_nobody_says(of: str) -> None:
    plain = {(None, text) for text in SENTENCES} if of == "zh" else set()
    assert sorted(map(str, set(entries(of)) - plain - WORDS)) == []


def test_chinese_fills_the_same_places_as_english() -> None:
    differ = {
        id_: text for (context, id_), text in entries("zh").items() if not context and places(id_) != places(text)
    }
    assert differ == {}


def test_a_message_is_given_exactly_the_values_that_its_places_need() -> None:
    differ = {}
    for where, call in calls("Message", "_refusal", "refusal"):
        template = constant(call.args[0]) if call.args else None
        names = {keyword.arg for keyword in call.keywords} - {"context"}
        if template is not None and None not in names and names != places(template):
            differ[where] = (template, names)
    assert differ == {}


def test_chinese_is_punctuated_in_full_width() -> None:
    narrow = re.compile(rf"{CHINESE}[,;:!?.](?:\s|{CHINESE}|$)|[,;:!?]{CHINESE}|{CHINESE}\(|\){CHINESE}|[\"']{CHINESE}")
    assert [text for text in entries("zh").values() if narrow.search(text)] == []


def test_chinese_sentences_are_chinese() -> None:
    fillers_only = re.compile(r"(?:\{\w+\}|[^\w])*")
    words = [(key, text) for key, text in entries("zh").items() if not fillers_only.fullmatch(text)]
    assert [key for key, text in words if not re.search(CHINESE, text)] == []


TEXTS = st.text(max_size=12)
NAMES = st.builds(Name, zh=TEXTS, en=TEXTS)
WORD = st.sampled_from(sorted(WORDS)).map(lambda pair: word(*pair))


def sentences(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    templates = st.sampled_from(["No value for {year}.", "{measure} {year}", "{names}: {warning}", "untranslated {x}"])
    filled = templates.flatmap(
        lambda text: st.fixed_dictionaries(dict.fromkeys(sorted(places(text)), values)).map(
            lambda given: Message(text, **given)
        )
    )
    return filled | st.lists(values, max_size=3)


ANYTHING = st.recursive(TEXTS | NAMES | WORD | st.integers(-9999, 9999), sentences, max_leaves=8)


@given(ANYTHING)
def test_what_is_kept_as_json_or_sent_to_a_worker_still_speaks_both_languages(text: Any) -> None:
    for again in (unpack(json.loads(json.dumps(pack(text)))), pickle.loads(pickle.dumps(text))):
        assert again == text
        assert type(again) is type(text)
        assert [say(again, of) for of in language.LANGUAGES] == [say(text, of) for of in language.LANGUAGES]


@pytest.mark.parametrize(
    ("build", "zh", "en"),
    [
        (lambda: Message("No value for {year}.", year=2008), "缺 2008 年的数值。", "No value for 2008."),
        (lambda: word("verdict", "off_track"), "难以完成", "off track"),
        (lambda: Name(zh="郑州市", en="Zhengzhou"), "郑州市", "Zhengzhou"),
        (lambda: Message("{measure} {year}", measure=word("measure", "deaths"), year=2015), None, "deaths 2015"),
        (lambda: Message("nobody translated {this}", this="x"), "nobody translated x", "nobody translated x"),
    ],
)
def test_a_message_speaks_the_language_it_is_asked_for(build: Callable[[], Any], zh: str | None, en: str) -> None:
    assert str(build()) == say(build(), "en") == en
    assert say(build(), "zh") == zh if zh is not None else re.search(CHINESE, say(build(), "zh"))
