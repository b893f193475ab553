"""What is assumed of the years ahead, and the outlook under it: the model's own, with one thing held otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from zzlib.forecast import Floats, Outlook


@dataclass(frozen=True)
class Assumed:
    """What is assumed from the last observed year on; by default nothing, and the outlook stays as it is.

    `growth`: yearly growth of the exposure, a share, taken for certain; None: as the model expects it. `reduction`:
    share by which the risk falls each year beyond what is expected. `accident`: deaths of one accident more in the
    target year. `drift`: whether the risk is expected to drift as those of many real series do.
    """

    growth: float | None = None
    reduction: float = 0.0
    accident: float = 0.0
    drift: bool = True

    @property
    def nothing(self) -> bool:
        """Whether no scenario is asked for; to expect no drift is another model, not a scenario."""
        return self.growth is None and not self.reduction and not self.accident


NOTHING = Assumed()


def under(ahead: Outlook, assumed: Assumed) -> Outlook:
    """Return the outlook of some areas under what is assumed; the past, and what nothing is assumed of, stay.

    With t years from the origin on: risk · (1 − reduction)^t, exposure at the origin · (1 + growth)^t, and `accident`
    deaths beside all others in the last year. An exposure that the figure does not rest on changes nothing (see
    `has_exposure`). Source: docs/methods.md.
    """
    years = np.maximum(np.array(ahead.risk.years) - ahead.origin, 0)
    if assumed.growth is not None and has_exposure(ahead):
        assert ahead.exposure is not None
        now = np.exp(ahead.exposure.at(ahead.origin)[0])
        ahead = held(ahead, np.where(years > 0, now[:, None] * (1 + assumed.growth) ** years, np.nan))
    if assumed.reduction:
        risk = replace(ahead.risk, mean=ahead.risk.mean + years * np.log1p(-assumed.reduction))
        ahead = replace(ahead, risk=risk)
    return replace(ahead, besides=assumed.accident) if assumed.accident else ahead


def has_exposure(ahead: Outlook) -> bool:
    """Say whether a figure is followed as count over exposure; a printed rate has its exposure inside."""
    return ahead.counted and ahead.exposure is not None


def held(ahead: Outlook, amounts: Floats) -> Outlook:
    """Return the outlook with exposures held for certain, shape (areas, years of the outlook); NaN: as expected."""
    assert ahead.exposure is not None
    free = np.isnan(amounts)
    mean = np.where(free, ahead.exposure.mean, np.log(np.where(free, 1.0, amounts)))
    covariance = ahead.exposure.covariance * free[:, :, None] * free[:, None, :]
    return replace(ahead, exposure=replace(ahead.exposure, mean=mean, covariance=covariance))
