"""Options: each shared one once, and those that follow from the parameters of an operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

import click

import roimask as rm

__all__ = [
    "BATCH",
    "BY",
    "CONTACT_SHEET",
    "DRAW",
    "EXCLUDE",
    "FILE",
    "JSON",
    "MASK",
    "MASK_KIND",
    "OUTPUT",
    "PREVIEW",
    "QUIET",
    "READING",
    "files",
    "of_operation",
    "on_command_line",
    "plain",
    "required",
]

FILE = click.Path(allow_dash=True, readable=False)  # a file that cannot be read fails alone
_PYTHON_ONLY = frozenset({"channel_axis"})  # files say themselves where their bands are


def required(option: click.Option) -> click.Option:
    """The same option, where it must be given."""
    twin = copy(option)
    twin.required = True
    return twin


def files(metavar: str) -> click.Argument:
    """The inputs: files, folders, patterns or - for standard input."""
    return click.Argument(["inputs"], nargs=-1, required=True, metavar=metavar, type=FILE)


OUTPUT = click.Option(
    ["-o", "--out", "target"],
    type=FILE,
    help="A file, a folder, a pattern such as 'out/{stem}_{verb}.png' (also {name}, {ext}, {folder}), or - for stdout.",
)
QUIET = click.Option(["-q", "--quiet"], is_flag=True, help="Say nothing but what failed, and warnings.")
JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print the results as JSON.")
MASK = click.Option(
    ["-m", "--mask"],
    type=FILE,
    help="A mask file for all, a data set (COCO, ...), a folder of masks named as the images (also NAME_mask), "
    "a pattern ('masks/{stem}.png'), masks put together ('fields.png - clouds.png'), or a shape: circle, "
    "'star points=7 radius=30%', 'text text=roi', with the options of roimask mask SHAPE.",
)
EXCLUDE = click.Option(
    ["-x", "--exclude"], type=FILE, multiple=True, help="A mask, given as --mask is, of pixels that take no part."
)
MASK_KIND = click.Option(
    ["--mask-kind"],
    type=click.Choice(["binary", "labels", "weights"]),
    help="What mask files hold; by default they say it themselves, one kind for all.",
)
BY = click.Option(
    ["--by"],
    type=click.Choice(["label", "name"]),
    help="What a row is: each region of the mask (the default), or all regions of one name together; for each image.",
)
CONTACT_SHEET = click.Option(
    ["--contact-sheet"],
    type=FILE,
    metavar="PAGE.html",
    help="Write a page that shows image, mask and result side by side.",
)
PREVIEW = click.Option(
    ["--preview"],
    is_flag=True,
    help="Write NAME_preview.png here: before and after with both histograms; also into the contact sheet.",
)
DRAW = click.Option(
    ["--draw", "preview"], is_flag=True, help="Write NAME_preview.png here: the image with what was found in it."
)
READING = (
    click.Option(["--ignore-nodata"], is_flag=True, help="Let pixels count that the file says hold no data."),
    click.Option(["--allow-remote"], is_flag=True, help="Read https://, /vsizip/ and the like, which GDAL opens."),
    click.Option(["--allow-truncated"], is_flag=True, help="Take what is there of files that end too early."),
    click.Option(
        ["--memory-limit"], type=click.IntRange(1), metavar="MB", help="For the pixels of a file; default half of all."
    ),
)
BATCH = (
    click.Option(["-r", "--recursive"], is_flag=True, help="Go into subfolders; the tree is kept under -o."),
    click.Option(["--overwrite"], is_flag=True, help="Replace results that are there."),
    click.Option(["--skip-existing"], is_flag=True, help="Leave out inputs whose results are there."),
    click.Option(["-j", "--jobs"], type=click.IntRange(1), metavar="N", help="Files at a time; default one a core."),
    click.Option(["--report"], type=FILE, metavar="FILE", help="Write a row a file to FILE.json or FILE.csv."),
    click.Option(["-n", "--dry-run"], is_flag=True, help="Say what would be done, and do nothing."),
    QUIET,
)


# -- options of an operation -------------------------------------------------------------------------------------


def on_command_line(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that can be written as text."""
    return {n: p for n, p in parameters.items() if p.form.parse is not None and n not in _PYTHON_ONLY}


def of_operation(parameters: Iterable[Any], owner: str) -> list[click.Option]:
    """An option for each of these parameters."""
    return [_option(parameter, owner) for parameter in parameters]


def _option(parameter: Any, owner: str) -> click.Option:
    words, form = [f"--{parameter.name.replace('_', '-')}", parameter.name], parameter.form
    facts = {"required": parameter.required, "help": _help(parameter)}
    if isinstance(parameter.default, bool):
        return click.Option(_with_negative(words, parameter.default), default=None, is_flag=True, **facts)
    if form.choices:
        return click.Option(words, type=click.Choice(form.choices), **facts)
    kind = FILE if form.file == "mask" else Value(parameter, owner)
    return click.Option(words, type=kind, metavar=_metavar(form.name), **facts)


def _with_negative(words: list[str], default: bool) -> list[str]:
    return [f"{words[0]}/--no-{words[0][2:]}" if default else words[0], words[1]]


class Value(click.ParamType):
    """What a parameter's text stands for."""

    def __init__(self, parameter: Any, owner: str):
        self.name = parameter.form.name
        self._parameter, self._owner = parameter, owner

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value, or an error of usage that says what was expected."""
        if not isinstance(value, str):
            return value
        try:
            return self._parameter.parse(value, self._owner)
        except rm.ParameterError as error:
            raise click.UsageError(str(error), ctx) from None


def _metavar(form_name: str) -> str:
    """A word for the value, from the form's own name: "a place: row,column" is ROW,COLUMN."""
    if form_name.startswith("one of "):
        choices, *others = form_name[7:].split(" or ")
        return "|".join([*choices.split(", "), *(_metavar(re.split("[:,]", other)[0]) for other in others)])
    several, shown = form_name.partition("each ")[2], form_name.partition(": ")[2]
    if several or shown:
        return f"{_metavar(several)},..." if several else shown.upper()
    return re.sub("^an? ", "", re.split(", | in | of | or | above ", form_name)[0]).replace(" ", "-").upper()


def _help(parameter: Any) -> str:
    text = plain(parameter.help)
    if parameter.default in (None, False, ()) or "default" in text.lower():
        return text
    return f"{text} [default: {_as_text(parameter.default)}]"


def _as_text(value: Any) -> str:
    return ",".join(map(_as_text, value)) if isinstance(value, (tuple, list)) else str(value)


def plain(text: str) -> str:
    """Text of a docstring without its markup."""
    text = re.sub(r":\w+:`~?([^`]*)`", r"\1", text)
    text = re.sub(r"`+([^`]*)`+_?", r"\1", text)
    return re.sub(r"(?<!\w)\*([^*]+)\*(?!\w)", r"\1", text)
