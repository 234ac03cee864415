"""Run a race: compare the answers, warm up, then time all contestants in turn, round after round."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass, replace

from benchmarks.case import Call, Case, Race

SECONDS = 6.0  # a race lasts about so long
ROUNDS = (5, 41)  # at least and at most
SHORTEST = 0.002  # calls shorter than this are repeated until they last so long
PAUSE = 0.003  # seconds between two contestants: OpenCV's idle threads spin for a while and would slow the next one


@dataclass(frozen=True)
class Row:
    """What a race showed: medians in milliseconds, the fastest peer, its ratio to ours, and the verdict."""

    id: str
    work: str
    bar: str
    peer: str = ""
    ours_ms: str = ""
    peer_ms: str = ""
    ratio: str = ""
    verdict: str = ""
    others: str = ""
    date: str = ""


def run(case: Case) -> Row:
    """The row of a case; an error, or answers that differ, is a row too."""
    bar = f"≤ {case.bar:g}" + (f" {case.unit}" if case.unit else "")
    row = Row(case.id, case.work, bar, date=time.strftime("%Y-%m-%d"))
    try:
        race = case.race()
        try:
            if case.unit == "MB":
                return weigh(case, row, race.ours())
            compare(race)
            return judge(case, row, measure(race))
        finally:
            race.close()
    except Exception as error:  # a row that fails is shown, not lost
        reason = " ".join(str(error).split())[:120]
        return replace(row, verdict=f"failed: {type(error).__name__}: {reason}".replace("|", "/"))


def weigh(case: Case, row: Row, megabytes: float) -> Row:
    """The row of a case that measures memory, which is the same every time."""
    verdict = "reached" if megabytes <= case.bar else "**missed**"
    return replace(row, ratio=f"{megabytes:.0f} {case.unit}", verdict=verdict)


def compare(race: Race) -> None:
    """Call everybody once and hold the answers beside ours."""
    ours = race.ours()
    for name, peer in race.peers.items():
        theirs = peer()
        if name not in race.other_answers:
            race.check(ours, theirs)


def measure(race: Race) -> dict[str, list[float]]:
    """Seconds a call, a list for each contestant; the order turns every round."""
    calls = {"": race.ours, **race.peers}
    repeats = {name: _repeats(call) for name, call in calls.items()}
    first = {name: _seconds(call, repeats[name]) for name, call in calls.items()}
    longest = sum(first[name] * repeats[name] for name in calls)
    rounds = min(max(int(SECONDS / max(longest, 1e-9)), ROUNDS[0]), ROUNDS[1])
    times: dict[str, list[float]] = {name: [] for name in calls}
    gc.disable()
    try:
        for turn in range(rounds):
            for name in list(calls) if turn % 2 else reversed(list(calls)):
                time.sleep(PAUSE)
                times[name].append(_seconds(calls[name], repeats[name]))
    finally:
        gc.enable()
    return times


def judge(case: Case, row: Row, times: dict[str, list[float]]) -> Row:
    """Ours beside the fastest peer: the median of the ratios of the rounds."""
    ours = times.pop("")
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    best = min(medians, key=medians.__getitem__)
    pairs = list(zip(ours, times[best], strict=True))
    if case.unit == "µs":
        figure = statistics.median((a - b) * 1e6 for a, b in pairs)
    else:
        figure = statistics.median(a / b for a, b in pairs)
    others = ", ".join(f"{name} {_ms(medians[name])}" for name in sorted(medians, key=medians.__getitem__)[1:])
    return replace(
        row,
        peer=best,
        ours_ms=_ms(statistics.median(ours)),
        peer_ms=_ms(medians[best]),
        ratio=f"{figure:.1f} {case.unit}" if case.unit else f"{figure:.2f}",
        verdict="reached" if figure <= case.bar else "**missed**",
        others=others,
    )


def _repeats(call: Call) -> int:
    call()
    seconds = _seconds(call, 1)
    return 1 if seconds >= SHORTEST else max(int(SHORTEST / max(seconds, 1e-8)), 1)


def _seconds(call: Call, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def _ms(seconds: float) -> str:
    ms = seconds * 1e3
    return f"{ms:.4f}" if ms < 0.1 else f"{ms:.2f}" if ms < 10 else f"{ms:.0f}"
