"""Where everything is: the index of a run, and the page of all runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zzlib import area_pages, lately, narrative, pages, runs, since
from zzlib.evaluation import Evaluation
from zzlib.language import Message, Name, day, percent, say, word
from zzlib.plan import Plan

PAST = 12  # so many earlier runs a strip shows
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')  # what some system does not take in a file's name
TITLE = 120  # bytes of a plan's title in it: forty Chinese characters; a file's name holds 255 in all
# The briefing's other forms, which an office prints, sends on and files.
PAPERS = {
    "briefing.pdf": (Message("Briefing on two sheets, PDF"), Message("to be printed and sent on")),
    "briefing.docx": (Message("Draft report, Word"), Message("to be revised, submitted and filed")),
}
# Files that a run may hold beside its pages and tables, with what they are for.
FILES = {
    "notice.xlsx": Message("The notice that breaks the ceilings down, to be signed and sent out."),
    "evaluation.xlsx": Message("Assessment, indicators, forecasts, districts and sources, and every table, in Excel."),
    "run.json": Message("Inputs with their hashes, versions, commit, verdicts."),
    "SHA256SUMS": Message("SHA-256 of every file of the run, for sha256sum --check."),
}
ALWAYS = ("run.json", "SHA256SUMS")  # written after the index


@dataclass(frozen=True)
class Part:
    """A notebook of a run as an index tells of it; `lacks` says why it was left out."""

    name: str
    title: str
    description: str
    lacks: str | None = None


@dataclass(frozen=True)
class Index:
    """What the index of a run is made of; `page(way)` is its text, seen from where `way` leads to the run's folder."""

    plan: Plan
    kind: str
    evaluation: Evaluation
    parts: Sequence[Part]
    facts: Sequence[tuple[str, str]]
    omitted: Sequence[tuple[str, str]]
    staging: Path
    earlier: Sequence[runs.Kept] = ()
    moved: since.Since | None = None
    beside: dict[str, Message] = field(default_factory=dict)  # files that lie beside a published index

    def page(self, way: str) -> str:
        """Return the page."""
        language = self.evaluation.language
        return pages.index(
            title=say(Message("{plan}: {kind}", plan=self.plan.title, kind=word("kind", self.kind)), language),
            language=language,
            facts=[(say(label, language), say(value, language)) for label, value in self.facts],
            entries=[*self._entries(way), *self._beside(way)],
            omitted=self.omitted,
            mark=self.evaluation.mark,
            answers=answers(self.evaluation, self.earlier),
            moved=since.sentences(self.moved, self.evaluation),
            decide=undecided(self.evaluation),
            late=[*lately.short(self.evaluation), *narrative.late(self.evaluation)],
        )

    def _beside(self, way: str) -> Iterator[pages.Entry]:
        if way:
            yield from (pages.Entry(name, name, what, "briefing") for name, what in self.beside.items())

    def _entries(self, way: str) -> Iterator[pages.Entry]:
        shown = [part for part in self.parts if part.lacks is None]
        for part in shown:
            kind: pages.Kind = "briefing" if part.name == "briefing" else "notebook"
            yield pages.Entry(part.title, f"{way}{part.name}.html", part.description, kind)
        areas = self.staging / area_pages.FOLDER
        if areas.exists():
            pages_of = Message("a page for each, {count} in all", count=len(list(areas.glob("*.html"))) - 1)
            href = f"{way}{area_pages.FOLDER}/{area_pages.LISTED}.html"
            yield pages.Entry(Message("Districts and zones"), href, pages_of, "briefing")
        for file, (title, what) in PAPERS.items():
            if (self.staging / file).exists():
                yield pages.Entry(title, way + file, what, "briefing")
        kept = [*(self.staging / "tables").glob("*.csv"), self.staging / "tables" / "assessments.json"]
        for path in sorted(path.relative_to(self.staging).as_posix() for path in kept if path.exists()):
            name = Path(path)
            yield pages.Entry(name.name, way + path, word("kept", name.stem), "table")
        for file, what in FILES.items():
            if file in ALWAYS or (self.staging / file).exists():
                yield pages.Entry(file, way + file, what, "file")
        for part in shown:
            yield pages.Entry(
                f"{part.name}.ipynb", f"{way}{part.name}.ipynb", Message("The notebook as it was executed."), "file"
            )


def answers(evaluation: Evaluation, earlier: Sequence[runs.Kept]) -> list[pages.Answer]:
    """Return each target's verdict and probability, with the verdicts of the runs before."""
    return [
        pages.Answer(
            evaluation.indicator(row["indicator"]).name, row["verdict"], narrative.verdict(evaluation, row),
            percent(row["probability"]) if row["probability"] == row["probability"] else "",
            _past(row["indicator"], earlier),
        )
        for _, row in evaluation.assessments.iterrows()
    ]  # fmt: skip


def _past(indicator: str, earlier: Sequence[runs.Kept]) -> list[tuple[str, str]]:
    """Return the code and telling of a target's verdict in the last runs, the earliest first."""
    told: list[tuple[str, str]] = []
    for one in earlier[-PAST:]:
        if indicator in one.answers:
            verdict, chance = one.answers[indicator]
            what = {"day": day(one.made), "through": one.through, "verdict": word("verdict", verdict)}
            said = Message("{day}, through {through}: {verdict}", **what)
            if chance is not None:
                said = Message("{said} ({probability})", said=said, probability=percent(chance))
            told.append((verdict, said))
    return told


def undecided(evaluation: Evaluation) -> list[Message]:
    """Return what it would take for each target that is neither met nor likely to be: what leaders decide on."""
    rows = evaluation.assessments
    open_ = rows[rows["verdict"].isin(["open", "off_track"])].sort_values("probability", kind="stable")
    needs = [(code, narrative.requirement(evaluation, code)) for code in open_["indicator"]]
    return [
        Message("{name}: {need}.", name=evaluation.indicator(code).name, need=need)
        for code, need in needs if need is not None
    ]  # fmt: skip


def forwarded(plan: Plan, kind: str, through: str, language: str, ending: str) -> str:
    """Return the name by which a briefing is sent on: plan, kind and period, safe on every system.

    >>> from zzlib.plan import load_plan
    >>> forwarded(load_plan("zhengzhou-2016-2020"), "midterm", "2018", "zh", ".html")
    '郑州市安全生产“十三五”规划中期评估简报（截至2018）.html'
    """
    title = say(plan.title, language).encode()[:TITLE].decode(errors="ignore")
    what = {"plan": title, "kind": word("kind", kind), "through": through.replace("/", "–")}
    named = Message("{plan}, {kind}, briefing through {through}", **what)
    return UNSAFE.sub(" ", say(named, language)).strip() + ending


def overview(outputs: Path, language: str) -> str:
    """Return the page of all runs in a folder: for each plan, kind and period the newest answer."""
    asked = [(home, found) for home in sorted(outputs.glob("*/*-*")) if (found := runs.kept([home]))]
    told = [question for home, found in asked if (question := _question(home, found, outputs)) is not None]
    told.sort(key=lambda pair: pair[0], reverse=True)
    marked = any(one.record.get("mark") for _, found in asked for one in found if one.published)
    return pages.overview(
        title=say(Message("All evaluations"), language),
        language=language,
        questions=[question for _, question in told],
        mark=word("mark", "synthetic") if marked else "",
    )


def _question(home: Path, found: Sequence[runs.Kept], outputs: Path) -> tuple[str, pages.Question] | None:
    """Return the run's name and the row of one plan, kind and period; None where nothing was published."""
    published = [one for one in found if one.published]
    if not published:
        return None
    last, record = published[-1], published[-1].record
    failed = [one for one in found if one.run > last.run and not one.finished and not one.looks_back]
    names = {code: Name(**name) for code, name in record.get("names", {}).items()}
    rows = [
        pages.Answer(
            names.get(code, code), verdict, word("verdict", verdict), "" if chance is None else percent(chance),
            _past(code, published[:-1]),
        )
        for code, (verdict, chance) in last.answers.items()
    ]  # fmt: skip
    said = Message("A run of {day} failed; this is the last good one.", day=day(failed[-1].made)) if failed else ""
    facts = [(Message("Run date"), day(last.made)), (Message("Runs kept"), str(len(published)))]
    title: Any = Name(**record["title"]) if "title" in record else record["plan"]
    kind = Message("{kind}, through {through}", kind=word("kind", record["kind"]), through=last.through)
    where = home.relative_to(outputs).as_posix()
    return last.run, pages.Question(title, kind, f"{where}/index.html", facts, rows, said)
