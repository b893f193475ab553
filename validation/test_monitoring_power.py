"""What docs/validation.md says of monitoring is what its script finds; of the long ones, what it must hold."""

from pathlib import Path

import monitoring_power

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "validation.md").read_text(encoding="utf-8")


def test_the_allowance_for_delay_is_the_one_on_the_page() -> None:
    for _, row in monitoring_power.late_table(200).iterrows():
        figures = (
            f"| {row['raw, off']:.2f} | {row['allowed, off']:.2f} "
            f"| {row['closer']} · {row['as close']} · {row['further']} "
            f"| {row['inside']:.0%} | {row['stated']:.0%} |"
        )
        assert figures.replace("%", " %") in PAGE
        assert row["allowed, off"] < (1.04 if row["deaths a month"] < 4 else 0.9) * row["raw, off"]
        assert row["inside"] > 0.8


def test_false_alarms_keep_to_one_a_month() -> None:
    assert (monitoring_power.alarm_table(10)["all"] <= 1).all()


def test_intervals_of_effects_cover_what_they_say() -> None:
    found = monitoring_power.effect_table(400)
    usual = found[found["autocorrelation"] < 0.5]
    assert usual["coverage"].between(0.91, 0.99).all()
    assert 0.03 <= usual["rejected"].mean() <= 0.07
    assert (usual["coverage"] > usual["Newey-West"]).all()


def test_stated_chances_of_a_breach_come_true() -> None:
    found = monitoring_power.breach_table(100)
    assert ((found["stated"] - found["came"]).abs() < 0.12).all()
