"""What an operator reads on an item's page in the Temporal UI: no personal data, no free text."""

from domain.acts import ACTS
from domain.items import HOLDER_NAMES, KIND_NAMES, STATUS_NAMES, Escalation, Facts, Level
from domain.records import Snapshot
from domain.text import instant_text

_ESCALATIONS = {
    Escalation.NONE: "未上报",
    Escalation.DEPUTY: "已报分管领导",
    Escalation.CHIEF: "已报主要领导",
}
_COORDINATIONS = {
    Level.NONE: "无",
    Level.DEPUTY: "提请分管领导协调中",
    Level.CHIEF: "提请主要领导决策中",
}
# Shown where the Temporal UI asks for a signal or an update: it knows none of their names.
HOW_TO_SIGNAL = (
    "请选 Custom，Signal name 填操作名。经此录入的操作标为未核实，由督查室核实或撤销："
    + "、".join(f"{act.name}（{act.title}）" for act in ACTS.values() if not act.revives)
)
NO_UPDATES_HERE = "请在督办系统中办理。在此提交的更新未经系统签章，一律不予受理。"


def summary(facts: Facts) -> str:
    """The static summary: kind and category."""
    return f"督查事项 · {KIND_NAMES[facts.kind]} · {facts.category.value}类"


def details(snapshot: Snapshot) -> str:
    """The current details of a whole snapshot (its facts included), in Markdown. They repeat the
    static summary, which Temporal does not take along into the next run."""
    assert snapshot.facts is not None
    due = instant_text(snapshot.due_at, snapshot.as_of) if snapshot.due_at else "无"
    alarm = "无"
    if snapshot.next_alarm and snapshot.next_alarm_at:
        alarm = f"{instant_text(snapshot.next_alarm_at, snapshot.as_of)} {snapshot.next_alarm}"
    lines = [
        f"**编号**：{snapshot.number or '（待编号）'}",
        f"**状态**：{STATUS_NAMES[snapshot.status]}{'（已逾期）' if snapshot.lapsed else ''}",
        f"**承办单位**：{snapshot.facts.lead_unit_name}",
        f"**现由**：{HOLDER_NAMES.get(snapshot.holder or '', '无')}",
        f"**现期限**：{due}",
        f"**下一提醒**：{alarm}",
        f"**逾期上报**：{_ESCALATIONS[snapshot.escalation]}",
        f"**协调**：{_COORDINATIONS[snapshot.coordination.level]}",
        f"**待核实操作**：{len(snapshot.unverified)} 项",
    ]
    return "\n".join([summary(snapshot.facts), "", *(f"- {line}" for line in lines)])
