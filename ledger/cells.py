"""Cells that a spreadsheet would run as a formula, made harmless and back."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run as a formula by a spreadsheet."""


def harmless(text: str) -> str:
    """``text`` as it can be written into a sheet."""
    return f"'{text}" if text.startswith(FORMULA) else text


def original(text: str) -> str:
    """What :func:`harmless` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
