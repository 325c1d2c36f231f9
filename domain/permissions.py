"""Who may do what on an item: the one place that decides it, used by the gate of every act."""

from domain.acts import ActSpec
from domain.errors import Forbidden
from domain.items import Actor, Item, Role


def check_actor(item: Item, spec: ActSpec, actor: Actor) -> None:
    """Raises :class:`Forbidden` when ``actor`` has not the role for the act, or has it for other
    units only. An unverified actor acts in the one role the act needs, for the item's own unit."""
    if actor.role not in spec.roles:
        raise Forbidden("not_your_role")
    if not actor.verified:
        return
    lead = item.facts.lead_unit
    if actor.role is Role.UNIT and actor.unit != lead:
        raise Forbidden("not_your_unit")
    if actor.role is Role.DEPUTY and lead not in actor.deputy_of:
        raise Forbidden("not_your_unit")


def may_see(actor: Actor, lead_unit: str, co_units: tuple[str, ...]) -> bool:
    """Whether an item of these units exists for ``actor`` or for somebody he stands in for
    (domain.md §6; R46)."""
    units = {lead_unit, *co_units}
    return any(_may_see(one, units) for one in actor.capacities)


def _may_see(actor: Actor, units: set[str]) -> bool:
    match actor.role:
        case Role.OFFICE | Role.CHIEF:
            return True
        case Role.UNIT:
            return actor.unit in units
        case Role.DEPUTY:
            return bool(units & set(actor.deputy_of))
        case Role.ADMIN:
            return False


def may_know_covert(actor: Actor) -> bool:
    """Whether ``actor`` may know of covert checks (暗访) at all (R24)."""
    return any(one.role in {Role.OFFICE, Role.CHIEF} for one in actor.capacities)
