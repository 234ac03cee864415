"""Written by `make stubs`; do not edit."""

from collections.abc import *
from typing import Any, Literal

import numpy as np
import pandas as pd

from roimask.parameters import Angle, Color, Length, Point, Points, Rings, Size
from roimask.errors import FrameMismatch as FrameMismatch
from roimask.errors import LimitError as LimitError
from roimask.errors import MaskValueError as MaskValueError
from roimask.errors import MissingExtra as MissingExtra
from roimask.errors import ParameterError as ParameterError
from roimask.errors import ReadError as ReadError
from roimask.errors import RoimaskError as RoimaskError
from roimask.errors import WriteError as WriteError
from roimask.formats import read_mask as read_mask
from roimask.frame import Frame as Frame
from roimask.mask import Mask as Mask
from roimask.operation import registry as registry
from roimask.raster.raster import Raster as Raster
from roimask.threads import get_threads as get_threads
from roimask.threads import set_threads as set_threads

__version__: str

def chips(image: Any, mask: Mask, *, pad: int = ...) -> list[Any]: ...
def circle(frame: Any, center: Point, radius: Length, *, coverage: bool = ...) -> Mask: ...
def ellipse(frame: Any, center: Point, radii: Point, angle: Angle = ..., *, coverage: bool = ...) -> Mask: ...
def extract(image: Any, mask: Any | None = ..., *, fill: Color | None = ..., crop: bool = ..., channel_axis: int = ...) -> np.ndarray: ...
def polygon(frame: Any, points: Points, holes: Rings = ..., *, coverage: bool = ...) -> Mask: ...
def polygons(frame: Any, list_of_points: Rings) -> Mask: ...
def rectangle(frame: Any, top: Length, left: Length, height: Length, width: Length, *, coverage: bool = ...) -> Mask: ...
def ring(frame: Any, center: Point, radius: Length, inner_radius: Length, *, coverage: bool = ...) -> Mask: ...
def rounded_rectangle(frame: Any, top: Length, left: Length, height: Length, width: Length, radius: Length, *, coverage: bool = ...) -> Mask: ...
def sector(frame: Any, center: Point, radius: Length, start: Angle, stop: Angle, *, coverage: bool = ...) -> Mask: ...
