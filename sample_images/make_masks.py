"""Make ``sample_images/masks``, one mask a picture, paired by name: ``python sample_images/make_masks.py``."""

from pathlib import Path

import roimask as rm

HERE = Path(__file__).parent

# Outlines as (row, column), drawn by hand on the pictures.
COURTS = [
    [(24, 99), (34, 133), (107, 112), (96, 77)],
    [(41, 144), (49, 178), (123, 158), (112, 123)],
    [(54, 190), (63, 224), (138, 201), (128, 167)],
    [(139, 69), (147, 103), (224, 81), (213, 45)],
    [(155, 116), (165, 148), (239, 129), (227, 92)],
    [(169, 160), (178, 193), (253, 175), (242, 136)],
]
ROOFS = [
    [(71, 179), (102, 225), (138, 203), (107, 148)],
    [(117, 35), (138, 66), (180, 51), (153, 8)],
    [(162, 97), (192, 140), (234, 117), (205, 72)],
]
HOUSES = [
    [(23, 31), (23, 75), (61, 75), (61, 33)],
    [(31, 106), (49, 163), (96, 156), (79, 100)],
    [(65, 188), (79, 240), (126, 235), (106, 179)],
    [(158, 45), (161, 102), (211, 99), (201, 28)],
    [(178, 150), (194, 184), (249, 174), (233, 116), (208, 121)],
]
CARRIAGEWAYS = [
    [(5, 0), (51, 24), (256, 97), (256, 59), (43, 0)],
    [(0, 67), (0, 117), (256, 203), (256, 148)],
    [(0, 127), (0, 173), (183, 256), (256, 256), (256, 216)],
]
BRIDGE = [(170, 0), (0, 180), (0, 256), (63, 256), (256, 44), (256, 0)]
STREETS = [
    [(256, 42), (227, 0), (0, 188), (0, 256), (25, 256), (213, 94)],
    [(20, 59), (10, 99), (208, 256), (256, 256), (256, 232)],
]
WATER = [
    *[(8, 0), (8, 30), (50, 75), (85, 110), (118, 165), (150, 200), (185, 256)],
    *[(205, 256), (180, 200), (140, 150), (110, 105), (60, 60), (30, 20)],
]
MAN = [
    *[(104, 162), (88, 167), (70, 182), (64, 224), (78, 260), (109, 270), (140, 265), (140, 322), (171, 327)],
    *[(207, 327), (228, 286), (274, 286), (300, 244), (300, 198), (404, 156), (512, 153), (512, 42), (456, 53)],
    *[(362, 11), (300, 1), (228, 17), (155, 58), (119, 110)],
]


def masks():
    """The name of each picture and its mask."""
    yield "tennis_courts", rm.polygons((256, 256), COURTS)
    yield "houses_desert", rm.polygons((256, 256), ROOFS)
    yield "houses_green", rm.polygons((256, 256), HOUSES)
    yield "freeway", rm.polygons((256, 256), CARRIAGEWAYS)
    yield "freeway_bright", rm.polygon((256, 256), BRIDGE)
    yield "road_crossing", rm.polygon((256, 256), STREETS[0]) | rm.polygon((256, 256), STREETS[1])
    yield "river_straight", rm.polygon((256, 256), WATER)
    yield "camera", rm.polygon((512, 512), MAN)
    yield "astronaut", rm.ellipse((512, 512), (105, 225), (95, 80))
    yield "coffee", rm.ellipse((400, 600), (112, 291), (95, 118))
    yield "tanks", rm.components(rm.circle((256, 256), (155, 60), 46) | rm.circle((256, 256), (156, 182), 46))
    yield "river_bend", dark("river_bend")
    yield "coins", rm.components(rm.remove_small(rm.fill_holes(bright("coins")), 200))
    yield "landsat_bahamas", rm.valid(HERE / "landsat_bahamas.tif")
    scene = rm.Raster(HERE / "landsat_amazon.tif")
    yield "landsat_amazon", rm.threshold(rm.read(HERE / "landsat_amazon.tif")[..., 4], below=20).to_frame(scene.frame)


def dark(name):
    """The largest dark thing in a picture."""
    red = rm.read(HERE / f"{name}.png")[..., 0]
    return rm.fill_holes(rm.keep_largest(rm.threshold(rm.gaussian(red, sigma=2), below=90)))


def bright(name):
    """What is brighter than its surroundings."""
    image = rm.read(HERE / f"{name}.png").astype("float32")
    return rm.threshold(rm.gaussian(image, sigma=1) - rm.gaussian(image, sigma=40), above=15)


if __name__ == "__main__":
    (HERE / "masks").mkdir(exist_ok=True)
    for name, mask in masks():
        mask.save(HERE / "masks" / f"{name}.png")
        print(f"{name}: {mask}")
