"""The life of the circular whose history is recorded."""

import uuid
from dataclasses import replace
from datetime import timedelta

from domain.circulars import Draft, Stage
from tests.replay.stories import BEGIN, CALENDAR, NAMESPACE
from tests.workflows.circulars import (
    OTHER_HEAD,
    STAFF,
    CircularLife,
    criticism,
    terms,
)
from tests.workflows.fakes import MemoryCirculars
from tests.workflows.house import CHIEF, OFFICE, UNIT, House

WHY = "通报：退回改稿、印发、签收、更正、待答复而暂缓、陈述、逾期未陈述、复核变更、再扣分、撤销"
FIRST, SECOND = (str(uuid.uuid5(NAMESPACE, f"circulated {n}")) for n in (1, 2))
DRAFT = Draft(title="督查通报", entries=(criticism(FIRST), criticism(SECOND, 2)))


def life_of(house: House, store: MemoryCirculars, name: str) -> CircularLife:
    """Always the same, so that two recordings can be compared."""
    circular_id = str(uuid.uuid5(NAMESPACE, name))
    return CircularLife(
        house=house, store=store, id=circular_id, terms=terms(CALENDAR, held_for_obstacle=True)
    )


async def tell(life: CircularLife) -> None:
    """What happens to it."""
    store = life.store
    await life.quiet()
    revised = life.sealed(STAFF, "revise_circular", {"entries": []}, draft=DRAFT)
    await life.send("revise_circular", revised)
    await life.act(STAFF, "submit_circular")
    await life.act(CHIEF, "approve_circular", approved=False, comment="请核实。")
    again = life.sealed(STAFF, "revise_circular", {"entries": [], "title": ""}, draft=DRAFT)
    await life.send("revise_circular", again)
    store.waits = (FIRST,)
    life.terms = replace(life.terms, waiting=store.waits)
    await life.issue()
    await life.act(UNIT, "receive_circular")
    await life.act(OFFICE, "correct_circular", entry=1, facts="逾期三日未报。", reason="笔误。")
    await life.forward_to(BEGIN + timedelta(days=1, hours=1))
    store.waits = ()
    await life.forward_to(BEGIN + timedelta(days=2, hours=1))
    await life.act(UNIT, "answer_deduction", deduction=1, text="管线未迁。")
    await life.forward_to(BEGIN + timedelta(days=9))
    await life.act(UNIT, "request_recheck", deduction=1, reason="已提前报告。")
    changed = {"outcome": "changed", "opinion": "情节较轻。", "points": 10}
    await life.act(OTHER_HEAD, "decide_recheck", deduction=1, **changed)
    await life.act(OFFICE, "deduct_further", entry=2, proposal=7, reason="仍未办结。")
    await life.act(CHIEF, "withdraw_circular", reason="依据有误。")
    assert await life.life.ended() == Stage.WITHDRAWN
