"""Run lengths of binary masks read down the columns, compiled: the bits of ``plain.runs``."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["boxes", "crop_runs", "fill_runs", "overlaps", "read_counts", "stack_runs", "write_counts"]


def stack_runs(stack):
    """Find the runs of each mask of a stack; see ``plain.runs.stack_runs``."""
    n, height, width = stack.shape
    if not stack.size:
        return np.empty((0, 2), np.int64), np.zeros(n + 1, np.int64)
    return _stack_runs(rows(stack.reshape(n * height, width)).reshape(n, height, width))


@jit
def _stack_runs(stack):
    n, height, width = stack.shape
    offsets = np.zeros(n + 1, np.int64)
    runs = np.empty((1024, 2), np.int64)
    for k in range(n):
        found = _runs(stack[k], width, 0, 0, height)
        offsets[k + 1] = offsets[k] + len(found)
        runs = _with_room(runs, offsets[k], len(found))
        runs[offsets[k] : offsets[k + 1]] = found
    return runs[: offsets[n]].copy(), offsets


def crop_runs(values, top, left, height):
    """Find the runs of a mask of which a window is given; see ``plain.runs.crop_runs``."""
    return _runs(rows(values), values.shape[1], top, left, height)


@jit
def _with_room(array, used, more):
    """The array (n, 2), or a longer copy of it where ``more`` items do not fit behind those used."""
    if used + more <= len(array):
        return array
    longer = np.empty((2 * (used + more), 2), array.dtype)
    longer[:used] = array[:used]
    return longer


@jit
def _runs(values, columns, top, left, height):
    """Compare each row with the one above, note where they differ, and put the notes in order by counting."""
    lines = len(values)
    notes, k = np.empty((1024 + columns, 2), np.int32), 0
    words = np.zeros((columns + 7) // 8, np.uint64)  # eight pixels in one look
    marks = words.view(np.uint8)
    edge = np.zeros(columns, np.uint8)
    if lines and lines == height:  # the pixel before the first of a column is then the last of the column before
        edge[1:] = values[lines - 1, : columns - 1]
    for row in range(lines + (lines < height)):
        line = values[row, :columns] if row < lines else edge
        above = values[row - 1, :columns] if row else edge
        if _differ(line, above):
            if k + columns > len(notes):
                notes = _with_room(notes, k, columns)
            _mark(line, above, marks)
            k = _note(words, marks, top + row, notes, k)
    return _in_order(notes[:k], columns, left, height)


@jit
def _differ(line, above):
    differ = False
    for i in range(len(line)):
        differ |= (line[i] != 0) != (above[i] != 0)
    return differ


@jit
def _mark(line, above, marks):
    """Mark the pixels whose value is not that above."""
    for i in range(len(line)):
        marks[i] = (line[i] != 0) != (above[i] != 0)


@jit
def _note(words, marks, row, notes, k):
    """Note row and column of each mark; returns how many notes there are then."""
    for word in range(len(words)):
        if words[word]:
            for column in range(8 * word, 8 * word + 8):
                if marks[column]:
                    notes[k, 0], notes[k, 1] = row, column
                    k += 1
    return k


@jit
def _in_order(notes, columns, left, height):
    """The notes (row, column) as runs: places of first pixels and of those after the last, down the columns."""
    place = np.zeros(columns + 1, np.int64)
    for i in range(len(notes)):
        place[notes[i, 1] + 1] += 1
    for column in range(columns):
        place[column + 1] += place[column]
    edges = np.empty(len(notes) + len(notes) % 2, np.int64)
    edges[-1:] = (left + columns) * height  # where the last run has no end of its own
    for i in range(len(notes)):
        column = notes[i, 1]
        edges[place[column]] = (left + column) * height + notes[i, 0]
        place[column] += 1
    return edges.reshape(-1, 2)


@jit
def fill_runs(stack, runs, offsets):
    """Set the pixels of each mask's runs in a stack of zeros; see ``plain.runs.fill_runs``.

    Where a run starts, where it ends and where it enters a column the pixel is turned over; then each row takes over
    what the row above holds, many pixels at once.
    """
    n, height, width = stack.shape
    for k in range(n):
        mine = runs[offsets[k] : offsets[k + 1]]
        if len(mine):
            left, right = mine[0, 0] // height, min(mine[-1, 1] // height + 1, width)
            top, bottom = _turn_over(stack[k], mine, height)
            _carry_down(stack[k], top, bottom, left, right)


@jit
def _turn_over(out, runs, height):
    """Turn over the pixels where a column's value changes; returns the first and the last row of these."""
    top, bottom = height, 0
    for i in range(len(runs)):
        start, stop = runs[i]
        first, last = start // height, stop // height
        begin, end = start - first * height, stop - last * height
        out[begin, first] ^= 1
        for column in range(first + 1, (stop - 1) // height + 1):
            out[0, column] ^= 1
        if end:
            out[end, last] ^= 1
        top = min(top, begin if first == (stop - 1) // height else 0)
        bottom = max(bottom, begin, end)
    return top, bottom


@jit
def _carry_down(out, top, bottom, left, right):
    for row in range(top + 1, len(out)):
        line, above = out[row, left:right], out[row - 1, left:right]
        for column in range(len(line)):
            line[column] ^= above[column]
        if row == bottom and not line.any():
            break


@jit
def write_counts(runs, offsets, size):
    """Write each mask's counts as COCO text; see ``plain.runs.write_counts``."""
    text = np.empty(13 * (2 * len(runs) + len(offsets)), np.uint8)
    ends, k = np.zeros(len(offsets), np.int64), 0
    for mask in range(len(offsets) - 1):
        edges = runs[offsets[mask] : offsets[mask + 1]].reshape(-1)
        before, last, last_but_one = 0, 0, 0
        for i in range(len(edges) + (len(edges) == 0 or edges[-1] < size)):
            edge = edges[i] if i < len(edges) else size
            count = edge - before
            k = _write_number(count - last_but_one if i > 2 else count, text, k)
            before, last_but_one, last = edge, last, count
        ends[mask + 1] = k
    return text[:k].copy(), ends


@jit
def _write_number(number, text, k):
    """Five bits a character, the lowest first, in two's complement; bit 5 says that more follow."""
    while True:
        bits = number & 31
        number >>= 5
        more = number != (-1 if bits & 16 else 0)
        text[k] = 48 + bits + (32 if more else 0)
        k += 1
        if not more:
            return k


@jit
def read_counts(text, offsets):
    """Read COCO text as counts; see ``plain.runs.read_counts``."""
    counts, ends, k = np.empty(len(text), np.int64), np.zeros(len(offsets), np.int64), 0
    good = np.ones(len(offsets) - 1, np.bool_)
    for mask in range(len(good)):
        first, number, shift = k, 0, 0
        for i in range(offsets[mask], offsets[mask + 1]):
            bits = np.int64(text[i]) - 48
            good[mask] &= 0 <= bits < 64 and shift < 60
            number += int(bits & 31) << shift
            shift += 5
            if not bits & 32:
                if bits & 16:
                    number -= 1 << shift
                counts[k] = number + (counts[k - 2] if k > first + 2 else 0)
                good[mask] &= counts[k] >= 0
                number, shift, k = 0, 0, k + 1
        good[mask] &= shift == 0
        ends[mask + 1] = k
    return counts[:k].copy(), ends, good


@jit
def boxes(runs, offsets, height):
    """Find each mask's bounding box; see ``plain.runs.boxes``."""
    found = np.zeros((len(offsets) - 1, 4), np.int64)
    for k in range(len(found)):
        top, bottom = height, 0
        for i in range(offsets[k], offsets[k + 1]):
            start, stop = runs[i, 0], runs[i, 1] - 1
            first, last = start // height, stop // height
            one_column = first == last
            top = min(top, start - first * height if one_column else 0)
            bottom = max(bottom, stop - last * height + 1 if one_column else height)
        if top < bottom:
            found[k] = top, runs[offsets[k], 0] // height, bottom, (runs[offsets[k + 1] - 1, 1] - 1) // height + 1
    return found


@jit
def overlaps(runs_a, offsets_a, boxes_a, runs_b, offsets_b, boxes_b, height):
    """Count the pixels that masks of two lists share; see ``plain.runs.overlaps``."""
    shared = np.zeros((len(offsets_a) - 1, len(offsets_b) - 1), np.int64)
    for i in range(len(shared)):
        a = runs_a[offsets_a[i] : offsets_a[i + 1]]
        for j in range(shared.shape[1]):
            top, left = max(boxes_a[i, 0], boxes_b[j, 0]), max(boxes_a[i, 1], boxes_b[j, 1])
            bottom, right = min(boxes_a[i, 2], boxes_b[j, 2]), min(boxes_a[i, 3], boxes_b[j, 3])
            if top < bottom and left < right:
                b = runs_b[offsets_b[j] : offsets_b[j + 1]]
                shared[i, j] = _shared(a, b, left * height, right * height)
    return shared


@jit
def _shared(a, b, start, stop):
    """Length that two lists of runs share; of each only what may lie between two places is walked through."""
    i, j = _first_after(a, start), _first_after(b, start)
    last_a, last_b = min(_first_after(a, stop) + 1, len(a)), min(_first_after(b, stop) + 1, len(b))
    total = 0
    while i < last_a and j < last_b:
        begin, end_a, end_b = max(a[i, 0], b[j, 0]), a[i, 1], b[j, 1]
        if end_a <= end_b:  # branches: runs of neighbouring columns are alike, so they are guessed right
            if end_a > begin:
                total += end_a - begin
            i += 1
        else:
            if end_b > begin:
                total += end_b - begin
            j += 1
    return total


@jit
def _first_after(runs, place):
    """The first run that ends behind a place."""
    low, high = 0, len(runs)
    while low < high:
        middle = (low + high) // 2
        if runs[middle, 1] > place:
            high = middle
        else:
            low = middle + 1
    return low
