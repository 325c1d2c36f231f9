"""Who may stand in for whom (AB角)."""

from domain.errors import Invalid
from domain.items import Actor, Role

LEADERS = frozenset({Role.DEPUTY, Role.CHIEF})


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
