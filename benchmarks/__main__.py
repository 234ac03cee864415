"""``python -m benchmarks [GROUP...]``: run cases (all, or ``2``, ``3a``, ``"2a uint16"`` …) and write RESULTS.md."""

from __future__ import annotations

import sys

from benchmarks import report
from benchmarks.case import chosen, load
from benchmarks.timing import Row, run


def main(groups: list[str]) -> int:
    """Run the chosen cases one after another; each row is kept as soon as it is measured."""
    cases = [case for id, case in load().items() if chosen(id, groups)]
    if not cases:
        print(f"no case is called {' or '.join(groups)}; there are: {', '.join(load())}", file=sys.stderr)
        return 2
    lost = [row for row in map(_run, cases) if row.verdict != "reached"]
    print(f"{len(cases) - len(lost)} of {len(cases)} rows reach their bar; {report.PATH.name} written")
    return any(row.verdict.startswith("failed") for row in lost)


def _run(case) -> Row:
    row = run(case)
    report.write([row])
    print(
        f"{row.id:24} {row.ours_ms:>9} ms  {row.peer_ms:>9} ms {row.peer}  ratio {row.ratio} ({row.bar}) {row.verdict}"
    )
    if row.others:
        print(f"{'':24} others: {row.others}")
    sys.stdout.flush()
    return row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
