"""What the district notebooks show: each call takes the evaluation and returns one finding, as `show` does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from zzlib import breakdown, funnels, localities, maps, neighbours, tables
from zzlib.areas import boundaries
from zzlib.canvas import Figure
from zzlib.districts import funnel_limits
from zzlib.evaluation import Evaluation
from zzlib.language import Message, word
from zzlib.plan import PROJECT
from zzlib.tables import Html, Several

CURVE = 40  # points of a funnel's curve
PERMUTATIONS = 999


def district_map(evaluation: Evaluation) -> Several:
    """Show where: the map of smoothed rates against the whole, what it shows, and what it cannot."""
    rows = localities.shown(evaluation)
    picture = maps.district_map(
        rows, _polygons(evaluation), evaluation.areas, **_words(evaluation, localities.differing(evaluation))
    )
    hatched = Message(
        "Hatched: the difference from all together may be chance. Thick border: clearly different. Zones without a "
        "boundary stand below the map."
    )
    notes = [
        localities.pooled(evaluation),
        hatched,
        localities.what_is_tested(evaluation),
        localities.unseen(evaluation),
    ]
    return Several((picture, tables.sentences(notes, evaluation.language, kind="note")))


def by_year(evaluation: Evaluation) -> Figure:
    """Show a small map a year."""
    rows = evaluation.districts
    single = rows[~rows["period"].str.contains("/")]
    return maps.maps_by_year(
        single, _polygons(evaluation), evaluation.areas, **_words(evaluation, localities.by_year(evaluation))
    )


def funnel(evaluation: Evaluation) -> Figure:
    """Show every unit in the funnel of what chance alone gives, zones without polygon among them."""
    rows = localities.shown(evaluation)
    law = evaluation.indicator(str(rows["indicator"].iloc[0]))
    per = law.denominator.per if law.denominator else 1.0
    reach = min(1.05 * rows["exposure"].max(), 0.95 * rows["exposure"].sum())
    exposures = np.linspace(rows["exposure"].min() / 3, reach, CURVE)
    limits = funnel_limits(
        _counts(evaluation), exposures=list(exposures), per=per, variance_ratio=_variance_ratio(evaluation)
    )
    words = _words(evaluation, localities.in_the_funnel(evaluation))
    if limits["tested"].iloc[0] == "fatal_accidents":
        words["unit"] = localities.of_accidents(law.unit)
    return funnels.funnel(rows, limits, evaluation.areas, **words)


def intervals(evaluation: Evaluation) -> Figure:
    """Show every unit's rate with its interval, zones without polygon among them."""
    rows = localities.shown(evaluation)
    return funnels.intervals(rows, evaluation.areas, **_words(evaluation, localities.ranked(evaluation)))


def listing(evaluation: Evaluation) -> Html:
    """Show the districts as a table, which says the same as the map."""
    return tables.districts(localities.shown(evaluation), evaluation)


def surroundings(evaluation: Evaluation) -> Html:
    """Show whether like rates lie side by side: global Moran's I, and the districts whose surroundings stand out."""
    polygons, counts = _polygons(evaluation), _counts(evaluation)
    pairs = neighbours.touching(polygons[polygons["area"].isin(counts["area"])])
    ratio = _variance_ratio(evaluation)
    whole = neighbours.moran(counts, pairs, variance_ratio=ratio, permutations=PERMUTATIONS)
    local = neighbours.neighbourhoods(counts, pairs, variance_ratio=ratio)
    said = [localities.pattern(evaluation, whole, PERMUTATIONS), localities.clusters(evaluation, local)]
    return tables.sentences(said, evaluation.language)


def _polygons(evaluation: Evaluation) -> Any:
    """Return the polygons of the plan's districts, in metres."""
    return boundaries(PROJECT / evaluation.plan.boundaries if evaluation.plan.boundaries else None)


def _counts(evaluation: Evaluation) -> pd.DataFrame:
    """Return the counts of the period shown, as the statistics of districts take them."""
    return localities.shown(evaluation)[["area", "deaths", "fatal_accidents", "exposure"]].dropna(
        axis="columns", how="any"
    )


def _variance_ratio(evaluation: Evaluation) -> float:
    law = evaluation.indicator(str(evaluation.districts["indicator"].iloc[0]))
    return breakdown.variance_ratio(evaluation.plan, law, evaluation.observations)


def movements(evaluation: Evaluation) -> Several:
    """Show who moved since the baseline, and whose share the city's change is."""
    said = tables.sentences([localities.moved(evaluation)], evaluation.language)
    return Several((said, tables.movements(evaluation)))


def ceilings(evaluation: Evaluation) -> Several:
    """Show the city's ceilings broken down by district and year, by which rule, and what chance does to them."""
    said = tables.sentences([localities.allocated(evaluation)], evaluation.language)
    rules = tables.sentences(localities.rules(evaluation), evaluation.language, kind="note")
    return Several((said, tables.ceilings(evaluation), rules))


def methods(evaluation: Evaluation) -> Several:
    """Show the ways of breaking down side by side, and what those that give nothing would need."""
    lacking = tables.sentences(localities.lacking_methods(evaluation), evaluation.language, kind="note")
    return Several((tables.methods(evaluation), *([lacking] if lacking.text else [])))


def appraisal(evaluation: Evaluation) -> Several:
    """Show each district beside its ceiling, with what the numbers cannot support."""
    said = tables.sentences([localities.appraised(evaluation)], evaluation.language)
    notes = [
        Message(
            "Behind means: above the upper limit of the 90% that chance gives around a district's own share. No rank "
            "is given; a district is no better for being lucky."
        ),
        localities.late(evaluation),
        localities.injuries(evaluation),
    ]
    return Several((said, tables.appraisal(evaluation), tables.sentences(notes, evaluation.language, kind="note")))


def briefly(evaluation: Evaluation) -> Several:
    """Show the map where the plan's data reach the districts, else say why not."""
    lacking = evaluation.lacks("districts")
    if lacking is not None:
        return Several((tables.sentences([Message("{reason}.", reason=lacking)], evaluation.language, kind="note"),))
    return district_map(evaluation)


def _words(evaluation: Evaluation, finding: Message) -> dict[str, Any]:
    law = evaluation.indicator(str(evaluation.districts["indicator"].iloc[0]))
    return {
        "name": law.name, "unit": law.unit, "per": word("unit", law.denominator.unit) if law.denominator else "",
        "language": evaluation.language, "mark": evaluation.mark, "finding": finding,
    }  # fmt: skip
