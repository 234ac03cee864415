"""Law 4: one mask, three kinds; and a tiny weight is nearly none."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume

import roimask as rm
from roimask.operation import Operation
from tests.laws import draw as drawn
from tests.laws.compare import close, same
from tests.laws.draw import Case
from tests.laws.law import GRIDS, law


@law()
def kinds_agree(operation: Operation, draw: Any) -> None:
    """A binary mask, the same as weights 0/1 and as one label give the same result; so does the plain array."""
    case = draw(drawn.cases(operation, "binary"))
    binary, inside = case(), case.inside
    same(case(mask=rm.Mask(inside.astype(np.float32))), binary, "as weights")
    same(case(mask=inside), binary, "as an array")
    label = rm.Mask(inside * 3, kind="labels")
    if operation.result == "summary":
        row_agrees(case(mask=label), binary, 3, case)
    else:
        same(case(mask=label), binary, "as one label")


def row_agrees(table: Any, summary: Any, label: int, case: Case) -> None:
    """A label's row of a table says what the summary of that region alone says."""
    if not hasattr(table, "columns"):
        return same(table, summary, "as one label")
    rows = table[table["label"] == label].drop(columns="label")
    assert bool(len(rows)) == case.inside.any(), "the label has its row"
    for row in rows.to_numpy(np.float64):
        close(row, numbers_of(summary), "row of the label", case.scale)


def numbers_of(summary: Any) -> np.ndarray:
    """A summary's numbers as a table has them in a row: one band after the other."""
    if hasattr(summary, "counts"):
        return np.ravel(summary.counts).astype(np.float64)
    facts = [getattr(summary, name) for name in ("count", "weight", "sum", "mean", "std", "min", "max")]
    return np.array([*facts, *summary.quantiles.values()], np.float64).T.ravel()


@law(frozenset({"summary"}))
def rows_are_regions_alone(operation: Operation, draw: Any) -> None:
    """Of several labels, each row is that of its region alone."""
    case = draw(drawn.cases(operation, "labels"))
    table = case()
    if hasattr(table, "columns"):
        assert list(table["label"]) == list(case.mask.labels)
        for label in case.mask.labels:
            row = table[table["label"] == label].drop(columns="label").to_numpy(np.float64)[0]
            alone = case(mask=case.mask[label])
            if hasattr(alone, "edges"):  # the bins of a table are those of all regions
                close(row.sum(), numbers_of(alone).sum(), f"row {label}")
            else:
                close(row, numbers_of(alone), f"row {label}", case.scale)


@law(GRIDS, by_the_path=True)
def regions_taken_as_one(operation: Operation, draw: Any) -> None:
    """Without per_region, labels are one region."""
    case = draw(drawn.cases(operation, "labels"))
    same(case(), case(mask=case.mask.as_binary()), "labels as one")


@law(GRIDS, only=lambda operation: operation.writes == "inside")
def per_region_is_each_alone(operation: Operation, draw: Any) -> None:
    """With per_region=True each region is worked on as if it stood alone."""
    case = draw(drawn.cases(operation, "labels"))
    together = case(per_region=True)
    for label in case.mask.labels:
        alone = case.mask[label]
        where = np.asarray(alone)
        same(together[where], case(mask=alone)[where], f"region {label}")


@law(GRIDS, only=lambda operation: operation.weights == "any")
def a_tiny_weight_is_nearly_none(operation: Operation, draw: Any) -> None:
    """A weight of 1e-6 answers nearly as 0 does, where some pixel takes part in full."""
    case = draw(drawn.cases(operation, "binary", least=1, dtypes=("float32", "float64"), holes=False))
    rng = drawn.generator(draw)
    full = case.inside & (rng.random(case.inside.shape) < 0.7)
    without = np.where(full, 1, 0).astype(np.float32)
    tiny = np.where(case.inside & ~full, np.float32(1e-6), without)
    assume(case.params.get("output") != "direction")  # an angle may turn over
    more = {"empty": "nan", "min_coverage": 0.0} if operation.window else {}
    nearly, exactly = case(mask=rm.Mask(tiny), **more), case(mask=rm.Mask(without), **more)
    there = full if case.image.ndim == 2 else np.repeat(full[..., None], case.image.shape[2], axis=2)
    there = there & ~np.isnan(exactly)
    # A standard deviation goes with the root of the weight.
    np.testing.assert_allclose(nearly[there], exactly[there], rtol=1e-3, atol=5e-3 * case.scale)
