"""What the parameters of operations may be: how each type is read from text, checked, and made ready for a kernel."""

from __future__ import annotations

from roimask.parameters.colors import Color, Paint, named_color
from roimask.parameters.form import Parameter, TextForm, unknown_name
from roimask.parameters.images import AnyMask, Beside, Image, LargeMask, SoftMask, Zones
from roimask.parameters.numbers import Angle, Bits, Count, Kernel, Pairs, Percent, Positive, Ratio, Share, Size, Value
from roimask.parameters.places import Columns, Length, Point, Points, Rings, Rows
from roimask.parameters.types import type_form

__all__ = [
    "Angle",
    "AnyMask",
    "Beside",
    "Bits",
    "Color",
    "Columns",
    "Count",
    "Image",
    "Kernel",
    "LargeMask",
    "Length",
    "Paint",
    "Pairs",
    "Parameter",
    "Percent",
    "Point",
    "Points",
    "Positive",
    "Ratio",
    "Rings",
    "Rows",
    "Share",
    "Size",
    "SoftMask",
    "TextForm",
    "Value",
    "Zones",
    "named_color",
    "type_form",
    "unknown_name",
]
