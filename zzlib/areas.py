"""Areas: their codes, names in two languages, other names in use, and where they lie.

Files call one district 中原区, 中原, 郑州市中原区 or Zhongyuan. A name resolves to one code or to none; it is never
guessed, the nearest ones are only shown.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from zzlib import keys
from zzlib.errors import DataError, Fault
from zzlib.language import Message, Name

if TYPE_CHECKING:
    import geopandas

AREAS = Path(__file__).parents[1] / "data" / "areas" / "areas.csv"
BOUNDARIES = AREAS.with_name("zhengzhou.geojson")
COLUMNS = ("area", "zh", "en", "aliases", "parent", "kind")
METRES = 32649  # EPSG code of UTM zone 49N, in which Zhengzhou's lengths and areas are measured


def read_areas(path: Path | None = None) -> pd.DataFrame:
    """Return the areas, one row each, with `name` as a name in two languages.

    Raises DataError, with every fault, when the file is missing or lacks a column, a code stands twice, a name or
    alias means two areas, or a parent is not among the areas.

    >>> areas = read_areas().set_index("area")
    >>> areas.loc["410102", ["zh", "en", "parent", "kind"]].to_list()
    ['中原区', 'Zhongyuan', '410100', 'district']
    """
    path = path or AREAS
    if not path.is_file():
        raise DataError(Fault(Message("There is no such file."), where=str(path)))
    areas = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if missing := [column for column in COLUMNS if column not in areas]:
        raise DataError(
            Fault(Message("The column {column} is missing.", column=column), where=path.name) for column in missing
        )
    faults = [
        Message("The code {code} stands on more than one row.", code=code)
        for code in areas["area"][areas["area"].duplicated()].unique()
    ]
    for spelling, codes in _spellings(areas).items():
        if len(codes) > 1:
            faults.append(Message("'{name}' means more than one area: {codes}.", name=spelling, codes=codes))
    for code, parent in zip(areas["area"], areas["parent"], strict=True):
        if parent and parent not in set(areas["area"]):
            faults.append(Message("The parent {parent} of {code} is not among the areas.", parent=parent, code=code))
    if faults:
        raise DataError(Fault(fault, where=path.name) for fault in faults)
    names = [Name(zh=zh, en=en) for zh, en in zip(areas["zh"], areas["en"], strict=True)]
    # As objects: pandas would store them as plain text, which speaks English only.
    return areas.assign(name=pd.Series(names, index=areas.index, dtype=object))


def resolve(texts: Sequence[str], areas: pd.DataFrame) -> dict[str, str | None]:
    """Return the code each text means, by code, name or alias; None when it means none of the areas.

    Spaces, full-width forms and capitals make no difference. Raises nothing.

    >>> resolve(["中 原 区", "郑州市中牟县", "４１０１０５", "erqi", "浦东新区"], read_areas())
    {'中 原 区': '410102', '郑州市中牟县': '410122', '４１０１０５': '410105', 'erqi': '410103', '浦东新区': None}
    """
    spellings = _spellings(areas)
    return {text: spellings.get(_plain(text), [None])[0] for text in dict.fromkeys(texts)}


def nearest(text: str, areas: pd.DataFrame, n: int = 3) -> list[str]:
    """Return up to `n` areas whose code, name or alias looks most like the text, best first; nothing when none does.

    Raises nothing.

    >>> nearest("中源区", read_areas(), n=1)
    ['中原区 (410102)']
    """
    spellings = _spellings(areas)
    alike = difflib.get_close_matches(_plain(text), spellings, n=len(spellings), cutoff=0.5)
    codes = list(dict.fromkeys(code for spelling in alike for code in spellings[spelling]))[:n]
    names = dict(zip(areas["area"], areas["zh"], strict=True))
    return [f"{names[code]} ({code})" for code in codes]


def boundary_files(place: str) -> list[Path]:
    """Return the files of boundaries that a plan names itself; none where it names none.

    Raises DataError when there are none.
    """
    path = keys.PROJECT / place
    if place and not path.is_file():
        raise DataError(Fault(Message("There is no such file."), where=str(path)))
    return keys.files_of(path) if place else []


def boundaries(path: Path | None = None) -> geopandas.GeoDataFrame:
    """Return the polygons of districts in metres of their own UTM zone; columns `area` and `geometry`.

    Without a path those of Zhengzhou (zone 49N), whose development zones have none. Raises DataError when the file is
    missing, has no property `area`, or does not say its coordinate system.

    >>> districts = boundaries()
    >>> len(districts), round(districts.area.sum() / 1e6)  # km²
    (12, 7558)
    """
    import geopandas  # takes a second, and most runs draw no map

    path = path or BOUNDARIES
    if not path.is_file():
        raise DataError(Fault(Message("There is no such file."), where=str(path)))
    polygons = geopandas.read_file(path)
    if "area" not in polygons:
        raise DataError(Fault(Message("The column {column} is missing.", column="area"), where=path.name))
    if polygons.crs is None:
        raise DataError(Fault(Message("The file does not say its coordinate system."), where=path.name))
    metres = METRES if path == BOUNDARIES else polygons.estimate_utm_crs()
    return polygons.astype({"area": str})[["area", "geometry"]].to_crs(metres)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", str(text)).split()).casefold()


def _spellings(areas: pd.DataFrame) -> dict[str, list[str]]:
    """Return every spelling of every area, with the codes it stands for: one, in a sound table."""
    found: dict[str, list[str]] = {}
    for code, zh, en, aliases in areas[["area", "zh", "en", "aliases"]].itertuples(index=False):
        for spelling in filter(None, map(_plain, (code, zh, en, *aliases.split("|")))):
            codes = found.setdefault(spelling, [])
            if code not in codes:
                codes.append(code)
    return found
