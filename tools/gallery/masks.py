"""Plates of what makes and reshapes masks."""

from __future__ import annotations

from tools.gallery.plate import Plate

SHAPES = [
    Plate("rm.circle((36, 48), (18, 24), 14)"),
    Plate("rm.ellipse((36, 48), (18, 24), (9, 20), angle=30)"),
    Plate("rm.rectangle((36, 48), 6.5, 8.25, 22, 31)"),
    Plate("rm.rounded_rectangle((36, 48), 5, 8, 25, 32, 9)"),
    Plate("rm.ring((36, 48), (18, 24), 15, 8)"),
    Plate("rm.sector((36, 48), (18, 24), 16, 30, 300)"),
    Plate(
        "rm.polygon((36, 48), [(3, 24), (32, 44), (26, 3)], holes=[[(16, 20), (23, 18), (22, 29)]])",
    ),
    Plate("rm.polygons((36, 48), [[(3, 3), (16, 8), (12, 28)], [(14, 6), (33, 4), (28, 26)]])"),
    Plate("rm.star((36, 48), (19, 24), 17)"),
    Plate("rm.heart((36, 48), (18, 24), 28)"),
    Plate("rm.regular_polygon((36, 48), (18, 24), 15, sides=6)"),
    Plate("rm.line((36, 48), [(30, 5), (8, 18), (26, 30), (6, 43)], width=4)"),
    Plate('rm.text((36, 48), "roi", (18, 24), 30)'),
    Plate("rm.silhouette((72, 96), (36, 48), camera)", "What is dark in a photograph, scaled to the frame."),
]

CONTENT = [
    Plate("rm.threshold(coins, above=120)"),
    Plate(
        'rm.threshold(coins, method="otsu")', "Otsu's threshold parts the histogram into two classes of least variance."
    ),
    Plate('rm.threshold(coins, method="li")', "Li's threshold is that of least cross entropy."),
    Plate('rm.threshold(coins, method="yen")', "Yen's threshold is that of the largest correlation."),
    Plate(
        'rm.threshold(coins, method="triangle")',
        "The triangle threshold suits a histogram of one tall peak with a long tail.",
    ),
    Plate('rm.threshold(camera, method="multiotsu", classes=3)', "Multi-Otsu gives labels, a class each."),
    Plate(
        'rm.threshold(coins, method="local", size=101, offset=-10)',
        "A local threshold is the mean of a window: a dim corner is no harm.",
    ),
    Plate(
        'rm.threshold(coins, method="hysteresis", low=100, high=150)',
        "Hysteresis keeps what is above the low threshold where it touches what is above the high one.",
    ),
    Plate(
        'rm.threshold(camera, camera_mask, method="otsu")',
        "With a mask, the threshold is computed from its pixels alone, and nothing outside is selected.",
    ),
    Plate("rm.color_range(houses_green, (70, 0.2, 0), (170, 1, 1))", "Grass, by its hue."),
    Plate("rm.color_range(astronaut, (5, 0.5, 0.3), (25, 1, 1))", "The orange of the suit, in HSV.", (0, 0, 512, 512)),
    Plate(
        "rm.color_near(astronaut, (225, 95, 50), 40)",
        "The same by its distance to one colour in Lab.",
        (0, 0, 512, 512),
    ),
    Plate(
        "rm.difference(tanks, rm.median(tanks, size=9), tolerance=60)", "Where a picture differs from its own median."
    ),
    Plate(
        'rm.qa_bits(quality, preset="landsat8-c1", select=["cloud", "cloud_shadow"])',
        "Clouds and their shadows, as the quality band of a Landsat scene flags them.",
    ),
    Plate("rm.qa_bits(quality, fill=0)", "By a bit number: the rim, which holds no data."),
    Plate("rm.classes(classes, [1, 4])", "The darkest and the brightest class."),
    Plate("rm.nodata(landsat_bahamas, 0)", "The pixels around a satellite's swath that hold no data."),
    Plate(
        "rm.alpha(np.dstack([coffee, np.uint8(255 * np.asarray(rm.feather(coffee_mask, 30)))]))",
    ),
    Plate("rm.flood(river_bend, (100, 130), 30)", "The magic wand, put into the water."),
    Plate("rm.flood(coffee, (128, 285), 40)", "The magic wand, put into the coffee."),
    Plate("rm.grabcut(coffee, (10, 70, 385, 500))"),
    Plate("rm.superpixels(astronaut, 150)"),
    Plate("rm.superpixels(houses_green, 40, houses_green_mask)", "With a mask, superpixels part its regions alone."),
    Plate(
        "rm.watershed(rm.gradient(coins), rm.components(rm.shrink(coins_mask, 10)), rm.grow(coins_mask, 4))",
        "Basins of the gradient, grown from the middle of each coin within a mask.",
    ),
]

FROM_MASKS = [
    Plate("rm.grow(star, 3)"),
    Plate("rm.grow(tennis_courts_mask, 8)", "Labels grow region by region; neighbours do not run into each other."),
    Plate('rm.grow(landsat_amazon_mask, "90m")', "On a georeferenced frame a radius may be in metres."),
    Plate("rm.shrink(star, 2)"),
    Plate("rm.opened(bright, 3)"),
    Plate("rm.closed(bright, 3)"),
    Plate("rm.smooth(bright, 4)"),
    Plate("rm.feather(star, 6)"),
    Plate('rm.feather(star, 6, where="outside")', "The soft edge lies outside, and the region stays whole."),
    Plate(
        'rm.feather(star, 6, where="both")', "The soft edge lies on both sides of the outline, where it is one half."
    ),
    Plate("rm.distance(star)"),
    Plate("rm.distance(star, signed=True)", "Signed: negative outside."),
    Plate("rm.fill_holes(bright)"),
    Plate("rm.remove_small(bright, 100)"),
    Plate("rm.components(bright)"),
    Plate("rm.keep_largest(bright, 3)"),
    Plate("rm.outline(star)"),
    Plate("rm.outline(tanks_mask, width=8)", "Of a width, and region by region."),
    Plate('rm.skeleton(rm.text((72, 96), "roi", (36, 48), 60))'),
    Plate("rm.skeleton(landsat_amazon_mask)", "The branches of a lake."),
    Plate("rm.convex_hull(star)"),
    Plate("rm.bounding_boxes(houses_desert_mask)"),
]

ALGEBRA = [
    Plate("disk | bar", "Union: what is in either."),
    Plate("disk & bar", "Intersection: what is in both."),
    Plate("disk - bar", "Difference: what is in the first alone."),
    Plate("disk ^ bar", "Symmetric difference: what is in one alone."),
    Plate("~disk", "Complement: what is not in it."),
    Plate("soft | bar", "Weights take the larger one."),
    Plate("soft & bar", "Weights take the smaller one."),
    Plate("tennis_courts_mask | tanks_mask", "Labels: the left one wins."),
    Plate("tennis_courts_mask[3]", "One region of a labels mask."),
]

PLATES = SHAPES + CONTENT + FROM_MASKS
