"""重新交办、归档: what may still be done to an item that was struck off (T30, T31)."""

from dataclasses import replace
from datetime import datetime

from domain import acts
from domain.acts import Command
from domain.audience import deputy_of, unit_of
from domain.clocks import Rule
from domain.errors import Refused
from domain.items import Changes, Coordination, Escalation, HandedIn, Item, Status
from domain.moves.doing import Done, check_new_date, started, told
from domain.moves.milestones import open_again
from domain.parts import part_text
from domain.text import day_text

REOPENED = "重新交办"


def reopen(item: Item, command: Command, now: datetime) -> Done:
    """T30 回头看发现反弹: a new round with a limit of its own. What was late stays late, and what
    has been spent stays spent; both ladders start from the foot."""
    body = command.body
    assert isinstance(body, acts.Reopen)
    check_new_date(item, body.new_due_on, now)
    clock = started(item, "result", Rule.NAMED_DATE, body.new_due_on, REOPENED, now)
    rounds = item.rounds + 1
    summary = f"{REOPENED}（第{rounds}轮），期限为{day_text(body.new_due_on)}：{body.reason}"
    return Done(
        summary=summary,
        changes=Changes(
            status=Status.IN_PROGRESS,
            handed_in=HandedIn(),
            clocks=(
                replace(clock, moved_because=REOPENED),
                *open_again(item, body.new_due_on, REOPENED, now),
            ),
            escalation=Escalation.NONE,
            coordination=Coordination(),
            rounds=rounds,
        ),
        notices=told(item, command, summary, unit_of(item), deputy_of(item)),
    )


def archive(item: Item, command: Command, now: datetime) -> Done:
    """T31 归档, once the file is complete; nothing can be done to the item after that."""
    if missing := _missing(item):
        raise Refused("file_incomplete", f"案卷不齐，不能归档：{'；'.join(missing)}。")
    return Done(summary="案卷齐全，归档。", changes=Changes(status=Status.ARCHIVED))


def _missing(item: Item) -> list[str]:
    """What the file lacks. A slot is struck off by its report alone (T9); everything else has a
    result that was signed and reviewed."""
    missing = []
    if item.facts.period is None and (item.handed_in.at is None or item.handed_in.interim):
        missing.append("没有经阅签、审核的办理结果")
    if left := item.unfinished_parts:
        missing.append(f"分项未办结：{'、'.join(map(part_text, left))}")
    if item.unverified:
        missing.append(f"有{len(item.unverified)}项操作尚未核实")
    return missing
