"""3,000 areas: one evaluation, a page each, and none lost or other where a worker is killed half way."""

from pathlib import Path

import scale


def test_three_thousand_pages_are_those_of_the_single_process_though_a_worker_was_killed(tmp_path: Path) -> None:
    with scale.cluster() as running:
        found = scale.campaign(3000, tmp_path, running)
    print(scale.as_text([found]))
    assert found.processor < 30
    assert found.largest <= 50_000
    assert {way: equal for way, (_, equal) in found.written.items()} == dict.fromkeys(found.written, True)
    assert len(list((tmp_path / "3000-dask, one killed").glob("99*.html"))) == 3000
