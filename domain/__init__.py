"""The rules of supervision, pure: no I/O, no clock, no Temporal, no SQL.

Start with :mod:`domain.lifecycle`: ``open_item``, ``decide``, ``ring``, ``evolve``, ``next_alarm``.
"""
