"""Presets: what the bits and classes of known products mean, as data files; a user's own are read the same way."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roimask.errors import ParameterError, ReadError
from roimask.parameters import unknown_name
from roimask.presets.rules import Rule

__all__ = ["LEVELS", "Preset", "find_preset", "known_presets"]

LEVELS = {"low": 1, "medium": 2, "high": 3}  # what the two bits of a confidence mean
_FOLDER = Path(__file__).parent
_KEYS = ("title", "source", "also", "usual", "fill", "bits", "confidence", "classes")


@dataclass(frozen=True)
class Preset:
    """What a quality band or a classification says, by name.

    Attributes
    ----------
    name, title, source : str
        How it is called, what it is of, and where its facts come from.
    bits : mapping of str to Rule
        Of a quality band: which bits stand for a name.
    confidence : mapping of str to str
        Of names that have one, the bits that say how sure it is.
    classes : mapping of str to int
        Of a classification: the value of each class.
    usual : sequence of str
        The names that most people leave out.
    fill : sequence of int
        Values that mean "no data" as a whole, whatever their bits.
    also : sequence of str
        Other names of the preset.
    """

    name: str
    title: str = ""
    source: str = ""
    bits: Mapping[str, Rule] = field(default_factory=dict)
    confidence: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    usual: tuple[str, ...] = ()
    fill: tuple[int, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """What can be selected."""
        named = [*self.bits, *self.classes]
        return ["fill", *named] if self.fill else named

    @property
    def listing(self) -> str:
        """All names, for messages."""
        return ", ".join(self.names)

    def meaning(self, name: str) -> str:
        """What a name stands for: the number of a class, or bits as they are written, with those of its confidence."""
        if name in self.classes:
            return str(self.classes[name])
        bits = str(self.bits[name]) if name in self.bits else "fill value"
        return f"{bits}, confidence {self.confidence[name]}" if name in self.confidence else bits

    def require(self, names: Any) -> None:
        """Raise ParameterError, with what was perhaps meant, for a name that the preset has not."""
        for name in names:
            if name not in self.names:
                raise unknown_name(name, self.names, f"of {self.name}, the name")

    def rule(self, name: str, confidence: str | None = None) -> Rule:
        """The bits that stand for a name: those of its confidence where one is asked for and it has any."""
        if confidence is None or name not in self.confidence:
            return self.bits[name]
        return Rule.of(f"{self.confidence[name]}>={LEVELS[confidence]}")


def find_preset(name: str) -> Preset:
    """The preset of a name, or of a file.

    Parameters
    ----------
    name : str
        A path that ends in ``.toml``; else a name, looked for in the folders of the environment variable
        ``ROIMASK_PRESETS``, then among those that come with roimask.

    Raises
    ------
    ParameterError
        Where there is no such preset, with what was perhaps meant, or its file says what no preset has.
    ReadError
        Where its file cannot be read.
    """
    if name.lower().endswith(".toml"):
        return read_preset(Path(name))
    for folder in _folders():
        if (folder / f"{name}.toml").is_file():
            return read_preset(folder / f"{name}.toml")
    known = known_presets()
    for preset in known:
        if name in preset.also:
            return preset
    raise unknown_name(name, [other for preset in known for other in (preset.name, *preset.also)], "the preset")


def known_presets() -> list[Preset]:
    """The presets of all folders by name: the user's own, and those that come with roimask.

    Examples
    --------
    >>> import roimask as rm
    >>> [preset.title for preset in rm.known_presets() if preset.name == "sentinel2-scl"]
    ['Sentinel-2 Level 2A: scene classification (SCL)']
    """
    files: dict[str, Path] = {}
    for folder in _folders():
        for path in folder.glob("*.toml"):
            files.setdefault(path.stem, path)
    return [read_preset(files[name]) for name in sorted(files)]


def _folders() -> Iterator[Path]:
    """Where presets lie; what is found first counts."""
    yield from (Path(folder) for folder in os.environ.get("ROIMASK_PRESETS", "").split(os.pathsep) if folder)
    yield _FOLDER


# -- one file ------------------------------------------------------------------------------------------------------


def read_preset(path: Path) -> Preset:
    """The preset that a file describes."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ReadError(f"the preset {path} cannot be read: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReadError(f"the preset {path} is no TOML: {error}.") from None
    try:
        return _preset(path.stem, said)
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from None


def _preset(name: str, said: Mapping[str, Any]) -> Preset:
    for key in said:
        if key not in _KEYS:
            raise unknown_name(key, _KEYS, "of a preset, the key")
    if ("bits" in said) == ("classes" in said):
        raise ParameterError("a preset has either a table [bits] or a table [classes]")
    preset = Preset(
        name,
        title=_text(said, "title"),
        source=_text(said, "source"),
        bits={key: _rule(key, value) for key, value in _table(said, "bits").items()},
        confidence=dict(_table(said, "confidence")),
        classes={key: _number(key, value) for key, value in _table(said, "classes").items()},
        usual=_list(said, "usual", str),
        fill=_list(said, "fill", int),
        also=_list(said, "also", str),
    )
    preset.require(preset.usual)
    for key, bits in preset.confidence.items():
        preset.require([key])
        _rule(key, f"{bits}>={LEVELS['high']}")
    return preset


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key, "")
    if not isinstance(value, str):
        raise ParameterError(f"{key} is a text, got {value!r}")
    return value


def _table(said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = said.get(key, {})
    if not isinstance(value, Mapping):
        raise ParameterError(f"{key} is a table of names, got {value!r}")
    return value


def _list(said: Mapping[str, Any], key: str, kind: type) -> tuple[Any, ...]:
    value = said.get(key, [])
    if not isinstance(value, list) or not all(type(part) is kind for part in value):
        raise ParameterError(f"{key} is a list of {'names' if kind is str else 'whole numbers'}, got {value!r}")
    return tuple(value)


def _rule(key: str, value: Any) -> Rule:
    try:
        return Rule.of(value)
    except ValueError as error:
        raise ParameterError(f"{key} is {error}, got {value!r}") from None


def _number(key: str, value: Any) -> int:
    if type(value) is not int:
        raise ParameterError(f"{key} is the whole number of a class, got {value!r}")
    return value
