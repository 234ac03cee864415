"""Written by `make stubs`; do not edit: name, family, what it takes, what it answers, summary."""

# fmt: off
VERBS: dict[str, tuple[str, str, str, str]] = {
    'chips': ('extract', 'image', 'objects', "Cut one chip a region out of the image: the region's bounding box, 0 outside the region."),
    'circle': ('shapes', 'frame', 'mask', 'Draw a circle, filled.'),
    'ellipse': ('shapes', 'frame', 'mask', 'Draw an ellipse, filled.'),
    'extract': ('extract', 'image', 'picture', 'Extract the region of interest: the pixels inside the mask unchanged, a fill value outside.'),
    'polygon': ('shapes', 'frame', 'mask', 'Draw a polygon, with holes where given.'),
    'polygons': ('shapes', 'frame', 'mask', 'Draw many polygons at once into one mask of labels.'),
    'rectangle': ('shapes', 'frame', 'mask', 'Draw an upright rectangle.'),
    'ring': ('shapes', 'frame', 'mask', 'Draw a ring: a circle without a smaller one about the same centre.'),
    'rounded_rectangle': ('shapes', 'frame', 'mask', 'Draw an upright rectangle with rounded corners.'),
    'sector': ('shapes', 'frame', 'mask', 'Draw a sector of a circle: a slice from one direction to another.'),
}
