"""roimask beside its peers: the same arrays, answers compared first, interleaved, medians of ratios."""
