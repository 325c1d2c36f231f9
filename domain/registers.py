"""Who may read and change the directory (domain.md §6, last rows), and who may stand in for whom
(AB角)."""

from collections.abc import Collection

from domain.directory import EDITORS
from domain.errors import Invalid
from domain.items import Actor, Role

KEEPERS = frozenset({Role.OFFICE, Role.ADMIN})
LEADERS = frozenset({Role.DEPUTY, Role.CHIEF})


def may_read_trio(actor: Actor, unit: str) -> bool:
    """Whether ``actor`` may read who holds a unit's posts, and their phones."""
    return actor.role is not Role.UNIT or actor.unit == unit


def may_edit_trio(actor: Actor, unit: str, posts: Collection[str]) -> bool:
    """Whether ``actor``, who holds ``posts`` in his own unit, may change a unit's trio: the
    office and the administrator any, a unit's first two their own, its handler none."""
    if actor.role in KEEPERS:
        return True
    return actor.role is Role.UNIT and actor.unit == unit and bool(EDITORS & set(posts))


def check_stand_in(stand_in: Actor, absent: Actor) -> None:
    """Raises ``Invalid`` unless ``stand_in`` may take the place of ``absent``: a leader that of a
    leader, the office that of the office, a unit's person that of one of the same unit."""
    if stand_in.username == absent.username:
        raise Invalid("stand_in_self", "本人不能代理本人，请另选代理人。")
    leaders = stand_in.role in LEADERS and absent.role in LEADERS
    same = stand_in.role is absent.role and stand_in.role is not Role.ADMIN
    if leaders or (same and stand_in.unit == absent.unit):
        return
    raise Invalid(
        "stand_in_role",
        "区领导只能由区领导代理，督查室人员由督查室人员代理，单位人员由本单位人员代理；请另选代理人。",
    )
