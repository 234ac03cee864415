"""Recipes: steps, masks and outputs as a value, from Python, from TOML or from one line, checked before they run."""

from __future__ import annotations

from roimask.recipes.recipe import Recipe

__all__ = ["Recipe"]
