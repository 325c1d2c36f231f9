"""What the documentation page says: in Chinese, for those who connect their systems to this one."""

from typing import Any

from api.schemas import ItemOut
from domain.acts import ActSpec
from domain.errors import DETAILS
from domain.items import ROLE_NAMES, STATUS_NAMES, Json, Role, Status
from domain.permissions import HEADS_ACTS

OVERVIEW = """
政务督查事项从登记到销号：登记、报批、下达、退件、签收、报方案、反馈、阅签、审核，以及延期、协调、催办、暂缓和终止；
办结销号后可以重新交办或归档。

**怎样开始**：用 `POST /api/v1/auth/token` 取得令牌，此后每个请求带
`Authorization: Bearer <令牌>`。在本页可点右上角 Authorize 登录。令牌到期后用
`POST /api/v1/auth/refresh` 换取；登录结束、密码修改或账号停用后即刻失效。
其他系统用服务账号登录，只能在权限范围内办理。

**重复发送**：下达和每项操作都可带 `Idempotency-Key`。没有收到答复、收到 429 或 503 时，用同一个值、
同样的内容再发一次：事情只会做一次，答复的状态码相同。同一个值用于不同的内容，答复 409
`idempotency_conflict`。

**202**：已受理，但记录尚未入册；按 `Location` 稍后再读。

**期限**：`due_on` 是一天（到当日 24:00 止），`due_at` 是一个时刻；答复总是两者都给。
时间一律带时区，例如 `2026-10-01T09:00:00+08:00`。每项期限附逐日推算；
改动过的期限保留原期限和原因，逾期的记录永不抹去。

**错误**是 RFC 9457 问题文档（`application/problem+json`）：`code` 稳定，供程序判断；
`detail` 说明原因和下一步。无权查看的事项与不存在的事项，答复完全相同（404 `not_found`）。
"""

EXAMPLES: dict[str, Json] = {
    "revise_draft": {"content": "摸清底数，分期完成。", "urgency": "urgent"},
    "submit_for_approval": {"approver": "deputy"},
    "approve_issue": {"approved": True, "comment": "同意下达。"},
    "ratify": {"comment": "同意先行下达。"},
    "return_assignment": {"reason": "该事项属交通运输部门职责。"},
    "decide_return": {"accepted": True, "comment": "情况属实，另行交办。"},
    "receive": {"comment": "已安排专人办理。"},
    "submit_plan": {"text": "一、摸底；二、施工；三、验收。", "expected_done_on": "2026-12-18"},
    "submit_feedback": {"text": "已全部完成，情况如下……", "final": True},
    "sign_off": {"approved": True, "comment": "同意。"},
    "review": {"accepted": True, "comment": "情况属实。"},
    "explain_delay": {"reason": "材料未到。", "next_step": "增加人手，三日内完成。"},
    "request_extension": {"reason": "招标流标，须重新招标。", "new_due_on": "2026-12-25"},
    "advise_extension": {"supports": True, "comment": "情况属实，同意延期。"},
    "decide_extension": {"approved": True, "comment": "同意。"},
    "request_coordination": {
        "problem": "管线迁改涉及多个部门。",
        "tried": "已三次对接。",
        "asked": "请协调管线单位限期迁改。",
        "major": True,
    },
    "answer_coordination": {"outcome": "resolved", "opinion": "已召集各方商定，月底前迁改。"},
    "remind": {"form": "phone", "to": "李强", "said": "请于明日前反馈进展。", "reply": "已安排。"},
    "suspend_item": {"reason": "上级政策调整，等待新的规定。"},
    "resume_item": {"reason": "新的规定已经下发。"},
    "terminate_item": {"reason": "该项目已取消。"},
    "change_cycle": {"cycle": "quarter", "from_on": "2026-07-01", "reason": "减轻基层负担。"},
    "change_unit": {"new_lead_unit": "JTJ", "from_on": "2026-07-01", "reason": "职能划转。"},
    "end_early": {"reason": "全年目标已提前完成。", "final_due_on": "2026-10-30"},
    "carry_over": {"reason": "工程跨年。", "new_due_on": "2027-06-30"},
    "set_milestones": {
        "milestones": [{"name": "主体封顶", "due_on": "2026-12-11", "unit": "ZJJ"}],
        "reason": "雨季顺延。",
    },
    "record_circular": {"number": "督查通报〔2026〕第3期", "new_due_on": "2026-12-25"},
    "lift_circular": {"number": "督查通报〔2026〕第3期", "reason": "情况不实。"},
    "report_to_leaders": {"text": "通报后仍未办结，原因如下……"},
    "order_handling": {"text": "由主要负责人到现场督办。", "due_on": "2026-12-30"},
    "report_handling": {"text": "已到现场督办，当日完工。"},
    "reopen": {"reason": "回头看发现问题反弹。", "new_due_on": "2026-12-25"},
    "archive": {},
    "confirm_act": {"comment": "已电话核实，确系该单位签收。"},
    "annul_act": {"comment": "系误操作。"},
}
"""One body for each act, as the documentation page offers it."""

FIELDS = {
    "title": "标题，最多 200 字",
    "content": "事项内容和要求",
    "category": "督查重点（办法 一）",
    "kind": "时限类型；填写的，期限一并重新填写",
    "lead_unit": "牵头承办单位的代码或全称",
    "co_units": "协办单位的代码或全称，填写的为全部",
    "source": "来源，填写的为全部",
    "basis": "立项依据；报批须有它，或来源中的文号、交办领导、日期",
    "issuing_name": "以区政府（government）或区政府办公室（office）名义下达",
    "urgency": "normal 平件，urgent 加急，extra_urgent 特急",
    "public": "是否可以公开",
    "original_text": "批示原文",
    "due_on": "期限为一天；填写的取代 due_at",
    "due_at": "期限为一个时刻；填写的取代 due_on",
    "due_reason": "一般事项另定期限的理由",
    "plan_due_on": "另定的方案报送日期",
    "scheme_due_on": "实施方案确定的完成日期",
    "approver": "批准人的用户名：督查室负责人、该单位的区政府分管领导或主要领导",
    "at_once": "特急：先行下达，由 approver 补批",
    "issued_at": "下达时间，不填即为现在；纸质下达事后补录的填实际时间",
    "on_behalf_of": "代何人办理：被代理人的用户名或姓名，须在登记的代理期内（POST /stand-ins）",
    "comment": "意见",
    "text": "正文，不能为空，最多 20000 字",
    "expected_done_on": "预计完成日期",
    "attachments": "附件：先用 POST /files 上传，填写所得的 id",
    "final": "办理结果：提交后转分管领导阅签",
    "interim_opinion": "办理意见（阶段性），仅批示交办事项：提交后转分管领导阅签；"
    "与 final 都不填即为一般进展",
    "issued_by": "承办单位签发人",
    "approved": "同意与否",
    "recorded_from_paper": "督查室代录纸质阅签时必填：签批时间和扫描件",
    "accepted": "同意与否。审核：通过须由督查室负责人办，不通过即退回补办；"
    "退件：同意即退回拟办，不同意即留在原单位",
    "new_due_on": "新的期限",
    "reason": "原因，不能为空",
    "next_step": "下一步办理意见，不能为空",
    "proposed_due_on": "预计办结日期（不改变期限）",
    "supports": "同意延期与否",
    "problem": "问题",
    "tried": "已采取的措施",
    "asked": "请求事项",
    "major": "属重大事项",
    "level": "提请分管领导（deputy）协调，或主要领导（chief）决策",
    "outcome": "resolved 已解决，unresolved 未解决，transferred 转办（须填 new_lead_unit）",
    "opinion": "意见，不能为空",
    "new_lead_unit": "新的牵头承办单位的代码或全称",
    "new_content": "新的事项内容",
    "form": "phone 电话催报，item 逐件催办，onsite 实地督办，"
    "covert 暗访核查（承办单位不可见），other 其他",
    "cycle": "week 每周，month 每月，quarter 每季度，year 每年（只有年底前报告）",
    "from_on": "自哪一天起；不填即今天",
    "final_due_on": "办理结果提前到哪一天；不填仍为年底前",
    "actuals": "指标自年初以来的完成数：[{name, value}]",
    "milestone": "完成了哪个时间节点（名称）；由牵头单位或该节点的责任单位报送",
    "milestones": "时间节点：[{name, due_on, unit?, output?}]。修改拟办的，填写的为全部；"
    "调整在办的，或修改曾经下达而退回拟办的，为增加的节点，同名即为调整",
    "year": "全年任务的年度",
    "targets": "指标：[{name, unit?, target}]，填写的为全部",
    "number": "通报的名称和期号",
    "ground": "情形：G1 抓得不紧，G2 工作不力，G3 敷衍应付，G4 未按规定时限报送，"
    "G5 未按质量要求完成",
    "requirement": "通报中的要求",
    "circular_id": "本系统通报的编号；纸质通报补录的不填",
    "leaders": "报告对象：deputy 区政府分管领导，chief 区政府主要领导；不填即两者",
    "demand": "哪一项处理要求：提出它的那条记录的序号；只有一项的可以不填",
    "to": "对象",
    "said": "内容",
    "reply": "答复",
}
"""What each field of the acts' bodies is for."""


def overview() -> str:
    """The head of the documentation page, with every refusal the rules know."""
    codes = "\n".join(f"| `{code}` | {detail} |" for code, detail in sorted(DETAILS.items()))
    table = f"| code | detail |\n|---|---|\n{codes}"
    return f"{OVERVIEW}\n<details><summary>错误代码一览</summary>\n\n{table}\n\n</details>\n"


def description(spec: ActSpec) -> str:
    """Who may do an act, when, and what is answered when it cannot be done."""
    names = {**ROLE_NAMES, Role.OFFICE: "督查室负责人"} if spec.name in HEADS_ACTS else ROLE_NAMES
    who = "、".join(names[role] for role in spec.roles)
    when = "、".join(STATUS_NAMES[status] for status in Status if status in spec.allowed_in)
    otherwise = dict(spec.otherwise)
    refused = [otherwise.get(s, s.value) for s in Status if s not in spec.allowed_in]
    codes = "、".join(f"`{code}`" for code in dict.fromkeys(refused))
    return f"**谁办**：{who}。**何时**：{when}。其余状态答复 409：{codes}。\n\n{_in_temporal(spec)}"


def _in_temporal(spec: ActSpec) -> str:
    if spec.revives:
        return "Temporal 中以同一编号开始新的一次运行，没有同名更新和信号。"
    return f"Temporal 中的同名更新和信号：`{spec.name}`。"


_LOCATION = {"Location": {"description": "事项的地址", "schema": {"type": "string"}}}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    200: {"headers": _LOCATION},
    202: {"model": ItemOut, "description": "已受理，稍后可见", "headers": _LOCATION},
}
"""What the answers of acts hold beside the item."""
