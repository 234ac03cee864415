"""The record of an operation: all that is known of it, which Python, command line, recipe, docs and tests only read."""

from __future__ import annotations

import copyreg
import inspect
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, Literal

from roimask.docs import Documentation
from roimask.errors import ParameterError
from roimask.frame import Frame
from roimask.parameters import Parameter, unknown_name

__all__ = ["FUNCTIONS", "Bands", "Halo", "Operation", "Result", "Takes"]

Takes = Literal["image", "mask", "frame"]
Result = Literal["image", "map", "picture", "mask", "table", "summary", "objects"]
Halo = int | Literal["all"] | Callable[..., int]
Bands = Literal["each", "all"] | Callable[..., Literal["each", "all"]]

FUNCTIONS: dict[str, Callable[..., Any]] = {}  # the public function of each operation


@dataclass(frozen=True, eq=False)
class Operation:
    """All that is known of an operation; Python, command line, recipe, docs and tests only read it.

    Attributes
    ----------
    name : str
        The word for it, the same everywhere.
    kernel : callable
        The function as it was written.
    takes : {"image", "mask", "frame"}
        What its first argument is.
    result : {"image", "map", "picture", "mask", "table", "summary", "objects"}
        What it answers: *image* (same grid, dtype and quantity), *map* (a new quantity, float, NaN outside),
        *picture* (another grid, or something of its own outside), *mask*, *table*, *summary* (mergeable), *objects*.
    blocks : bool
        Whether the kernel works on one block at a time, so that the operation runs on images of any size.
    halo : int, "all" or callable
        How many pixels beyond a block its kernel looks; may depend on the parameters.
    observe : Operation or None
        The reduction whose summary of the whole region the kernel is given third.
    bands : {"each", "all"} or callable
        Whether the kernel works on one band (h, w) at a time, or on all (h, w, C) together; may depend on the
        parameters.
    weights : {"any", "above 0"}
        Whether the kernel tells weights between 0 and 1 apart.
    finite : bool
        Whether inf is left out, as NaN is.
    selects : bool
        The kernel takes up no pixel of weight 0, not even to multiply it; nothing is blanked for it.
    any_value : bool
        The kernel minds NaN itself, and selects.
    writes : {"inside", "outside"}
        What is written by default: the mask, or all but the mask.
    conceals : bool
        What it takes away must be gone: a mask of weights is refused, files keep no metadata that may show it.
    background : str or None
        For a picture, the parameter whose value stands where the mask touches no tile.
    parameters : mapping of str to Parameter
        The kernel's own and those that the path gives to all.
    """

    name: str
    kernel: Callable[..., Any]
    takes: Takes
    result: Result
    blocks: bool = False
    halo: Halo = 0
    observe: Operation | None = None
    bands: Bands = "each"
    weights: Literal["any", "above 0"] = "any"
    finite: bool = False
    selects: bool = False
    any_value: bool = False
    writes: Literal["inside", "outside"] = "inside"
    conceals: bool = False
    background: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @cached_property
    def gathers(self) -> str | None:
        """The parameter that takes what else the caller names, where names are the caller's own."""
        return next((name for name, p in self.parameters.items() if p.form.gathers), None)

    @property
    def family(self) -> str:
        """The module that it lives in, which is its chapter in the docs."""
        return self.kernel.__module__.rpartition(".")[2]

    @property
    def function(self) -> Callable[..., Any]:
        """The public function."""
        return FUNCTIONS[self.name]

    @property
    def documentation(self) -> Documentation:
        """The public docstring, taken apart."""
        return Documentation.of(self.function.__doc__ or "")

    @property
    def blanked(self) -> bool:
        """Whether the pixels that take no part must be replaced before the kernel sees them."""
        return not (self.selects or self.any_value)

    @property
    def window(self) -> bool:
        """Whether it looks at neighbours, so that part of what it looks at may take no part."""
        return self.halo not in (0, "all") and self.result in ("image", "map")

    def halo_of(self, params: Mapping[str, Any]) -> int | None:
        """The halo in pixels for these parameters; None where the whole image is needed."""
        if callable(self.halo):
            return int(self.halo(**{name: params[name] for name in self._halo_names}))
        return None if self.halo == "all" else self.halo

    @cached_property
    def _halo_names(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.halo).parameters) if callable(self.halo) else ()

    def bands_of(self, params: Mapping[str, Any]) -> Literal["each", "all"]:
        """Whether the kernel works on each band or on all for these parameters."""
        if callable(self.bands):
            return self.bands(**{name: params[name] for name in inspect.signature(self.bands).parameters})
        return self.bands

    @cached_property
    def names_block(self) -> bool:
        """Whether the kernel asks where its block lies."""
        return "block" in inspect.signature(self.kernel).parameters

    @cached_property
    def names_core(self) -> bool:
        """Whether the kernel asks which part of its block is wanted, and answers that alone."""
        return "core" in inspect.signature(self.kernel).parameters

    @cached_property
    def names_wanted(self) -> bool:
        """Whether the kernel asks which pixels of the core are written, and may answer anything elsewhere."""
        return "wanted" in inspect.signature(self.kernel).parameters

    @cached_property
    def names_source(self) -> bool:
        """Whether a selector asks for what the image's container says too: its first argument is an ArraySource."""
        return self._first_annotation == "ArraySource"

    @cached_property
    def names_windows(self) -> bool:
        """Whether it reads an image of any size by windows of its own: its first argument is a Source."""
        return self._first_annotation == "Source"

    @property
    def draws(self) -> bool:
        """Whether what it finds can be drawn over the image: it answers Matches."""
        return inspect.signature(self.kernel).return_annotation == "Matches"

    @property
    def places(self) -> bool:
        """Whether what it answers has geometries: always, or where these are asked for."""
        return "geometry" in self.parameters or inspect.signature(self.kernel).return_annotation == "Feature"

    @property
    def _first_annotation(self) -> Any:
        return next(iter(inspect.signature(self.kernel).parameters.values())).annotation

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The parameters that need not be given, with what they are then."""
        return {name: p.default for name, p in self.parameters.items() if not p.required}

    @cached_property
    def _own_names(self) -> tuple[str, ...]:
        return tuple(name for name in self.parameters if not self.parameters[name].shared)

    @cached_property
    def _needed(self) -> tuple[str, ...]:
        return tuple(name for name, p in self.parameters.items() if p.required)

    @cached_property
    def _relative(self) -> tuple[str, ...]:
        """Parameters that only a frame makes ready: lengths in per cent, masks that must fit."""
        return tuple(name for name, p in self.parameters.items() if p.form.resolve is not None)

    @cached_property
    def beside(self) -> tuple[str, ...]:
        """Parameters that are images, cut along with the blocks."""
        return tuple(name for name, p in self.parameters.items() if p.form.along)

    def named(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """Values that were given without their names, after image and mask."""
        names = [name for name, p in self.parameters.items() if p.positional]
        if len(values) > len(names):
            first = ", ".join(("image", "mask", *names))
            raise ParameterError(f"only {first} are given without their names, got {2 + len(values)} values")
        return dict(zip(names, values, strict=False))

    def own(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The kernel's own among all parameters of a call."""
        return {name: params[name] for name in self._own_names}

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that were given, checked against the signature: a step of a recipe is validated so.

        Raises
        ------
        ParameterError
            Where a name is unknown, a value is not allowed, or a parameter is missing.
        """
        checked = {name: self.check_one(name, value) for name, value in given.items()}
        self.require_all(given)
        return checked

    def check_one(self, name: str, value: Any) -> Any:
        """The value of one parameter, checked; a name that is not known is an error."""
        parameter = self.parameters.get(name)
        if parameter is None:
            raise unknown_name(name, list(self.parameters), f"{self.name}: the parameter")
        return parameter.check(value, self.name)

    def require_all(self, given: Container[str]) -> None:
        """Refuse a call that lacks a parameter which must be given."""
        for name in self._needed:
            if name not in given:
                form = self.parameters[name].form.name
                raise ParameterError(f"{self.name}: {name} is missing; give {name}=... ({form})")

    def ready(self, given: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
        """All parameters of a call on a frame: checked, completed by the defaults, lengths turned into pixels."""
        params = {**self.defaults, **self.check(given)}
        for name in self._relative:
            if params[name] is not None:
                params[name] = self.parameters[name].form.resolve(params[name], frame)  # type: ignore[misc]
        return params

    def __reduce__(self) -> tuple[Any, ...]:
        """By name where it is registered: the kernel's own name is the public function's."""
        if getattr(FUNCTIONS.get(self.name), "operation", None) is self:
            return _registered, (self.kernel.__module__, self.name)
        return copyreg.__newobj__, (Operation,), dict(self.__dict__)  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"<operation {self.name}: {self.takes} -> {self.result}>"


def _registered(module: str, name: str) -> Operation:
    import_module(module)
    return FUNCTIONS[name].operation  # type: ignore[attr-defined]
