"""What docs/validation.md says of districts is what the script prints."""

from pathlib import Path

import district_power
import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"


def test_the_tables_of_the_page_are_those_of_the_script(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["district_power.py"])
    district_power.main()
    rows = [line for line in capsys.readouterr().out.splitlines() if line]
    assert len(rows) == 2 * (2 + len(district_power.EXPECTED))
    assert [row for row in rows if row not in PAGE.read_text(encoding="utf-8").splitlines()] == []
