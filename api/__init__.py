"""The HTTP interface: parse, one call, present. The rules are in :mod:`domain`."""
