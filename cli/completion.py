"""``roimask completion``: the script that completes names in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]

_HOW = """Print the script that lets a shell complete commands, options and files.

\b
bash: roimask completion bash >> ~/.bashrc
zsh:  roimask completion zsh >> ~/.zshrc
fish: roimask completion fish > ~/.config/fish/completions/roimask.fish
"""


@click.command("completion", help=_HOW)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script of a shell."""
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(context.find_root().command, {}, "roimask", "_ROIMASK_COMPLETE").source())
