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
    "formats": [
        "read_mask",
    ],
    "frame": [
        "Frame",
    ],
    "mask": [
        "Mask",
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
    "operation": [
        "registry",
    ],
    "operations.extract": [
        "chips",
        "extract",
    ],
    "raster.raster": [
        "Raster",
    ],
    "threads": [
        "get_threads",
        "set_threads",
    ],
}
# </table>
# fmt: on

__getattr__, __dir__, __all__ = attach(__name__, submod_attrs=_NAMES)
