"""The harness measures what it says, and loses no row."""

from __future__ import annotations

import time

import pytest

from benchmarks import honours, report, timing
from benchmarks.case import Case, Race, chosen, load, order


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(timing, "SECONDS", 0.05)
    return lambda race, **facts: timing.run(Case("0", "nothing", facts.pop("bar", 1.0), lambda: race, **facts))


def test_the_ratio_is_ours_over_the_fastest_peer(quick):
    race = Race(lambda: time.sleep(0.001), {"slow": lambda: time.sleep(0.004), "fast": lambda: time.sleep(0.002)})
    row = quick(race)
    assert row.peer == "fast" and row.verdict == "reached" and row.others.startswith("slow")
    assert 0.3 < float(row.ratio) < 0.9


def test_a_lost_row_is_shown(quick):
    assert quick(Race(lambda: time.sleep(0.002), {"peer": lambda: None})).verdict == "**missed**"


def test_answers_are_compared_before_anything_is_timed(quick):
    def check(ours, theirs):
        assert ours == theirs, "they differ"

    row = quick(Race(lambda: 1, {"peer": lambda: 2}, check))
    assert row.verdict.startswith("failed: AssertionError: they differ") and not row.ratio


def test_a_bar_above_the_peer_is_in_microseconds(quick):
    row = quick(Race(lambda: time.sleep(0.001), {"peer": lambda: None}), bar=20, unit="µs")
    assert row.ratio.endswith("µs") and row.verdict == "**missed**"


def test_a_partial_run_replaces_its_rows_only(tmp_path):
    path = tmp_path / "RESULTS.md"
    rows = [timing.Row("2a uint8", "w", "≤ 1", "p", "1", "2", "0.50", "reached", "", "today")]
    rows += [timing.Row("10a", "w", "≤ 1", "p", "1", "2", "0.50", "reached", "q 3", "today")]
    report.write(rows, path)
    report.write([timing.Row("10a", "w", "≤ 1", verdict="failed: ValueError", date="later")], path)
    assert [row.id for row in report.read(path)] == ["2a uint8", "10a"]
    assert report.read(path)[0] == rows[0]
    assert report.read(path)[1].verdict == "failed: ValueError"
    assert "1 of 2 rows reach their bar" in path.read_text()


@pytest.mark.parametrize(
    ("id", "groups", "runs"),
    [
        ("2a uint8", ["2"], True),
        ("2a uint8", ["2a"], True),
        ("12a", ["1"], False),
        ("3a", ["2", "3a"], True),
        ("9", [], True),
    ],
)
def test_groups(id, groups, runs):
    assert chosen(id, groups) is runs


def test_every_case_has_a_row_and_a_bar():
    cases = load()
    assert list(cases) == sorted(cases, key=order) and all(case.bar > 0 and case.work for case in cases.values())


def test_the_usual_tools_are_measured():
    rows = {row["tool"]: row for row in honours.usual_tools()}
    assert rows["filters.farid(mask=)"]["noise"] is False
    assert rows["ma.array(mask=).mean()"]["nan"] is True
    assert rows["GaussianBlur, then copyTo back"]["outside"] is True
    assert rows["matchTemplate(mask=), CCOEFF_NORMED"]["finite"] is False
