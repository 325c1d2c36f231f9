"""What each act does to an item that may do it (domain.md §4, T3–T31).

One function an act, ``(item, command, now) -> Done``. Roles and states are checked by the gate
before; what is checked here depends on the rest of the item. Split from the gate because the
gate changes for other reasons than the rules of a single act.
"""

from collections.abc import Callable
from datetime import datetime

from domain.acts import Command
from domain.items import Item
from domain.moves.circulars import (
    lift_circular,
    order_handling,
    record_circular,
    report_handling,
    report_to_leaders,
)
from domain.moves.coordination import answer_coordination, request_coordination
from domain.moves.doing import Done
from domain.moves.drafting import approve_issue, ratify, revise_draft, submit_for_approval
from domain.moves.extension import advise_extension, decide_extension, request_extension
from domain.moves.halting import resume_item, suspend_item, terminate_item
from domain.moves.milestones import set_milestones
from domain.moves.operators import annul_act, confirm_act
from domain.moves.recalling import archive, reopen
from domain.moves.returning import decide_return, return_assignment
from domain.moves.reviewing import review
from domain.moves.signing import sign_off
from domain.moves.work import explain_delay, receive, remind, submit_feedback, submit_plan
from domain.moves.yearly import carry_over, change_cycle, change_unit, end_early

MOVES: dict[str, Callable[[Item, Command, datetime], Done]] = {
    "revise_draft": revise_draft,
    "submit_for_approval": submit_for_approval,
    "approve_issue": approve_issue,
    "ratify": ratify,
    "return_assignment": return_assignment,
    "decide_return": decide_return,
    "receive": receive,
    "submit_plan": submit_plan,
    "submit_feedback": submit_feedback,
    "sign_off": sign_off,
    "review": review,
    "explain_delay": explain_delay,
    "request_extension": request_extension,
    "advise_extension": advise_extension,
    "decide_extension": decide_extension,
    "request_coordination": request_coordination,
    "answer_coordination": answer_coordination,
    "remind": remind,
    "suspend_item": suspend_item,
    "resume_item": resume_item,
    "terminate_item": terminate_item,
    "change_cycle": change_cycle,
    "change_unit": change_unit,
    "end_early": end_early,
    "carry_over": carry_over,
    "set_milestones": set_milestones,
    "record_circular": record_circular,
    "lift_circular": lift_circular,
    "report_to_leaders": report_to_leaders,
    "order_handling": order_handling,
    "report_handling": report_handling,
    "reopen": reopen,
    "archive": archive,
    "confirm_act": confirm_act,
    "annul_act": annul_act,
}
