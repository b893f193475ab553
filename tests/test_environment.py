"""The ways in agree: environment.yml and the locks hold what pyproject.toml asks for, and name no index."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from rattler import MatchSpec
from rattler.exceptions import InvalidMatchSpecError

PROJECT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
# The only names that differ on conda-forge; its names are otherwise PyPI's, in any case.
PYPI_NAMES = {
    "playwright-python": "playwright", "python-duckdb": "duckdb",
    "ibis-duckdb": "ibis-framework", "ibis-sqlite": "ibis-framework", "ibis-postgres": "ibis-framework",
}  # fmt: skip
LOCKS = {
    "requirements.lock": PYPROJECT["dependencies"],
    "requirements-test.lock": PYPROJECT["dependencies"] + PYPROJECT["optional-dependencies"]["test"],
}


def conda_lines() -> list[str]:
    return [line for line in CONDA["dependencies"] if isinstance(line, str)]


def pip_lines() -> list[str]:
    return [line for part in CONDA["dependencies"] if isinstance(part, dict) for line in part["pip"]]


def pinned(lock: str) -> dict[str, list[Requirement]]:
    """Return the requirements of a lock by name; a name stands twice where Python versions need different ones."""
    found: dict[str, list[Requirement]] = {}
    for line in (PROJECT / lock).read_text(encoding="utf-8").splitlines():
        if line and line[0].isalnum():
            requirement = Requirement(line.rstrip(" \\"))
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


@pytest.mark.parametrize("line", conda_lines())
def test_every_line_of_the_conda_environment_is_a_strict_match_spec(line: str) -> None:
    assert MatchSpec(line, strict=True).name is not None


def test_a_misspelt_range_is_no_match_spec() -> None:
    with pytest.raises(InvalidMatchSpecError):
        MatchSpec("pandas >=3,,0", strict=True)


def test_the_conda_environment_has_the_packages_and_ranges_of_pyproject() -> None:
    asked = {canonicalize_name(r.name): r.specifier for r in map(Requirement, LOCKS["requirements-test.lock"])}
    given = {}
    for line in [*conda_lines(), *pip_lines()]:
        name, _, versions = line.partition(" ")
        given[canonicalize_name(PYPI_NAMES.get(name, name))] = SpecifierSet(versions)
    assert given.pop("python") == SpecifierSet(PYPROJECT["requires-python"])
    given.pop("pip")  # installs the package itself
    assert given == asked
    assert CONDA["channels"] == ["conda-forge"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_satisfies_every_range_of_pyproject(lock: str) -> None:
    pins = pinned(lock)
    for requirement in map(Requirement, LOCKS[lock]):
        for pin in pins[canonicalize_name(requirement.name)]:
            (version,) = (specifier.version for specifier in pin.specifier)
            assert requirement.specifier.contains(version, prereleases=True), f"{lock}: {pin} is not in {requirement}"


def test_the_test_lock_pins_what_the_evaluation_runs_on() -> None:
    evaluation, tests = (
        {name: [f"{pin.name}{pin.specifier}" for pin in pins] for name, pins in pinned(lock).items()} for lock in LOCKS
    )  # not on which systems: tests may want a package on more of them
    assert {name: pins for name, pins in tests.items() if name in evaluation} == evaluation


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_hashes_everything(lock: str) -> None:
    text = (PROJECT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:", text)
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert len(entries) == sum(map(len, pinned(lock).values()))
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_makefile_pins_the_tool_that_pyproject_builds_with() -> None:
    wanted = re.search(r'"uv(>=\S+)"', (PROJECT / "Makefile").read_text(encoding="utf-8"))
    build = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert wanted is not None
    assert build == [f"uv_build{wanted[1]}"]
