"""Entries of timelines that stand: done, and not taken back since."""

from sqlalchemy import ColumnElement, and_, exists, literal
from sqlalchemy.sql.selectable import NamedFromClause

from domain.figures import CIRCULAR, LIFTED
from domain.items import Outcome
from store.tables import audit_events

_annulment = audit_events.alias("annulment")
_lifting = audit_events.alias("lifting")


def stands(entry: NamedFromClause) -> ColumnElement[bool]:
    """Whether the entry in a row of ``entry`` (``audit_events``, or an alias of it) was done, and
    nobody annulled it: :func:`domain.figures.standing`, in SQL."""
    return and_(
        entry.c.outcome == Outcome.DONE.value,
        ~exists().where(
            _annulment.c.item_id == entry.c.item_id,
            _annulment.c.act == "annul_act",
            _annulment.c.outcome == Outcome.DONE.value,
            _annulment.c.settles == entry.c.seq,
        ),
    )


def is_act(entry: NamedFromClause, name: str) -> ColumnElement[bool]:
    """Whether an entry is of that act, said as a constant: only so a partial index is seen to
    serve."""
    return entry.c.act == literal(name, literal_execute=True)


def is_circular(entry: NamedFromClause) -> ColumnElement[bool]:
    """Whether an entry puts a 通报 on record that was not withdrawn since."""
    return and_(
        is_act(entry, CIRCULAR),
        stands(entry),
        ~exists().where(
            _lifting.c.item_id == entry.c.item_id,
            _lifting.c.seq > entry.c.seq,
            _lifting.c.act == LIFTED,
            _lifting.c.body["number"] == entry.c.body["number"],
            stands(_lifting),
        ),
    )
