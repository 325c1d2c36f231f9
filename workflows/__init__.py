"""Durable orchestration: thin deterministic shells over :mod:`domain`."""
