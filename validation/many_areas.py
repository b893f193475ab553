"""A province that does not exist, with as many counties as are asked for: a plan and its figures, all synthetic."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

WHOLE = "990000"
YEARS = range(2013, 2019)
DRIFT = 0.96  # the risk of a year, beside that of the year before
PLAN = """\
plan: {plan}
title: {{zh: 虚构省安全生产规划（{areas}个县）, en: Work-safety plan of an invented province ({areas} counties)}}
area: "{whole}"
baseline_year: 2015
target_year: 2020
midterm_year: 2018
published: 2016
source: invented
data: {data}
bands: {{off_track: 0.20, on_track: 0.80}}
choices: {{measure: straight_path, model: shared_level, baseline: one_year, prices: current, allocation: proportional}}
breakdown: deaths_per_100k_residents
indicators:
  - indicator: deaths
    name: {{zh: 生产安全事故死亡人数, en: Deaths in production-safety accidents}}
    unit: {{zh: 人, en: deaths}}
    bureau: {{zh: 应急管理厅, en: Emergency department}}
    numerator: {{measure: deaths, scope: from-2016, unit: persons}}
  - indicator: deaths_per_100k_residents
    name: {{zh: 十万常住人口生产安全事故死亡率, en: "Deaths per 100,000 residents"}}
    unit: {{zh: 人/十万人, en: "deaths per 100,000 residents"}}
    bureau: {{zh: 应急管理厅, en: Emergency department}}
    numerator: {{measure: deaths, scope: from-2016, unit: persons}}
    denominator: {{measure: population, scope: resident, unit: "10,000 persons", per: 10}}
targets:
  - {{indicator: deaths, form: change, change: -0.10}}
areas:
{listed}
"""


def write(folder: Path, areas: int, *, seed: int = 7) -> Path:
    """Write a plan of `areas` counties and six years of their figures; return the plan's file.

    A county has about 40,000 residents and four deaths a year in 1 or 2 accidents each; risks differ by 40 % and
    fall by 4 % a year. The whole is the sum of its counties.
    """
    folder.mkdir(parents=True, exist_ok=True)
    codes = [f"99{i:04d}" for i in range(1, areas + 1)]
    figures = folder / f"figures-{areas}.csv"
    _figures(codes, np.random.default_rng(seed)).to_csv(figures, index=False, lineterminator="\n")
    listed = [{"area": WHOLE, "name": {"zh": "虚构省", "en": "Invented Province"}, "kind": "province"}]
    listed += [
        {
            "area": code,
            "name": {"zh": f"第{int(code[2:])}县", "en": f"County {int(code[2:])}"},
            "parent": WHOLE,
            "kind": "district",
        }
        for code in codes
    ]
    plan = folder / f"invented-{areas}.yaml"
    plan.write_text(
        PLAN.format(
            plan=plan.stem, areas=areas, whole=WHOLE, data=json.dumps(str(figures), ensure_ascii=False),
            listed="\n".join(f"  - {json.dumps(one, ensure_ascii=False)}" for one in listed),
        ),
        encoding="utf-8",
    )  # fmt: skip
    return plan


def _figures(codes: list[str], random: np.random.Generator) -> pd.DataFrame:
    residents = random.uniform(1.5, 9.0, len(codes)).round(1)  # 10,000 persons
    risk = random.gamma(1 / 0.16, 0.16, len(codes))
    parts = []
    for year in YEARS:
        accidents = random.poisson(0.75 * residents * risk * DRIFT ** (year - YEARS[0]))
        deaths = accidents + random.binomial(accidents, 0.15)
        told = {
            ("deaths", "persons", "from-2016"): deaths,
            ("fatal_accidents", "accidents", "from-2016"): accidents,
            ("population", "10,000 persons", "resident"): residents,
        }
        for (measure, unit, scope), values in told.items():
            parts.append(pd.DataFrame({
                "area": [WHOLE, *codes], "period": year, "measure": measure, "value": [values.sum().round(1), *values],
                "unit": unit, "scope": scope, "status": "synthetic", "source": "invented",
            }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)
