"""People are told what happened and nothing else, once a run; their addresses are seen nowhere."""

import json
import logging
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from test_runs import keep

from zzlib import lateness, notify, request, runs, scheduled, watched
from zzlib.errors import DataError, Fault, ParameterError, RunError
from zzlib.language import Message, say
from zzlib.run import RunResult

RUN, NEXT = "20190101T000000Z-aaaa", "20190201T000000Z-bbbb"
SECRET = "s3cret-t0ken"
LOST, UNKNOWN = (text.rpartition("{variable} ")[2] for text in (notify.LOST, notify.UNKNOWN))


def state(folder: Path, late: tuple[lateness.Late, ...] = ()) -> notify.State:
    return notify.State(notify.read(folder), late)


def text(message: notify.Told | None, language: str) -> list[str]:
    assert message is not None
    return [say(line, language) for line in (message.title, *message.lines)]


def test_the_same_verdicts_are_no_news(tmp_path: Path) -> None:
    moved = keep(tmp_path, NEXT, probabilities={"deaths": 0.44})
    assert notify.told(state(keep(tmp_path, RUN)), state(moved)) is None
    assert notify.told(None, state(moved)) is None  # a first run changes nothing


def test_a_changed_verdict_is_told_with_its_probabilities(tmp_path: Path) -> None:
    changed = keep(tmp_path, NEXT, verdicts={"deaths": "off_track"}, probabilities={"deaths": 0.08})
    message = notify.told(state(keep(tmp_path, RUN)), state(changed))
    assert text(message, "en") == [
        "Plan, mid-term evaluation through 2018: verdicts changed", "Deaths: open (61%) → off track (8%)."
    ]  # fmt: skip
    assert text(message, "zh")[1] == "死亡人数：尚难判断（61%）→ 难以完成（8%）。"


def test_a_verdict_without_a_probability_is_told_without_one(tmp_path: Path) -> None:
    gone = keep(tmp_path, NEXT, verdicts={"deaths": "not_assessable"}, probabilities={"deaths": None}, mark="synthetic")
    _, line, mark = text(notify.told(state(keep(tmp_path, RUN)), state(gone)), "en")
    assert line == "Deaths: open (61%) → not assessable (–)."
    assert mark == "synthetic demonstration data"


def test_a_run_that_looks_back_tells_nothing(tmp_path: Path) -> None:
    parameters = {"through": "2018", "as_of": "2018-12-31"}
    back = keep(tmp_path, NEXT, verdicts={"deaths": "missed"}, parameters=parameters)
    assert notify.told(state(keep(tmp_path, RUN)), state(back)) is None


def test_what_is_late_is_told_once(tmp_path: Path) -> None:
    late = (lateness.Late("deaths", "2018", "2017"), lateness.Late("records", "2018-06", "2018-04"))
    before, after = state(keep(tmp_path, RUN)), state(keep(tmp_path, NEXT), late)
    assert text(notify.told(before, after), "en") == [
        "Plan, mid-term evaluation through 2018: data are late",
        "Deaths: there is no figure of 2018; the last is of 2017.",
        "Accident records reach 2018-04 only; 2018-06 is asked for.",
    ]
    assert notify.told(state(before.run.folder, late), after) is None


def table(folder: Path, name: str, head: str, *rows: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("through", "found"),
    [
        ("2017", {"b": ("2017", "")}),
        ("2018", {"a": ("2018", "2017"), "b": ("2018", "")}),
        ("2018-06", {"b": ("2017", ""), "records": ("2018-06", "2018-05")}),
        ("2018-05", {"b": ("2017", "")}),
        ("2026", {"a": ("2018", "2017"), "b": ("2018", "")}),  # nothing is asked for after the target's year
        ("2018-Q4", {"a": ("2018", "2017"), "b": ("2018", ""), "records": ("2018-12", "2018-05")}),
    ],
)
def test_a_figure_is_late_once_its_year_is_over(through: str, found: dict[str, Any], tmp_path: Path) -> None:
    table(tmp_path, "assessments", "area,indicator,target_period", "410100,a,2018", "410100,b,2018")
    rows = (
        "410100,2016,a,1",
        "410100,2017,a,1",
        "410100,2018,a,",
        "410102,2018,a,1",
        "410100,2017/2019,a,1",
        "410100,2019,b,1",
    )
    table(tmp_path, "indicators", "area,period,indicator,value", *rows)
    table(tmp_path, "months", "area,field,period", "410100,,2018-05", "410100,fire,2018-05", "410102,,2018-06")
    assert {one.what: (one.wanted, one.last) for one in notify.late(tmp_path, through)} == found


def test_nothing_is_late_in_a_run_without_tables(tmp_path: Path) -> None:
    assert notify.late(tmp_path / "tables", "2018") == ()


def test_a_failure_says_why_and_which_page_readers_keep(tmp_path: Path) -> None:
    last = notify.read(keep(tmp_path, RUN))
    faults = [Fault(Message("no value for {year}", year=year), where="a.csv") for year in range(2001, 2010)]
    message = notify.failed("Plan", DataError(faults), last, "en")
    assert text(message, "en") == [
        "Plan: the run failed", *[f"a.csv: no value for {year}." for year in range(2001, 2006)], "and 4 more faults",
        "Readers keep the page of 1 January 2019.",
    ]  # fmt: skip


def test_of_what_nobody_foresaw_only_the_kind_is_told() -> None:
    message = notify.failed("Plan", OSError(f"https://host/{SECRET}"), None, "en")
    assert text(message, "en") == ["Plan: the run failed", "the program stopped (OSError)"]


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A real webhook on this machine: its address, and what it was told."""
    heard: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if "broken" in self.path else 200)
            self.end_headers()

        def log_message(self, *given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


class TestRun:
    """A run in whose place stands one that is kept already, or an error; everything after it is real."""

    @pytest.fixture(autouse=True)
    def outputs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        keep(tmp_path, RUN)
        changed = tmp_path / "new" / runs.RECORD
        self.ends: Any = changed
        self.begins: Any = None  # called once a run has something to compute and has begun
        self.asked: dict[str, Any] = {}
        self.unchanged = False

        def run(kind: str, **question: Any) -> RunResult:
            self.seen = os.environ.get(notify.VARIABLE)
            if self.begins:
                question["begun"]()
                self.begins()
            if isinstance(self.ends, Exception):
                raise self.ends
            parameters = {"through": "2018", "as_of": ""} | self.asked
            answer = {"verdicts": {"deaths": "missed"}, "probabilities": {"deaths": 0.0}, "parameters": parameters}
            folder = keep(tmp_path, NEXT, f"midterm-{parameters['through']}", **answer)
            return RunResult(folder, folder / "b.html", folder / "i.html", folder / runs.RECORD, self.unchanged)

        monkeypatch.setattr(watched, "run", run)
        return tmp_path

    def watched(self, outputs: Path) -> RunResult:
        return watched.watched("midterm", plan="zhengzhou-2016-2020", language="en", outputs=outputs)

    def test_tells_every_address_one_message(
        self, outputs: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address, heard = webhook
        monkeypatch.setenv(notify.VARIABLE, f"{address}/one\n  {address}/two ")
        self.watched(outputs)
        assert [one["message"] for one in heard] == ["Deaths: open (61%) → missed (0%)."] * 2
        assert heard[0]["title"] == "Plan, mid-term evaluation through 2018: verdicts changed"

    def test_that_changed_nothing_tells_nothing(
        self, outputs: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address, heard = webhook
        monkeypatch.setenv(notify.VARIABLE, address)
        self.unchanged = True
        self.watched(outputs)
        assert heard == []

    @pytest.mark.parametrize(
        ("asked", "tells"),
        [
            ({"through": "2017"}, 0),
            ({"through": "2019"}, 1),
            ({"data": ["ledger-2018-12.csv"]}, 1),
            ({"event": "reform-2016"}, 0),
        ],
    )
    def test_is_set_beside_the_last_run_of_the_same_event_that_looked_no_further(
        self, asked: dict[str, Any], tells: int, outputs: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address, heard = webhook
        monkeypatch.setenv(notify.VARIABLE, address)
        self.asked = asked
        self.watched(outputs)
        assert len(heard) == tells

    def test_tells_that_it_failed_and_fails(self, outputs: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        address, heard = webhook
        self.ends = DataError(Fault("no rows", where="empty.csv"))
        monkeypatch.setenv(notify.VARIABLE, address)
        with pytest.raises(DataError):
            self.watched(outputs)
        (one,) = heard
        assert one["message"].splitlines() == ["empty.csv: no rows.", "Readers keep the page of 1 January 2019."]

    def test_hides_the_addresses_from_the_notebooks(
        self, outputs: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(notify.VARIABLE, f"{webhook[0]}/{SECRET}")
        self.watched(outputs)
        assert self.seen is None

    def test_without_addresses_nothing_is_read_or_sent(self, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(notify.VARIABLE, raising=False)
        monkeypatch.setattr(notify, "state", None)
        self.watched(outputs)

    @pytest.mark.parametrize(
        ("address", "why"),
        [
            *((one, LOST) for one in ("{hook}/broken/{secret}", "json://127.0.0.1:9/{secret}",
                                      "mailto://user:{secret}@localhost:9/?cto=0.2&rto=0.2")),
            *((one, UNKNOWN) for one in ("nothing://{secret}", "{secret}", "json://", "dingtalk://{secret}",
                                         "json://[{secret}", "mailto://user:{secret}@127.0.0.1:9/")),
        ],
    )  # fmt: skip
    def test_what_cannot_be_sent_fails_no_run_and_shows_no_address(
        self, address: str, why: str, outputs: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
    ) -> None:  # fmt: skip
        caplog.set_level(logging.DEBUG)
        hook, heard = webhook
        monkeypatch.setenv(notify.VARIABLE, f"{hook} {address.format(hook=hook, secret=SECRET)}")
        result = self.watched(outputs)
        said = capfd.readouterr()
        assert said.err == f"address 2 of ZZLIB_NOTIFY {why}\n"
        assert heard[0]["message"] == "Deaths: open (61%) → missed (0%)."  # the other address is told all the same
        kept = b"".join(path.read_bytes() for path in outputs.rglob("*") if path.is_file())
        assert SECRET not in said.out + caplog.text + kept.decode() + repr(result)

    def test_an_address_that_is_not_understood_is_said_when_a_run_begins(
        self, outputs: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv(notify.VARIABLE, f"nosuch://{SECRET} {webhook[0]} {SECRET}")
        self.ends = RunError(Fault("no"))
        self.began: Any = None

        def begins() -> None:
            self.began = capfd.readouterr().err

        self.begins = begins
        with pytest.raises(RunError):
            self.watched(outputs)
        assert self.began == f"address 1 of ZZLIB_NOTIFY {UNKNOWN}\naddress 3 of ZZLIB_NOTIFY {UNKNOWN}\n"

    def test_a_damaged_earlier_run_fails_no_run(
        self, outputs: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        keep(outputs, "20190102T000000Z-cccc", verdicts=["open"])
        monkeypatch.setenv(notify.VARIABLE, webhook[0])
        self.watched(outputs)
        assert "could not be made out (AttributeError)" in capfd.readouterr().err

    def test_addresses_without_the_sender_are_refused_before_the_run(
        self, outputs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(notify.VARIABLE, f"json://{SECRET}")
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(ParameterError) as refusal:
            self.watched(outputs)
        assert str(refusal.value) == (
            "ZZLIB_NOTIFY is set, and apprise, which sends, is not installed. "
            "Install it: pip install apprise. Or unset the variable."
        )
        assert not hasattr(self, "seen")


def test_a_parameter_that_is_refused_is_told_too(webhook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    address, heard = webhook
    monkeypatch.setenv(notify.VARIABLE, address)
    shell = InteractiveShell()
    scheduled.only_values(shell)
    shell.run_cell("trough = '2018-06'", store_history=False)
    (one,) = heard
    assert "是否应为“through”" in one["message"]


def test_every_kind_of_run_has_its_word() -> None:
    assert [kind for kind in request.KINDS if say(watched._about(kind, "x"), "zh").endswith(kind)] == []
