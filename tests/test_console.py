"""Every command in both languages on a GBK console that stands no stray sign: nothing ends, nothing is garbled."""

import io
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from zzlib import validation
from zzlib.areas import read_areas
from zzlib.classes import names
from zzlib.cli import main
from zzlib.evaluation import evaluate
from zzlib.language import LANGUAGES, Name, catalogue
from zzlib.plan import PROJECT, load_plan, plan_ids
from zzlib.terminal import plain

FIGURES = str(PROJECT / "data" / "observations" / "zhengzhou_vehicles.csv")
NATION = "china-2006-2010"
SHARED = tempfile.TemporaryDirectory(prefix="zzlib-console-")
ONLY_ON_PAGES = {"½", "Sainte-Laguë divisors"}  # a letter in figures, a method in tables of districts


def on_gbk(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    """Run a command as `PYTHONIOENCODING=gbk:strict zzlib ...` would; return its exit code and all that it said."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="gbk", errors="strict", write_through=True) for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    monkeypatch.setattr(sys, "argv", ["zzlib", *arguments])
    monkeypatch.setenv("ZZLIB_KEPT", SHARED.name)  # both languages ask the same questions: computed once
    stop = signal.getsignal(signal.SIGTERM)
    try:
        main()
    except SystemExit as left:
        code = left.code
    finally:
        signal.signal(signal.SIGTERM, stop)
    assert isinstance(code, int)
    return code, "".join(stream.buffer.getvalue().decode("gbk") for stream in streams)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every kind that a command may meet, whole and broken, and the tables of two evaluations."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "bad.csv").write_text("日期,地区,死亡人数,备注\n2018-13-40,金水区,三人,😀\n,,−1,\n", encoding="utf-8")
    years = "".join(f"A,{year},{deaths}\n" for year, deaths in zip(range(2001, 2013), range(60, 48, -1), strict=True))
    (folder / "panel.csv").write_text("area,year,count\n" + years + years.replace("A,", "B,"), encoding="utf-8")
    for year in ("2007", "2008"):
        evaluate(NATION, through=year, folder=folder / year)
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("check", FIGURES), 0, "zhengzhou_vehicles.csv"),
        (("check", "{files}/bad.csv"), 2, "bad.csv"),
        (("check", "{files}/none.csv"), 2, "none.csv"),
        (("assess", "--plan", NATION, "--outputs", "{files}/2008"), 0, "2008"),
        (("explain", "{files}/2007", "{files}/2008"), 0, "%"),
        (("explain", "{files}", "{files}"), 2, "files"),
        (("run", "midterm", "--data", "{files}/bad.csv", "--outputs", "{files}/runs"), 2, "bad.csv"),
        (("run", "midterm", "--plan", "nowhere.yaml"), 2, "nowhere.yaml"),
        (("template", "{files}/{language}.xlsx"), 0, ".xlsx"),
        (("validate", "--panel", "{files}/panel.csv"), 2, "100"),
        (("validate", "--panel", "{files}/bad.csv"), 2, "bad.csv"),
        (("assess", "--as-of", "😀"), 2, "2018-12-31"),
    ],
    ids=lambda part: part[0] if isinstance(part, tuple) else None,
)
def test_every_command_speaks_on_a_gbk_console(
    monkeypatch: pytest.MonkeyPatch, files: Path, language: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    given = [part.format(files=files, language=language) for part in arguments]
    left, shown = on_gbk(monkeypatch, *given, "--language", language)
    assert left == code, shown
    assert said in shown
    assert "Traceback" not in shown
    stray = shown.replace("\\U0001f600", "")  # an emoji of the reader's own is shown by its code
    assert "\\u" not in stray
    assert "\\x" not in stray


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_validation_speaks_on_a_gbk_console(language: str) -> None:
    assert validation.as_text(validation.read_validation(), language).encode("gbk")


def texts() -> Iterator[str]:
    """Every text of the project's own that may stand on a terminal: the catalogues, and names from data."""
    for language in LANGUAGES:
        yield from (str(entry.string) for entry in catalogue(language) if entry.id)
    yield from (str(entry.id) for entry in catalogue("zh") if entry.id and not entry.context)
    named: list[Name] = [*read_areas()["name"]]
    named += [name for kind in ("fields", "industries", "kinds", "grades") for name in names(kind).values()]
    for plan in map(load_plan, plan_ids()):
        named += [plan.title, *(i.name for i in plan.indicators), *(i.unit for i in plan.indicators)]
    yield from (text for name in named for text in (name.zh, name.en))


def test_gbk_has_every_sign_that_the_terminal_may_need() -> None:
    stray = {text for text in texts() if plain(text).encode("gbk", errors="ignore").decode("gbk") != plain(text)}
    assert {text for text in stray if not any(known in text for known in ONLY_ON_PAGES)} == set()
