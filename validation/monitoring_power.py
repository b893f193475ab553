"""What monitoring can see, in cities that are drawn: tables of docs/validation.md on alarms, breaches, delays, effects.

Run as `python validation/monitoring_power.py [alarms] [breach] [late] [effects] [synthetic] [--runs N]`; some minutes
in all. All data here are synthetic.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import pandas as pd

from zzlib import alarms, delays, effects, synthetic
from zzlib.forecast import outlook, seen_in
from zzlib.monitoring import year_end
from zzlib.seasons import season

DISTRICTS, FIELDS, MONTHS = 16, 15, 108
SEASON = 1 + 0.15 * np.sin(2 * np.pi * np.arange(12) / 12)
SIZES, OFTEN = np.array([1, 2, 4, 12]), np.array([0.87, 0.10, 0.026, 0.004])  # deaths of a fatal accident


def city(monthly: float, ratio: float, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return counts by district, field and month, and their expected values: levels differ, and fall by 4 % a year."""
    share = random.dirichlet(np.full(DISTRICTS * FIELDS, 0.5)).reshape(DISTRICTS, FIELDS, 1)
    month = np.arange(MONTHS)
    expected = monthly * share * SEASON[month % 12] * np.exp(-0.04 * month / 12)
    return _draw(expected, ratio, random), expected


def _draw(expected: np.ndarray, ratio: float, random: np.random.Generator) -> np.ndarray:
    level = random.gamma(expected / (ratio - 1) + 1e-12, ratio - 1) if ratio > 1 else expected
    return random.poisson(level).astype(float)


def alarm_table(runs: int) -> pd.DataFrame:
    """Return false alarms a month by scale, and all together, in cities in which nothing changes."""
    random = np.random.default_rng(2018)
    scales = {"city": 1 + FIELDS, "district": DISTRICTS, "cell": DISTRICTS * FIELDS}
    tests = {f"{measure}/{scale}": number for measure in alarms.WATCHED for scale, number in scales.items()}
    alpha = alarms.thresholds(tests)
    rows = []
    for ratio in (1.0, 1.3):
        found = dict.fromkeys(tests, 0)
        months = 0
        for _ in range(runs):
            for measure, monthly in (("accidents", 40.0), ("fatal_accidents", 6.0)):
                counts, _ = city(monthly, ratio, random)
                for scale, series in _scales(counts).items():
                    name = f"{measure}/{scale}"
                    width = 1 if scale == "city" else alarms.QUARTER
                    found[name] += int(alarms.watch(series, alpha=alpha[name], window=width, since=60).alarm.sum())
            months += MONTHS - 60
        rows.append({"variance ratio": ratio, **{name: n / months for name, n in found.items()},
                     "all": sum(found.values()) / months})  # fmt: skip
    return pd.DataFrame(rows)


def _scales(counts: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "city": np.vstack([counts.sum(axis=(0, 1))[None], counts.sum(axis=0)]), "district": counts.sum(axis=1),
        "cell": counts.reshape(-1, MONTHS),
    }  # fmt: skip


def power_table(runs: int) -> pd.DataFrame:
    """Return how often a doubling of one series is alarmed within one, three and six months, by scale and size."""
    random = np.random.default_rng(2019)
    alpha = alarms.thresholds({
        f"{measure}/{scale}": number for measure in alarms.WATCHED
        for scale, number in (("city", 1 + FIELDS), ("district", DISTRICTS), ("cell", DISTRICTS * FIELDS))
    })  # fmt: skip
    rows = []
    for scale, means in (("city", (2.5, 6, 40)), ("district", (0.4, 1.0, 2.5)), ("cell", (0.03, 0.1, 0.5))):
        for mean in means:
            expected = np.full((16 * runs, MONTHS), float(mean)) * SEASON[np.arange(MONTHS) % 12]
            expected[:, -6:] *= 2
            counts = _draw(expected, 1.3, random)
            width = 1 if scale == "city" else alarms.QUARTER
            found = alarms.watch(counts, alpha=alpha[f"accidents/{scale}"], window=width, since=MONTHS - 6).alarm
            rows.append({"scale": scale, "expected a month": mean, **{
                f"within {months} months": found[:, -6 : MONTHS - 6 + months].any(axis=1).mean() for months in (1, 3, 6)
            }})  # fmt: skip
    return pd.DataFrame(rows)


def breach_table(runs: int) -> pd.DataFrame:
    """Return stated chances of a breach beside how often it came, by the month looked at: synthetic monthly deaths."""
    random = np.random.default_rng(2020)
    stated, came, months = [], [], []
    for _ in range(runs):
        level = random.uniform(10, 200)
        yearly = level * np.exp(np.cumsum(random.normal(-0.03, 0.10, 9)))
        deaths = _deaths(np.outer(yearly, SEASON / 12), random)
        ratio = float(OFTEN @ SIZES**2 / (OFTEN @ SIZES))
        limit = float(round(deaths[4:8].sum() / 4 * random.uniform(0.75, 1.15)))
        learnt = season(deaths[:8])
        past = pd.DataFrame({"area": "A", "year": range(2010, 2018), "count": deaths[:8].sum(axis=1)})
        seen = seen_in(past, ratio=ratio)
        mean, variance = outlook(seen, [2017, 2018]).risk.at(2018)
        for month in (1, 3, 6, 9, 11):
            share = float(learnt.shares[month - 1])
            stated.append(year_end(
                float(deaths[8, :month].sum()), limit, float(mean[0]), float(variance[0]), ratio, learnt,
                gone=share, delivered=share, settled=False,
            ).breach)  # fmt: skip
            came.append(deaths[8].sum() > limit)
            months.append(month)
    found = pd.DataFrame({"month": months, "stated": stated, "came": np.array(came, float)})
    found["band"] = pd.cut(found["stated"], [-0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01], labels=[
        "0-10 %", "10-30 %", "30-50 %", "50-70 %", "70-90 %", "90-100 %"])  # fmt: skip
    by_band = found.groupby("band", observed=True).agg(
        cases=("came", "size"), stated=("stated", "mean"), came=("came", "mean")
    )
    brier = ((found["stated"] - found["came"]) ** 2).groupby(found["month"]).mean()
    print("Brier by month:", {int(month): round(float(value), 3) for month, value in brier.items()},
          "climate:", round(float(found["came"].mean() * (1 - found["came"].mean())), 3))  # fmt: skip
    return by_band.reset_index()


def _deaths(expected: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return deaths that come in accidents of several sizes."""
    mean = float(OFTEN @ SIZES)
    return sum(size * random.poisson(expected * share / mean) for size, share in zip(SIZES, OFTEN, strict=True))


LOOKS = (3, 6, 9, 12)  # months after which the year so far is looked at
# deaths a month, share late, share withdrawn, deliveries of the year before that tell of delay
LATE_CASES = ((2, 0.3, 0.02, 1), (2, 0.3, 0.02, 12), (4, 0.3, 0.02, 1), (8, 0.3, 0.02, 1),
              (8, 0.15, 0.0, 1), (8, 0.15, 0.0, 12),
              (40, 0.3, 0.02, 1))  # fmt: skip


def late_table(years: int) -> pd.DataFrame:
    """Return how far first deliveries lie from final counts, raw and with the allowance, over simulated years.

    *month*: each month as delivered at its end; *year so far*: all its months together after `LOOKS`, the older ones
    partly mended. Of a month's final deaths the share `late` is missing at its end, half as much each month on. The
    delay is learnt from the year before, delivered at its end, or at the end of each of its months, and a year on; what
    is expected of a month is a twelfth of that year, by season, and of the year so far what `monitoring.year_end` makes
    of the five years before. Off: mean absolute difference from the final count; closer, as close, further: years, by
    the mean over the year's looks. Inside: final counts within the 80 % interval; stated: what it holds by the model.
    """
    random = np.random.default_rng(2021)
    rows = []
    for monthly, late, gone, deliveries in LATE_CASES:
        found = pd.concat(
            [_late_year(monthly, late, gone, deliveries, random).assign(year=year) for year in range(years)]
        )
        for what, looks in found.groupby("what", sort=False):
            gain = looks.groupby("year")["allowed"].mean() - looks.groupby("year")["raw"].mean()
            rows.append({
                "what": what, "deaths a month": monthly, "late": late, "withdrawn": gone, "deliveries": deliveries,
                "raw, off": looks["raw"].mean(), "allowed, off": looks["allowed"].mean(),
                "closer": int((gain < -1e-9).sum()), "as close": int((gain.abs() <= 1e-9).sum()),
                "further": int((gain > 1e-9).sum()), "inside": looks["inside"].mean(), "stated": looks["stated"].mean(),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _late_year(monthly: float, late: float, gone: float, deliveries: int, random: np.random.Generator) -> pd.DataFrame:
    """Return for the looks of one year how far off raw and allowed counts are, and whether the interval holds."""
    past = random.poisson(monthly * np.tile(SEASON, (5, 1))).astype(float)
    known = _learnt(past[-1].astype(int), late, gone, deliveries, random)
    now = random.poisson(monthly * SEASON)
    missing, wrong = _missing(now, late, random), random.poisson(gone * now)
    seen = seen_in(pd.DataFrame({"area": "A", "year": range(2013, 2018), "count": past.sum(axis=1)}), ratio=1.0)
    mean, variance = outlook(seen, [2017, 2018]).risk.at(2018)
    its = season(past)
    shares = np.diff(its.shares, prepend=0.0)
    rows = []
    for month in range(1, 13):
        ages = list(range(month - 1, -1, -1))
        delivered = (now[:month] - missing[range(month), ages] + wrong[:month]).astype(float)
        expected = float(past[-1].mean() * SEASON[month - 1])
        rows.append(_told("month", float(now[month - 1]), delivered[-1], delays.final(
            delivered[-1], expected * (1 - known.known[0]), expected * known.error[0], recent=delivered[-1],
            gone=known.gone,
        )))  # fmt: skip
        if month in LOOKS:
            rows.append(_told("year so far", float(now[:month].sum()), delivered.sum(), year_end(
                delivered.sum(), 1e9, float(mean[0]), float(variance[0]), 1.0, its, gone=float(its.shares[month - 1]),
                delivered=float(shares[:month] @ known.at(ages)), unsure=float(shares[:month] @ known.error_at(ages)),
                recent=delivered.sum(), withdrawn=known.gone, settled=False,
            ).so_far))  # fmt: skip
    return pd.DataFrame(rows).sort_values("what", kind="stable")


def _missing(final: np.ndarray, late: float, random: np.random.Generator) -> np.ndarray:
    """Return what is missing of each month at each lag, shape (12, 12); what is missing then was missing before."""
    found = np.zeros((12, 12), dtype=int)
    found[:, 0] = random.binomial(final, late)
    for lag in range(1, 12):
        found[:, lag] = random.binomial(found[:, lag - 1], 0.5)
    return found


def _learnt(final: np.ndarray, late: float, gone: float, deliveries: int, random: np.random.Generator) -> delays.Delay:
    """Return the delay that a year's deliveries tell: that at its end, or one at the end of each of its months."""
    missing, extra = _missing(final, late, random), random.poisson(gone * final)
    pairs = [(month, end - month) for end in ([11] if deliveries == 1 else range(12)) for month in range(end + 1)]
    month, lag = (np.array(part) for part in zip(*pairs, strict=True))
    behind = missing[month, lag]
    return delays.fit(pd.DataFrame({
        "month": month, "lag": lag, "first": final[month] - behind + extra[month], "final": final[month],
        "late": behind, "gone": extra[month],
    }).astype(float))  # fmt: skip


def _told(what: str, true: float, first: float, told: delays.Final) -> dict[str, object]:
    low, high = told.at(0.1), told.at(0.9)
    return {
        "what": what, "raw": abs(first - true), "allowed": abs(told.at(0.5) - true), "inside": low <= true <= high,
        "stated": told.chances[(told.counts >= low) & (told.counts <= high)].sum(),
    }  # fmt: skip


def effect_table(runs: int) -> pd.DataFrame:
    """Return coverage of 95 % intervals, rejections where nothing changed, and the coverage of Newey and West's."""
    random = np.random.default_rng(2022)
    rows = []
    for months, mean, ratio, rho, spread, form in (
        (48, 40, 1.0, 0.0, 0.0, "level"), (48, 40, 1.5, 0.0, 0.0, "level"), (48, 40, 1.0, 0.4, 0.15, "level"),
        (48, 100, 1.0, 0.4, 0.1, "level"), (96, 40, 1.3, 0.0, 0.0, "level"), (96, 40, 1.0, 0.4, 0.15, "level"),
        (60, 100, 1.3, 0.4, 0.1, "level_and_slope"), (30, 100, 1.3, 0.0, 0.0, "level"),
        (96, 40, 1.0, 0.7, 0.15, "level"),
    ):  # fmt: skip
        start, covered, rejected, usual, refused, least = months // 2, [], [], [], [], []
        columns, contrast = effects.design(months, start, form)  # type: ignore[arg-type]
        for run in range(runs):
            change = np.log(0.7) if run % 2 else 0.0
            counts = _series(months, start, mean, ratio, rho, spread, change, random)
            found = effects.fit(counts, columns, contrast)
            reach = _t(found.freedom)
            covered.append(abs(found.log_effect - change) < reach * found.error)
            usual.append(
                abs(found.log_effect - change) < reach * _newey_west(counts, columns, contrast, found.expected)
            )
            if not change:
                rejected.append(abs(found.log_effect) > reach * found.error)
            least.append(effects.smallest(found.error_before, found.freedom))
            refused.append(least[-1] > effects.LARGEST)
        rows.append({"months": months, "mean": mean, "variance ratio": ratio, "autocorrelation": rho, "form": form,
                     "coverage": np.mean(covered), "rejected": np.mean(rejected), "Newey-West": np.mean(usual),
                     "smallest": np.median(least), "refused": np.mean(refused)})  # fmt: skip
    return pd.DataFrame(rows)


def synthetic_table(runs: int) -> pd.DataFrame:
    """Return how often a synthetic control is refused, and how small its p gets, with and without a fall of 30 %."""
    random = np.random.default_rng(2023)
    span = pd.period_range("2013-01", "2018-12", freq="M").astype(str)
    rows = []
    for donors, mean in ((9, 20.0), (19, 20.0), (19, 6.0)):
        for change in (0.0, -0.3):
            least, refused, off = [], 0, []
            for _ in range(runs):
                paths = np.exp(
                    np.cumsum(random.normal(0, 0.03, (donors + 1, 72)), axis=1)
                )  # each area drifts by itself
                expected = mean * random.uniform(0.5, 2, (donors + 1, 1)) * SEASON[np.arange(72) % 12] * paths
                expected[0, 36:] *= 1 + change
                counts = [pd.Series(one, index=span) for one in random.poisson(expected).astype(float)]
                others = {str(number): one for number, one in enumerate(counts[1:])}
                found = synthetic.synthetic(counts[0], others, "2016-01").iloc[0]
                if pd.isna(found["p"]):
                    refused += 1
                    continue
                least.append(found["p"])
                off.append(found["change"])
            rows.append({
                "donors": donors, "mean": mean, "change": change, "refused": refused / runs,
                "p <= .10": np.mean(np.array(least) <= 0.1 + 1e-9), "p <= .05": np.mean(np.array(least) <= 0.05 + 1e-9),
                "estimate, 10 %": np.quantile(off, 0.1), "median": np.median(off), "90 %": np.quantile(off, 0.9),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _series(
    months: int, start: int, mean: float, ratio: float, rho: float, spread: float, change: float,
    random: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    shock = np.zeros(months)
    shock[0] = random.normal() * spread
    for month in range(1, months):
        shock[month] = rho * shock[month - 1] + np.sqrt(1 - rho**2) * spread * random.normal()
    at = np.arange(months)
    return _draw(mean * SEASON[at % 12] * np.exp(-0.05 * at / 12 + shock + change * (at >= start)), ratio, random)


def _t(freedom: int) -> float:
    from scipy import stats

    return float(stats.t.ppf(0.975, freedom))


def _newey_west(counts: np.ndarray, columns: np.ndarray, contrast: np.ndarray, mean: np.ndarray) -> float:
    """Return the usual error: Newey and West's with the usual number of lags and the small-sample factor."""
    n, k = columns.shape
    score = columns * (counts - mean)[:, None]
    meat = score.T @ score
    lags = int(0.75 * n ** (1 / 3))
    for lag in range(1, lags + 1):
        step = score[lag:].T @ score[:-lag]
        meat += (1 - lag / (lags + 1)) * (step + step.T)
    bread = np.linalg.inv((columns * mean[:, None]).T @ columns)
    return float(np.sqrt(contrast @ bread @ meat @ bread @ contrast * n / (n - k)))


TABLES: dict[str, tuple[tuple[Callable[[int], pd.DataFrame], int], ...]] = {
    "alarms": ((alarm_table, 40), (power_table, 40)),
    "breach": ((breach_table, 500),),
    "late": ((late_table, 200),),
    "effects": ((effect_table, 4000),),
    "synthetic": ((synthetic_table, 200),),
}


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=list(TABLES))
    parser.add_argument("--runs", type=int, default=0)
    given = parser.parse_args()
    for what in given.what:
        for made, runs in TABLES[what]:
            print(f"\n{made.__name__}, {given.runs or runs} runs")
            print(made(given.runs or runs).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
