"""The galleries of the docs: a picture of everything that makes, reshapes or honours a mask.

``python -m tools.gallery`` makes them from ``sample_images/`` alone, as part of ``make docs``.
"""
