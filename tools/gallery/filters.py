"""Plates of the operations that honour a mask."""

from __future__ import annotations

from tools.gallery.plate import Plate

REGIONS = [
    Plate("rm.extract(tennis_courts, tennis_courts_mask)"),
    Plate("rm.extract(coffee, rm.feather(coffee_mask, 40), fill=255)", "Weights fade into the fill value."),
    Plate("rm.chips(tennis_courts, tennis_courts_mask, pad=4)"),
    Plate("rm.statistics(tennis_courts[..., 0], tennis_courts_mask)"),
    Plate("rm.histogram(camera, camera_mask)"),
    Plate("rm.regions(houses_desert_mask)"),
    Plate("rm.zonal(houses_desert, houses_desert_mask)"),
]

LINEAR = [
    Plate("rm.gaussian(tennis_courts, tennis_courts_mask, sigma=5)"),
    Plate(
        "rm.gaussian(freeway, freeway_mask, sigma=6, per_region=True)",
        "Each region by itself: neither the ground nor the next carriageway leaks in.",
    ),
    Plate(
        "rm.gaussian(coffee, rm.feather(~coffee_mask, 40), sigma=8)",
        "Weights blend: sharp in the cup, more and more blurred away from it.",
        (0, 120, 300, 500),
    ),
    Plate("rm.box(tennis_courts, tennis_courts_mask, size=15)"),
    Plate(
        "rm.convolve(road_crossing, road_crossing_mask, kernel=[[2, 1, 0], [1, 1, -1], [0, -1, -2]])",
        "An embossing kernel.",
    ),
    Plate("rm.gradient(camera, camera_mask)"),
    Plate('rm.gradient(camera, camera_mask, output="along")', "Its component along the rows: red rises to the right."),
    Plate("rm.laplacian(camera, camera_mask)"),
    Plate("rm.difference_of_gaussians(coins, coins_mask, sigma=2)"),
]

RANK = [
    Plate("rm.median(tennis_courts, tennis_courts_mask, size=9)"),
    Plate("rm.percentile(tennis_courts, tennis_courts_mask, size=9, q=90)"),
    Plate("rm.minimum(tennis_courts, tennis_courts_mask, size=7)"),
    Plate("rm.maximum(tennis_courts, tennis_courts_mask, size=7)"),
    Plate("rm.rank_range(coins, coins_mask, size=5)"),
    Plate("rm.mode(classes, camera_mask, size=9)", "The most frequent value: few pixels of a class map stay alone."),
]

SMOOTHING = [
    Plate("rm.bilateral(astronaut, astronaut_mask, sigma_space=5, sigma_range=40)"),
    Plate("rm.guided(astronaut, astronaut_mask, radius=6, epsilon=600)"),
    Plate("rm.diffusion(astronaut, astronaut_mask, kappa=20, iterations=15)"),
    Plate("rm.nlmeans(astronaut, astronaut_mask, strength=15)"),
    Plate("rm.tv(astronaut, astronaut_mask, strength=20)"),
]

EDGES = [
    Plate("rm.canny(camera, camera_mask)"),
    Plate("rm.corner(houses_desert[..., 1], houses_desert_mask)"),
]

RESAMPLING = [
    Plate("rm.resize(landsat_bahamas, landsat_bahamas_mask, shape=(90, 99))"),
    Plate("rm.pyramid(tennis_courts, tennis_courts_mask)"),
]

MATCHING = [
    Plate(
        "rm.similarity(coins, coins[170:220, 75:130])",
        "How like one coin each place is; the map is smaller than the image by the template.",
        (0, 0, 303, 384),
    ),
    Plate(
        "rm.match(tennis_courts, tennis_courts, template_mask=tennis_courts_mask[3], threshold=0.6)",
        "One court, cut out by its mask, finds all six.",
        (0, 0, 256, 256),
    ),
    Plate(
        "rm.match(tanks, tanks, template_mask=rm.grow(tanks_mask[1], 6), threshold=0.6, scales=(0.9, 1.1))",
        "The left tank finds the right one, whose shadow lies elsewhere.",
        (0, 0, 256, 256),
    ),
    Plate(
        'rm.match(coins, coins[170:220, 75:130], method="shape", scales=(0.7, 1.4), threshold=0.75)',
        "By the directions of edges, whatever the light: coins of all sizes.",
        (0, 0, 303, 384),
    ),
    Plate("rm.register(houses_green[20:, 30:], houses_green)", "Twenty rows and thirty columns were cut off."),
    Plate(
        "rm.warp(coins, rm.Transform((0.9, -0.3, 60, 0.3, 0.9, -40), (303, 384)), coins_mask)",
        "Turned and scaled; nothing of the ground is mixed into the coins.",
        (0, 0, 303, 384),
    ),
]

TEMPLATES = [
    Plate(
        'rm.respond(freeway[..., 1], ~freeway_mask, bank="line:size=15,widths=3")',
        "Lines of three pixels in any direction; the masked road answers nothing.",
        (0, 0, 256, 256),
    ),
    Plate("rm.ridge(river_bend[..., 1], scales=(4, 8), dark=True)", "Dark bands: the river.", (0, 0, 256, 256)),
    Plate("rm.roads(freeway_bright)", "A bridge with two carriageways.", (0, 0, 256, 256)),
    Plate("rm.score(rm.grow(coins_mask, 2), coins_mask, buffer=1)", "Two pixels too wide, scored with one of them."),
]

FILLING = [
    *(
        Plate(f'rm.fill(freeway_bright, ~rm.ellipse(freeway_bright, (139, 131), (10, 11)), method="{method}")', text)
        for method, text in {
            "harmonic": "The smoothest surface through the edge of the hole: the car is gone.",
            "nearest": "The nearest known pixel.",
            "mean": "The mean of what is known.",
            "telea": "Lines go on into the hole, as in Telea's method.",
            "navier-stokes": "Lines go on into the hole, as a fluid flows.",
            "biharmonic": "A surface that goes on with its slopes.",
            "exemplar": "Patches of the road go on with what is around the hole.",
        }.items()
    ),
    Plate(
        'rm.outpaint(road_crossing, margin=40, method="exemplar")',
        "A margin of 40 pixels, made of patches of the image.",
        (0, 0, 336, 336),
    ),
    Plate("rm.apply_inside(coffee, rm.feather(coffee_mask, 40), lambda part: 255 - part)"),
]

GREY = [
    Plate("rm.erosion(coins, coins_mask, size=7)"),
    Plate("rm.dilation(coins, coins_mask, size=7)"),
    Plate("rm.opening(coins, coins_mask, size=7)"),
    Plate(
        'rm.opening(road_crossing, road_crossing_mask, size=21, element="line", angle=45)',
        "With a line for an element, only what is bright along it stays.",
    ),
    Plate("rm.closing(coins, coins_mask, size=7)"),
    Plate("rm.white_tophat(road_crossing[..., 1], road_crossing_mask, size=15)"),
    Plate("rm.black_tophat(road_crossing[..., 1], road_crossing_mask, size=15)"),
    Plate("rm.morphological_gradient(camera, camera_mask, size=3)"),
    Plate(
        "rm.reconstruction(coins, coins_mask, marker=rm.erosion(coins, coins_mask, size=11))",
        "Opening by reconstruction: what an erosion left grows back to its own outline.",
    ),
]

CONTRAST = [
    Plate("rm.stretch(river_bend, ~river_bend_mask)"),
    Plate("rm.levels(camera, camera_mask, black=10, white=120)"),
    Plate("rm.gamma(camera, camera_mask, gamma=0.5)"),
    Plate("rm.curve(camera, camera_mask, points=[(0, 0), (40, 110), (255, 255)])"),
    Plate("rm.equalize(camera, camera_mask)"),
    Plate("rm.clahe(camera, camera_mask)"),
    Plate(
        "rm.match_histogram(freeway_bright, freeway_bright_mask, reference=freeway, reference_mask=freeway_mask)",
        "The bridge in the tones of another road.",
    ),
]

COLOUR = [
    Plate("rm.adjust(houses_green, houses_green_mask, brightness=1.1, contrast=1.2, saturation=2)"),
    Plate(
        "rm.color_transfer(houses_desert, houses_desert_mask, reference=houses_green, reference_mask=houses_green_mask)"
    ),
    Plate("rm.colorize(houses_desert, houses_desert_mask, hue=10)"),
    Plate("rm.white_balance(coffee, coffee_mask)"),
    Plate("rm.dehaze(tennis_courts, tennis_courts_mask)", "Haze measured and taken away in the courts alone."),
]

CUTOUTS = [
    Plate("rm.cutout(coffee, coffee_mask, feather=3)"),
    Plate('rm.cutout(coffee, coffee_mask, crop=False, background="blur")', "On its own surroundings, blurred."),
    Plate(
        "rm.cutout(coffee, rm.star(coffee, (200, 300), 190, 7, coverage=True), margin=20, outline=6, shadow=16, "
        'background="linear-gradient(45deg, navy, orange)")',
        "Outlined, with a shadow, on a gradient.",
    ),
    Plate("rm.sprites(houses_desert, houses_desert_mask)", "All houses in one picture, a cell for each."),
    Plate(
        "rm.matte(astronaut, rm.grabcut(astronaut, (5, 130, 200, 300)), radius=8)", "Hair, by its share of each pixel."
    ),
    Plate("rm.redact(astronaut, astronaut_mask)"),
    Plate('rm.redact(astronaut, astronaut_mask, method="pixelate")', "In blocks."),
]

PLATES = (
    REGIONS
    + LINEAR
    + RANK
    + SMOOTHING
    + EDGES
    + RESAMPLING
    + MATCHING
    + TEMPLATES
    + FILLING
    + GREY
    + CONTRAST
    + COLOUR
    + CUTOUTS
)
