"""The rules of supervision, pure: no I/O, no clock, no Temporal, no SQL.

Start with :mod:`domain.lifecycle` (``decide``, ``ring``, ``evolve``, ``next_alarm``) and
:mod:`domain.opening` (``open_item``).
"""
