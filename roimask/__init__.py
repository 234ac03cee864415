"""Image masking and regions of interest: one Mask type that every operation honours exactly.

Names load when they are first used; the table is written by ``make stubs``.
"""

from lazy_loader import attach

__version__ = "0.1.0"

# fmt: off
# <table>
_NAMES: dict[str, list[str]] = {
    "errors": [
        "FrameMismatch",
        "LimitError",
        "MaskValueError",
        "MissingExtra",
        "ParameterError",
        "ReadError",
        "RoimaskError",
        "WriteError",
    ],
    "features.accuracy": [
        "Curve",
        "Score",
    ],
    "features.feature": [
        "Feature",
        "Piece",
    ],
    "formats": [
        "MaskFormat",
        "mask_formats",
        "read_mask",
    ],
    "frame": [
        "Frame",
    ],
    "mask": [
        "Mask",
    ],
    "masks.by_colour": [
        "color_near",
        "color_range",
    ],
    "masks.check": [
        "Finding",
        "check",
    ],
    "masks.compare": [
        "boundary_distance",
        "dice",
        "hausdorff",
        "suppress",
    ],
    "masks.distance": [
        "distance",
        "feather",
    ],
    "masks.expression": [
        "MaskExpression",
    ],
    "masks.figures": [
        "heart",
        "line",
        "regular_polygon",
        "star",
        "text",
    ],
    "masks.morphology": [
        "closed",
        "grow",
        "opened",
        "shrink",
        "smooth",
    ],
    "masks.naming": [
        "merge_names",
    ],
    "masks.outlines": [
        "bounding_boxes",
        "convex_hull",
        "outline",
        "skeleton",
    ],
    "masks.overlap": [
        "iou",
    ],
    "masks.pieces": [
        "components",
        "fill_holes",
        "keep_largest",
        "remove_small",
    ],
    "masks.quality": [
        "classes",
        "qa_bits",
    ],
    "masks.rle": [
        "decode_rle",
        "encode_rle",
    ],
    "masks.segments": [
        "flood",
        "grabcut",
        "superpixels",
        "watershed",
    ],
    "masks.select": [
        "alpha",
        "difference",
        "nodata",
        "threshold",
    ],
    "masks.shapes": [
        "circle",
        "ellipse",
        "polygon",
        "polygons",
        "rectangle",
        "ring",
        "rounded_rectangle",
        "sector",
    ],
    "masks.silhouettes": [
        "silhouette",
    ],
    "matching.matcher": [
        "Matcher",
    ],
    "matching.matches": [
        "Match",
        "Matches",
    ],
    "matching.transform": [
        "Transform",
    ],
    "operation": [
        "registry",
    ],
    "operations.colour": [
        "adjust",
        "color_transfer",
        "colorize",
        "grayscale",
        "white_balance",
    ],
    "operations.compose": [
        "compose",
    ],
    "operations.contrast": [
        "match_histogram",
        "stretch",
    ],
    "operations.curves": [
        "burn",
        "curve",
        "dodge",
        "gamma",
        "invert",
        "levels",
        "log",
        "posterize",
        "sigmoid",
    ],
    "operations.cutout": [
        "cutout",
    ],
    "operations.denoising": [
        "nlmeans",
        "tv",
    ],
    "operations.edges": [
        "canny",
        "corner",
    ],
    "operations.equalise": [
        "clahe",
        "equalize",
    ],
    "operations.exposure": [
        "tone_map",
    ],
    "operations.extract": [
        "chips",
        "extract",
    ],
    "operations.fill": [
        "fill",
        "outpaint",
    ],
    "operations.grey": [
        "black_tophat",
        "closing",
        "dilation",
        "erosion",
        "morphological_gradient",
        "opening",
        "white_tophat",
    ],
    "operations.haze": [
        "dehaze",
    ],
    "operations.inside": [
        "apply_inside",
    ],
    "operations.linear": [
        "box",
        "convolve",
        "difference_of_gaussians",
        "gaussian",
        "gradient",
        "laplacian",
    ],
    "operations.local": [
        "local_entropy",
        "local_mean",
        "local_std",
        "local_zscore",
    ],
    "operations.match": [
        "match",
    ],
    "operations.matting": [
        "matte",
    ],
    "operations.paste": [
        "paste",
    ],
    "operations.rank": [
        "maximum",
        "median",
        "minimum",
        "mode",
        "percentile",
        "rank_range",
    ],
    "operations.reconstruction": [
        "reconstruction",
    ],
    "operations.redact": [
        "redact",
    ],
    "operations.regions": [
        "regions",
    ],
    "operations.register": [
        "register",
        "warp",
    ],
    "operations.resample": [
        "pyramid",
        "resize",
    ],
    "operations.respond": [
        "respond",
    ],
    "operations.ridges": [
        "ridge",
    ],
    "operations.roads": [
        "roads",
    ],
    "operations.score": [
        "score",
    ],
    "operations.sharpen": [
        "local_contrast",
        "sharpen",
    ],
    "operations.similarity": [
        "similarity",
    ],
    "operations.smoothing": [
        "bilateral",
        "diffusion",
        "guided",
    ],
    "operations.speckle": [
        "lee",
    ],
    "operations.sprites": [
        "Sprite",
        "SpriteSheet",
        "sprites",
    ],
    "operations.statistics": [
        "histogram",
        "statistics",
    ],
    "operations.zonal": [
        "zonal",
    ],
    "presets": [
        "Preset",
        "find_preset",
        "known_presets",
    ],
    "previews": [
        "preview",
    ],
    "raster.atomic": [
        "atomic",
    ],
    "raster.chatter": [
        "silence_decoders",
    ],
    "raster.io": [
        "read",
        "valid",
        "write",
    ],
    "raster.paths": [
        "is_remote",
        "named_after",
        "shown",
    ],
    "raster.raster": [
        "Raster",
    ],
    "raster.tiles": [
        "Tile",
        "Tiles",
        "tiles",
    ],
    "recipes": [
        "Recipe",
    ],
    "running": [
        "Plan",
        "Run",
        "plan",
        "run",
    ],
    "running.cluster": [
        "dask_client",
    ],
    "running.composite": [
        "composite",
    ],
    "summary": [
        "Histogram",
        "Statistics",
    ],
    "templates.bank": [
        "Bank",
        "bank",
        "template",
    ],
    "templates.user": [
        "template_from",
    ],
    "threads": [
        "get_threads",
        "set_threads",
    ],
    "view": [
        "contact_sheet",
        "overlay",
        "thumbnail",
    ],
    "zones.write": [
        "write_features",
    ],
}
# </table>
# fmt: on

__getattr__, __dir__, __all__ = attach(__name__, submod_attrs=_NAMES)
