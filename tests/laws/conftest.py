"""The laws are tried with anything in place of pixels that take no part."""

from tests.laws.in_place import anything_in_place

__all__ = ["anything_in_place"]
