"""Declare an operation once: from its one definition come the Python function, the verb, the step, the test, the page."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_type_hints

from roimask import call
from roimask.docs import Documentation, public_docstring
from roimask.errors import ParameterError, RoimaskError
from roimask.frame import Frame
from roimask.mask import Mask
from roimask.parameters import Parameter, type_form, unknown_name

__all__ = ["Operation", "measure", "morphology", "operation", "reduction", "registry", "selector", "shape"]

Takes = Literal["image", "mask", "frame"]
Result = Literal["image", "map", "picture", "mask", "table", "summary", "objects"]
Halo = int | Literal["all"] | Callable[..., int]
Function = TypeVar("Function", bound=Callable[..., Any])


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
    bands : {"each", "all"}
        Whether the kernel works on one band (h, w) at a time, or on all (h, w, C) together.
    weights : {"any", "above 0"}
        Whether the kernel tells weights between 0 and 1 apart.
    finite : bool
        Whether inf is left out, as NaN is.
    any_value : bool
        The kernel reads no pixel that takes no part, and takes NaN for what it is; nothing is blanked for it.
    writes : {"inside", "outside"}
        What is written by default: the mask, or all but the mask.
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
    bands: Literal["each", "all"] = "each"
    weights: Literal["any", "above 0"] = "any"
    finite: bool = False
    any_value: bool = False
    writes: Literal["inside", "outside"] = "inside"
    background: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The module that it lives in, which is its chapter in the docs."""
        return self.kernel.__module__.rpartition(".")[2]

    @property
    def function(self) -> Callable[..., Any]:
        """The public function."""
        return _FUNCTIONS[self.name]

    @property
    def documentation(self) -> Documentation:
        """The public docstring, taken apart."""
        return Documentation.of(self.function.__doc__ or "")

    @property
    def window(self) -> bool:
        """Whether it looks at neighbours, so that part of what it looks at may take no part."""
        return self.halo != 0 and self.result in ("image", "map")

    def halo_of(self, params: Mapping[str, Any]) -> int | None:
        """The halo in pixels for these parameters; None where the whole image is needed."""
        if callable(self.halo):
            return int(self.halo(**{name: params[name] for name in self._halo_names}))
        return None if self.halo == "all" else self.halo

    @cached_property
    def _halo_names(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.halo).parameters) if callable(self.halo) else ()

    @cached_property
    def names_block(self) -> bool:
        """Whether the kernel asks where its block lies."""
        return "block" in inspect.signature(self.kernel).parameters

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The parameters that need not be given, with what they are then."""
        return {name: p.default for name, p in self.parameters.items() if not p.required}

    @cached_property
    def _own_names(self) -> tuple[str, ...]:
        return tuple(name for name in self.parameters if self.parameters[name] is not SHARED.get(name))

    @cached_property
    def _needed(self) -> tuple[str, ...]:
        return tuple(name for name, p in self.parameters.items() if p.required)

    @cached_property
    def _relative(self) -> tuple[str, ...]:
        """Parameters that only a frame makes ready: lengths in per cent, masks that must fit."""
        return tuple(name for name, p in self.parameters.items() if p.form.resolve is not None)

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
        checked = {}
        for name, value in given.items():
            parameter = self.parameters.get(name)
            if parameter is None:
                raise unknown_name(name, list(self.parameters), f"{self.name}: the parameter")
            checked[name] = parameter.check(value, self.name)
        for name in self._needed:
            if name not in given:
                raise ParameterError(f"{self.name}: {name} is missing; give {name}=... ({self.parameters[name].form.name})")
        return checked

    def ready(self, given: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
        """All parameters of a call on a frame: checked, completed by the defaults, lengths turned into pixels."""
        params = {**self.defaults, **self.check(given)}
        for name in self._relative:
            if params[name] is not None:
                params[name] = self.parameters[name].form.resolve(params[name], frame)  # type: ignore[misc]
        return params

    def __repr__(self) -> str:
        return f"<operation {self.name}: {self.takes} -> {self.result}>"


# -- the registry ------------------------------------------------------------------------------------------------

_REGISTRY: dict[str, Operation] = {}
_FUNCTIONS: dict[str, Callable[..., Any]] = {}


def registry() -> Mapping[str, Operation]:
    """All operations by name, every family loaded.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.registry()["extract"].result
    'picture'
    """
    import importlib
    import pkgutil

    for package in ("roimask.masks", "roimask.operations"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{module.name}")
    return MappingProxyType(dict(sorted(_REGISTRY.items())))


def _register(operation: Operation, function: Callable[..., Any]) -> None:
    known = _REGISTRY.get(operation.name)
    if known is not None and known.kernel.__module__ != operation.kernel.__module__:
        raise RoimaskError(
            f"two operations are called {operation.name}, in {known.kernel.__module__} and {operation.kernel.__module__}"
        )
    _REGISTRY[operation.name], _FUNCTIONS[operation.name] = operation, function


def forget(name: str) -> None:
    """Take an operation out of the registry again, for tests that register some of their own."""
    del _REGISTRY[name], _FUNCTIONS[name]


# -- parameters that the path gives to all, worded once ------------------------------------------------------------

SHARED: dict[str, Parameter] = {
    name: Parameter(name, type_form(annotation), default, help)
    for name, annotation, default, help in (
        (
            "write",
            Mask | Literal["all"],
            None,
            "Which pixels change, where these are not the ones that are read: a mask, or ``'all'`` for every pixel "
            "with data. A mask given here also writes the NaN pixels in it.",
        ),
        (
            "per_region",
            bool,
            False,
            "Work on each region of a labels mask as if it stood alone, instead of on all as one.",
        ),
        ("out", Any, None, "Where the result is put: ``image`` itself, or an array of the result's shape and dtype."),
        (
            "min_coverage",
            float,
            0.0,
            "The share of a window's weight, 0 to 1, that must take part for an answer; 0: any will do. What lies "
            "beyond the border takes no part.",
        ),
        (
            "empty",
            Literal["keep", "nan"] | float,
            None,
            "What stands where too little of the window takes part: ``'keep'`` the pixel as it was (the default of "
            "images), ``'nan'`` (the default of maps), or a value.",
        ),
        ("crop", bool, False, "Cut the result to the mask's bounding box."),
        ("channel_axis", int, -1, "The axis of the bands of an array with three axes: -1 last, 0 first."),
    )
}
_GIVEN_BY_RESULT: dict[str, tuple[str, ...]] = {
    "image": ("write", "per_region", "out", "channel_axis"),
    "map": ("per_region", "out", "channel_axis"),
    "picture": ("crop", "channel_axis"),
    "summary": ("channel_axis",),
}
_MASK_HELP = (
    "Which pixels take part: a Mask, an array (True and 1 take part), or None for every pixel with data. "
    "No pixel outside changes the result."
)
_RESERVED = frozenset({"block", "out"})  # what the path, not the caller, gives to a kernel that names it


# -- the decorators ------------------------------------------------------------------------------------------------


def operation(
    *,
    result: Literal["image", "map", "picture"] = "image",
    halo: Halo = 0,
    observe: Callable[..., Any] | None = None,
    bands: Literal["each", "all"] = "each",
    weights: Literal["any", "above 0"] = "any",
    finite: bool = False,
    any_value: bool = False,
    writes: Literal["inside", "outside"] = "inside",
    background: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operation whose kernel works on one block: ``kernel(image, weight, **parameters)``.

    The kernel sees an image block, (h, w) or with ``bands="all"`` (h, w, C), and the weight of each pixel, uint8
    0/1 or float32; pixels that take no part hold anything. It answers a block of the same size in any number type,
    or that and the coverage (h, w) of each window, 0 to 1. :class:`Operation` says what can be declared.
    """
    facts = dict(result=result, halo=halo, observe=_operation_of(observe), bands=bands, weights=weights)
    facts.update(finite=finite, any_value=any_value, writes=writes, background=background)
    return lambda kernel: _declare(kernel, call.working, takes="image", blocks=True, **facts)


def reduction(*, observe: Callable[..., Any] | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a reduction: a kernel that answers a mergeable summary of one block of one band.

    ``kernel(image, weight, **parameters)`` answers a summary with ``+``; ``weight`` is uint8 0/1, float32, or for a
    labels mask the int32 labels. A summary says how those of several bands are put together (``stack``) and may say
    what the caller is given in the end (``answer(mask)``).
    """
    observed = _operation_of(observe)
    return lambda kernel: _declare(
        kernel, call.reducing, takes="image", result="summary", blocks=True, observe=observed
    )


def selector(function: Function) -> Function:
    """Declare a function that finds a mask in an image: ``function(image, ...) -> Mask``, the image an array."""
    return _declare(function, call.on_image, takes="image", result="mask")  # type: ignore[return-value]


def shape(function: Function) -> Function:
    """Declare a function that draws a mask on a frame: ``function(frame, ...) -> Mask``."""
    return _declare(function, call.on_frame, takes="frame", result="mask")  # type: ignore[return-value]


def morphology(function: Function) -> Function:
    """Declare a function that reshapes a mask: ``function(mask, ...) -> Mask``."""
    return _declare(function, call.on_mask, takes="mask", result="mask")  # type: ignore[return-value]


def measure(*, takes: Takes, result: Literal["table", "objects"]) -> Callable[[Function], Function]:
    """Declare a function that answers a table or objects about a whole image or mask."""
    make = call.on_image if takes == "image" else call.on_mask
    return lambda function: _declare(function, make, takes=takes, result=result)  # type: ignore[return-value]


def _operation_of(function: Callable[..., Any] | None) -> Operation | None:
    return None if function is None else function.operation  # type: ignore[attr-defined]


def _declare(kernel: Callable[..., Any], make: Callable[..., Any], **facts: Any) -> Callable[..., Any]:
    blocks = facts.get("blocks", False)
    given_first = 1 if not blocks else 3 if facts.get("observe") else 2
    record = Operation(kernel.__name__, kernel, parameters=MappingProxyType(_parameters(kernel, given_first, facts)), **facts)
    function = make(record)
    function.__name__ = function.__qualname__ = record.name
    function.__module__ = kernel.__module__
    function.operation = record
    function.__signature__ = _signature(record) if blocks else inspect.signature(kernel)
    function.__doc__ = public_docstring(kernel.__doc__ or "", record, SHARED, _MASK_HELP) if blocks else kernel.__doc__
    _register(record, function)
    return function


def _parameters(kernel: Callable[..., Any], given_first: int, facts: Mapping[str, Any]) -> dict[str, Parameter]:
    """The kernel's own parameters, then those that the path gives to all of its kind."""
    shared = _GIVEN_BY_RESULT.get(facts["result"], ()) if facts.get("blocks") else ()
    if facts["result"] in ("image", "map") and facts.get("halo", 0) != 0:
        shared += ("min_coverage", "empty")
    hints = get_type_hints(kernel, include_extras=True)
    helps = Documentation.of(kernel.__doc__ or "").parameters
    written = list(inspect.signature(kernel).parameters.values())[given_first:]
    own = {p.name: _own(p, hints.get(p.name, Any), helps.get(p.name, "")) for p in written if p.name not in _RESERVED}
    return {**own, **{name: SHARED[name] for name in shared}}


def _own(written: inspect.Parameter, annotation: Any, help: str) -> Parameter:
    required = written.default is written.empty
    positional = written.kind is written.POSITIONAL_OR_KEYWORD
    return Parameter(written.name, type_form(annotation), None if required else written.default, help, required, positional)


def _signature(record: Operation) -> inspect.Signature:
    """What the caller may give: image and mask, the rest by keyword."""
    P = inspect.Parameter
    written = inspect.signature(record.kernel).parameters
    rest = [
        P(
            name,
            P.KEYWORD_ONLY,
            default=P.empty if p.required else p.default,
            annotation=written[name].annotation if p is not SHARED.get(name) else P.empty,
        )
        for name, p in record.parameters.items()
    ]
    return inspect.Signature(
        [P("image", P.POSITIONAL_OR_KEYWORD), P("mask", P.POSITIONAL_OR_KEYWORD, default=None), *rest]
    )
