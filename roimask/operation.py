"""Declare an operation once: its one definition gives the Python function, the verb, the step, the test, the page."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_type_hints

from roimask import call
from roimask.docs import Documentation
from roimask.errors import RoimaskError
from roimask.parameters import Parameter, type_form
from roimask.record import FUNCTIONS, Bands, Halo, Operation, Result, Takes
from roimask.shared import RESERVED, USUAL, public_docstring, shared_parameters

__all__ = ["Operation", "measure", "morphology", "operation", "reduction", "registry", "selector", "shape"]

Function = TypeVar("Function", bound=Callable[..., Any])

# -- the registry ------------------------------------------------------------------------------------------------

_REGISTRY: dict[str, Operation] = {}


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
            f"two operations are called {operation.name}, in {known.kernel.__module__} and "
            f"{operation.kernel.__module__}"
        )
    _REGISTRY[operation.name], FUNCTIONS[operation.name] = operation, function


def forget(name: str) -> None:
    """Take an operation out of the registry again, for tests that register some of their own."""
    del _REGISTRY[name], FUNCTIONS[name]


# -- the decorators ------------------------------------------------------------------------------------------------


def operation(
    *,
    result: Literal["image", "map", "picture"] = "image",
    halo: Halo = 0,
    observe: Callable[..., Any] | tuple[Callable[..., Any], ...] | None = None,
    bands: Bands = "each",
    weights: Literal["any", "above 0"] = "any",
    finite: bool = False,
    selects: bool = False,
    any_value: bool = False,
    writes: Literal["inside", "outside"] = "inside",
    conceals: bool = False,
    background: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operation whose kernel works on one block: ``kernel(image, weight, **parameters)``.

    The kernel sees an image block, (h, w) or with ``bands="all"`` (h, w, C), and the weight of each pixel, uint8
    0/1 or float32; pixels that take no part hold anything (finite, unless it ``selects``). It answers a block of the
    same size in any number type, or that and the coverage (h, w) of each window, 0 to 1, or a function that answers
    the coverage, which is not asked where each pixel that is written takes part in its own window. :class:`Operation`
    says what can be declared. What a kernel names beyond that it is given: ``block``, where the block lies; ``core``,
    the slices of the block that are wanted, of which alone it then answers; ``wanted``, the weight with which each of
    those is written, which where it is 0 spares the work; ``out``, for a picture, where the answer goes.
    """
    observing = _operation_of(observe, bands=bands, any_value=any_value)
    facts: dict[str, Any] = dict(result=result, halo=halo, observe=observing, bands=bands, weights=weights)
    facts.update(finite=finite, selects=selects, any_value=any_value)
    facts.update(writes=writes, conceals=conceals, background=background)
    return lambda kernel: _declare(kernel, call.working, takes="image", blocks=True, **facts)


def reduction(
    *, observe: Callable[..., Any] | None = None, any_value: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a reduction: a kernel that answers a mergeable summary of one block of one band.

    ``kernel(image, weight, **parameters)`` answers a summary with ``+``; ``weight`` is uint8 0/1, float32, or for a
    labels mask the int32 labels. A summary says how those of several bands are put together (``stack``) and may say
    what the caller is given in the end (``answer(mask)``).
    """
    observed = _operation_of(observe)
    return lambda kernel: _declare(
        kernel, call.reducing, takes="image", result="summary", blocks=True, observe=observed, any_value=any_value
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


def measure(*, takes: Takes, result: Result) -> Callable[[Function], Function]:
    """Declare a function that answers a table, objects or a map about a whole image or mask."""
    make = call.on_image if takes == "image" else call.on_mask
    return lambda function: _declare(function, make, takes=takes, result=result)  # type: ignore[return-value]


def _operation_of(observe: Any, **of_kernel: Any) -> Operation | None:
    """The record of a reduction; a plain function of the same form is one that users do not see.

    It sees the bands as the kernel does that it observes for. Of several each is given what the one before it found.
    """
    if observe is None or hasattr(observe, "operation"):
        return getattr(observe, "operation", None)
    *earlier, function = observe if isinstance(observe, tuple) else (observe,)
    before = _operation_of(tuple(earlier), **of_kernel) if earlier else None
    facts: dict[str, Any] = dict(takes="image", result="summary", blocks=True, observe=before, **of_kernel)
    given_first = 2 if before is None else 3
    return Operation(function.__name__, function, parameters=_parameters(function, given_first, facts), **facts)


def _declare(kernel: Callable[..., Any], make: Callable[..., Any], **facts: Any) -> Callable[..., Any]:
    blocks = facts.get("blocks", False)
    given_first = 1 if not blocks else 3 if facts.get("observe") else 2
    record = Operation(
        kernel.__name__, kernel, parameters=MappingProxyType(_parameters(kernel, given_first, facts)), **facts
    )
    function = make(record)
    function.__name__ = function.__qualname__ = record.name
    function.__module__ = kernel.__module__
    function.operation = record
    function.__signature__ = _signature(record) if blocks else _open_signature(record)
    function.__doc__ = public_docstring(record) if blocks else kernel.__doc__
    _register(record, function)
    return function


def _parameters(kernel: Callable[..., Any], given_first: int, facts: Mapping[str, Any]) -> dict[str, Parameter]:
    """The kernel's own parameters, then those that the path gives to all of its kind."""
    hints = get_type_hints(kernel, include_extras=True)
    helps = {**USUAL, **Documentation.of(kernel.__doc__ or "").parameters}
    written = list(inspect.signature(kernel).parameters.values())[given_first:]
    own = {p.name: _own(p, hints.get(p.name, Any), helps.get(p.name, "")) for p in written if p.name not in RESERVED}
    if not facts.get("blocks"):
        return own
    window = facts["result"] in ("image", "map") and facts.get("halo", 0) not in (0, "all")
    return {**own, **shared_parameters(facts["result"], window=window)}


def _own(written: inspect.Parameter, annotation: Any, help: str) -> Parameter:
    required = written.default is written.empty
    positional = written.kind is written.POSITIONAL_OR_KEYWORD
    return Parameter(
        written.name, type_form(annotation), None if required else written.default, help, required, positional
    )


def _open_signature(record: Operation) -> inspect.Signature:
    """That of the function as it was written; open to other names where they are the caller's own."""
    written = inspect.signature(record.kernel)
    if record.gathers is None:
        return written
    others = inspect.Parameter("by_name", inspect.Parameter.VAR_KEYWORD, annotation="Any")
    return written.replace(parameters=[*written.parameters.values(), others])


def _signature(record: Operation) -> inspect.Signature:
    """What the caller may give: image and mask, the rest by keyword."""
    P = inspect.Parameter
    written = inspect.signature(record.kernel).parameters
    rest = [
        P(
            name,
            P.POSITIONAL_OR_KEYWORD if p.positional else P.KEYWORD_ONLY,
            default=P.empty if p.required else p.default,
            annotation=P.empty if p.shared else written[name].annotation,
        )
        for name, p in record.parameters.items()
    ]
    default = P.empty if any(p.positional and p.required for p in record.parameters.values()) else None
    mask = P("mask", P.POSITIONAL_OR_KEYWORD, default=default)
    return inspect.Signature([P("image", P.POSITIONAL_OR_KEYWORD), mask, *rest])
