"""Who acts in the measurements, on what items, and the ordinary life of one."""

from dataclasses import dataclass, field, replace
from typing import Any

from domain.acts import ACTS
from domain.items import Actor, Category, Facts, Kind, Role, Source
from store import passwords, units, users
from store.session import Database

Json = dict[str, Any]

PASSWORD = "bench 督办 password"
UNIT, UNIT_NAME = "ZJJ", "区住房和城乡建设局"
STAFF = {
    "office": Actor(username="office", name="督查室 王敏", role=Role.OFFICE),
    "unit": Actor(username="unit", name="住建局 李强", role=Role.UNIT, unit=UNIT),
    "deputy": Actor(username="deputy", name="副区长 赵刚", role=Role.DEPUTY, deputy_of=(UNIT,)),
    "chief": Actor(username="chief", name="区长 孙立", role=Role.CHIEF),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One act by one of the staff."""

    who: str
    name: str
    body: Json = field(default_factory=dict)

    @property
    def route(self) -> str:
        """Its path below the item."""
        return ACTS[self.name].route


RECEIVE = Act("unit", "receive", {"comment": "已接收，立即安排。"})
PROGRESS = Act("unit", "submit_feedback", {"text": "已完成管网摸排，施工队进场，进度过半。"})
RESULT = Act(
    "unit", "submit_feedback", {"text": "改造完成，验收合格，居民反映良好。", "final": True}
)
SIGN = Act("deputy", "sign_off", {"approved": True, "comment": "同意，报督查室。"})
ACCEPT = Act("office", "review", {"accepted": True, "comment": "属实，销号。"})
ORDINARY_LIFE = (RECEIVE, RESULT, SIGN, ACCEPT)

ORDINARY = Facts(
    title="老旧小区管网改造进展情况",
    content="请区住房和城乡建设局牵头，会同有关单位摸清底数，倒排工期，确保按期完成；"
    "办理结果经分管领导阅签后报区政府督查室。",
    category=Category.D2,
    kind=Kind.ORDINARY,
    lead_unit=UNIT,
    lead_unit_name=UNIT_NAME,
    source=Source(type="会议", reference="区长办公会纪要〔2026〕8号"),
)
DIRECTIVE = replace(
    ORDINARY, kind=Kind.DIRECTIVE, category=Category.C1, source=Source(type="批示", leader="区长")
)


def body_of(facts: Facts) -> Json:
    """``facts`` as a client sends them."""
    due = {"due_at": facts.due_at.isoformat()} if facts.due_at else {}
    return {
        "title": facts.title,
        "content": facts.content,
        "category": facts.category.value,
        "kind": facts.kind.value,
        "lead_unit": facts.lead_unit,
        "source": {
            name: text
            for name in ("type", "reference", "leader")
            if (text := getattr(facts.source, name))
        },
        **due,
    }


async def register(database: Database) -> None:
    """Put the staff and their unit into the directory."""
    digest = await passwords.hash_password(PASSWORD)
    async with database.write() as connection:
        await units.put_unit(connection, UNIT, UNIT_NAME, ["deputy"])
        for actor in STAFF.values():
            await users.add_user(
                connection,
                actor.username,
                role=actor.role,
                name=actor.name,
                password_hash=digest,
                unit_code=actor.unit,
            )
