"""The panel of `notebooks/explore.ipynb`: widgets that ask one question, and the answer that moves with them.

Only wiring: what is asked goes to `scenarios`, what comes back is said and drawn by the modules that say and draw every
evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import ipywidgets as widgets
import pandas as pd

from zzlib import firmness, narrative, show, tables
from zzlib.assumptions import Assumed
from zzlib.cases import chance_word
from zzlib.classes import names
from zzlib.evaluation import Given, read
from zzlib.figures import CHANCES
from zzlib.language import Message, percent, say, word
from zzlib.levels import METHOD
from zzlib.plan import load_plan, plan_ids
from zzlib.scenarios import MODELS, Answer, scenario, units
from zzlib.tables import Html
from zzlib.targets import checked_dates

ACCIDENTS = {"larger": 3, "major": 10, "extraordinary": 30}  # the least deaths of each grade: State Council order 493
EXPECTED = "expected"  # of a growth: a selection cannot hold None
GROWTHS = range(-10, 21)  # per cent a year
WIDE = 600  # units across the scale of probability
Part: TypeAlias = Any  # a widget; ipywidgets tells no types


def panel(
    plan: str | Path,
    *,
    through: str | int | None = None,
    as_of: str = "",
    data: str | Path | Sequence[str | Path] = (),
    language: str = "zh",
) -> Panel:
    """Return the panel for a plan, asking first what `evaluate` would be asked; raises what `evaluate` raises."""
    return Panel(read(plan, data=data), through=through, as_of=as_of, language=language)


class Panel:
    """Widgets, and the answer to what they ask: `answer` is it as data, `controls` are the widgets by name.

    Shown by a notebook as widgets with sentence and trajectory; where no widgets can live, as the sentence.
    """

    def __init__(self, given: Given, *, through: str | int | None, as_of: str, language: str) -> None:
        self.language = language
        self._given = {given.plan.plan: given}  # of the plans asked about, read once each
        period, day = checked_dates(given.plan, through, as_of)
        self.controls = _controls(given, period, day, language)
        self._words = widgets.HTML()
        self._figure = widgets.Output(layout={"min_height": "452px"})
        self._back = widgets.Button(
            description=self._say(Message("Assume nothing")), icon="undo", layout={"width": "auto"}
        )
        self.answer: Answer
        self._answer()
        self._listening = True
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        self._back.on_click(lambda _: self._ask(growth=EXPECTED, reduction=0.0, accident=0))
        self.box = self._laid_out()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = self.box._repr_mimebundle_(**kwargs)
        return shown | {"text/plain": "\n".join(map(self._say, self.sentences()))}

    def sentences(self) -> list[Message]:
        """Return what the answer says: the target, what is assumed, and what that changes."""
        return [narrative.target(self.answer.evaluation, self.answer.indicator), *_assumed(self.answer)]

    def models(self) -> Html:
        """Return every model's probability under what is assumed now."""
        answers = [self._scenario(model=model) for model in MODELS]
        rows = pd.DataFrame({
            "method": pd.Series([self._say(_model(answer.model)) for answer in answers], dtype=object),
            "probability": [float(answer.assessment["probability"]) for answer in answers],
            "verdict": [answer.assessment["verdict"] for answer in answers],
        })  # fmt: skip
        return tables.listing(rows, list(rows.columns), self.answer.evaluation)

    def forecast(self) -> Html:
        """Return the target year's figure under what is assumed now, beside the one with nothing assumed."""
        return show.forecasts(self.answer.evaluation)

    def _changed(self, change: Any) -> None:
        if not self._listening:
            return
        if change["owner"] is self.controls["plan"]:
            self._take_plan(change["new"])
        else:
            self._answer()

    def _ask(self, offered: Mapping[str, list[tuple[str, str]]] = MappingProxyType({}), **values: Any) -> None:
        """Offer other options and set several controls, and answer once."""
        self._listening = False
        for name, options in offered.items():
            self.controls[name].options = options
        for name, value in values.items():
            self.controls[name].value = value
        self._listening = True
        self._answer()

    def _take_plan(self, code: str) -> None:
        """Offer the areas, indicators and years of another plan, and start with its own mid-term year."""
        if code not in self._given:
            self._given[code] = read(code)
        given = self._given[code]
        period, _ = checked_dates(given.plan, None, None)
        first = {"area": given.plan.area, "indicator": given.plan.targets[0].indicator}
        self._ask(_offered(given, period, self.language), **first, through=period, as_of=None)

    def _scenario(self, **changed: Any) -> Answer:
        asked = {name: control.value for name, control in self.controls.items()}
        growth = asked.pop("growth")
        assumed = Assumed(None if growth == EXPECTED else growth, asked.pop("reduction"), asked.pop("accident"))
        given, day = self._given[asked.pop("plan")], asked.pop("as_of")
        known = {"as_of": day.isoformat() if day else None, "assumed": assumed, "language": self.language}
        return scenario(given, **(asked | known | changed))

    def _answer(self) -> None:
        self.answer = self._scenario()
        self._words.value = self._said()
        figure = show.trajectory(self.answer.evaluation, self.answer.indicator)._repr_mimebundle_()
        # The raw bundle: JupyterLab draws it as it draws every figure, and no further package has to live in the page.
        self._figure.outputs = ({"output_type": "display_data", "data": figure, "metadata": {}},)

    def _said(self) -> str:
        """Return the answer in words, with the probability on the plan's own bands."""
        answer, row = self.answer, self.answer.assessment
        evaluation, chance, own = answer.evaluation, row["probability"], answer.unchanged["probability"]
        bands = (0.0, evaluation.plan.bands.off_track, evaluation.plan.bands.on_track, 1.0)
        boxes = [
            {"x": WIDE * low, "width": WIDE * (high - low), "fill": fill, "name": self._say(word("verdict", code))}
            for low, high, fill, code in zip(bands, bands[1:], CHANCES, ("off_track", "open", "on_track"), strict=False)
        ]
        known = not pd.isna(chance)
        area = self._given[evaluation.plan.plan].areas.set_index("area").at[answer.area, "name"]
        scale = Message("probability {probability} on a scale from 0 to 100%", probability=percent(chance))
        return tables.template("explore.html.j2", self.language).render(
            language="zh-CN" if self.language == "zh" else "en",
            where=f"{self._say(area)} · {self._say(evaluation.indicator(answer.indicator).name)}",
            mark=self._say(evaluation.mark),
            number=percent(chance) if known else "–",
            verdict=self._say([word("chance", chance_word(chance))] * known + [narrative.verdict(evaluation, row)]),
            before="" if answer.assumed.nothing else self._say(
                Message("with nothing assumed {probability}", probability=percent(own))
            ),
            bands=boxes if known else (), now=WIDE * chance, own=None if answer.assumed.nothing else WIDE * own,
            scale=self._say(scale),
            sentences=[self._say(text) for text in self.sentences()],
            notes=[self._say(text) for text in _notes(answer, self._given[evaluation.plan.plan])],
        )  # fmt: skip

    def _laid_out(self) -> Part:
        asked = (
            (Message("Which target"), ("plan", "area", "indicator")),
            (Message("When, and which model"), ("through", "as_of", "model")),
            (Message("What if"), ("growth", "reduction", "accident")),
        )
        parts: list[Part] = []
        for title, of in asked:
            parts.append(widgets.HTML(f"<strong>{self._say(title)}</strong>"))
            parts += [self.controls[name] for name in of]
        left = widgets.VBox([*parts, self._back], layout={"flex": "1 1 250px", "max_width": "420px"})
        right = widgets.VBox([self._words, self._figure], layout={"flex": "4 1 500px", "min_width": "0"})
        box = widgets.HBox([left, right], layout={"flex_flow": "row wrap", "grid_gap": "8px 24px", "width": "100%"})
        left.add_class("zz-ask")
        return box

    def _say(self, text: Any) -> str:
        return say(text, self.language)


def _controls(given: Given, period: str, day: str, language: str) -> dict[str, Part]:
    """Return the widgets by the name of what each asks."""
    offered = _offered(given, period, language)
    own = given.plan.plan
    titles = {own: given.plan.title} | {code: load_plan(code).title for code in plan_ids() if code != own}
    plans = [(say(title, language), code) for code, title in titles.items()]
    models = [(say(_model(model), language), model) for model in MODELS]
    growths = [
        (say(Message("as expected"), language), EXPECTED),
        *((f"{rate:+d}%".replace("-", "−"), rate / 100) for rate in GROWTHS),
    ]
    accidents = [(say(Message("none"), language), 0)] + [
        (say(Message("{grade}, {deaths} deaths", grade=names("grades")[grade], deaths=deaths), language), deaths)
        for grade, deaths in ACCIDENTS.items()
    ]
    dropdown, slider = widgets.Dropdown, widgets.SelectionSlider
    chosen = date.fromisoformat(day) if day else None
    spans = {"min": 0.0, "max": 0.3, "step": 0.01, "readout_format": ".0%"}
    made: dict[str, tuple[Part, Message, dict[str, Any]]] = {
        "plan": (dropdown, Message("Plan"), {"options": plans, "value": own}),
        "area": (dropdown, Message("Area"), {"options": offered["area"], "value": given.plan.area}),
        "indicator": (dropdown, Message("Indicator"), {"options": offered["indicator"]}),
        "through": (slider, Message("Data through"), {"options": offered["through"], "value": period}),
        "as_of": (widgets.DatePicker, Message("Published by (empty: everything)"), {"value": chosen}),
        "model": (dropdown, Message("Model"), {"options": models, "value": METHOD}),
        "growth": (slider, Message("Growth of the exposure, a year"), {"options": growths, "value": EXPECTED}),
        "reduction": (widgets.FloatSlider, Message("Extra reduction, a year"), spans),
        "accident": (dropdown, Message("One more accident"), {"options": accidents}),
    }
    common = {"style": {"description_width": "auto"}, "layout": {"width": "auto", "height": "auto"}}
    return {
        name: kind(description=say(told, language), **parts, **common) for name, (kind, told, parts) in made.items()
    }


def _offered(given: Given, period: str, language: str) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen within a plan: areas, indicators, and years up to the target year."""
    plan, spoken = given.plan, given.areas.set_index("area")["name"]
    years = {str(year) for year in range(plan.baseline_year, plan.target_year + 1)} | {period}
    return {
        "area": [(say(spoken[code], language), code) for code in units(given)],
        "indicator": [(say(plan.indicator(one.indicator).name, language), one.indicator) for one in plan.targets],
        "through": [(year, year) for year in sorted(years)],
    }


def _model(code: str) -> Message:
    return firmness.choice("model", code)


def _assumed(answer: Answer) -> list[Message]:
    """Say what is assumed, and from which probability to which it leads."""
    assumed, after = answer.assumed, answer.assessment["probability"]
    other = [Message("Model: {model}.", model=_model(answer.model))] * (answer.model != METHOD)
    if assumed.nothing:
        own = Message("Nothing is assumed: this is the evaluation's own answer.")
        return [*other, *(answer.notes or ([] if other else [own]))]
    parts = []
    if assumed.growth is not None:
        growth = percent(assumed.growth, signed=True)
        parts.append(Message("the exposure changes by {growth} a year", growth=growth))
    if assumed.reduction:
        parts.append(Message("the risk falls by a further {reduction} a year", reduction=percent(assumed.reduction)))
    if assumed.accident:
        parts.append(Message(
            "one accident more with {deaths} deaths in {year}",
            deaths=int(assumed.accident), year=answer.unchanged["target_period"],
        ))  # fmt: skip
    moved = Message(
        "Assumed: {parts}. The probability goes from {before} to {after}.",
        parts=parts, before=percent(answer.unchanged["probability"]), after=percent(after),
    )  # fmt: skip
    return [*other, moved, *answer.notes]


def _notes(answer: Answer, given: Given) -> list[Message]:
    """Say what a reader of the figure has to know: whose target it is, and what growth is expected anyhow."""
    said = []
    if answer.area != given.plan.area:
        whole = given.areas.set_index("area").at[given.plan.area, "name"]
        said.append(Message("The plan sets no target for this area; it is asked for the change of {area}.", area=whole))
    if answer.expected_growth == answer.expected_growth:
        growth = percent(answer.expected_growth, signed=True)
        said.append(
            Message("Without an assumption the exposure is expected to change by {growth} a year.", growth=growth)
        )
    return said
