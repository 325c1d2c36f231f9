"""PostgreSQL: what is on record. Implements :mod:`domain.ports`; all SQL of the system is here."""
