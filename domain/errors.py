"""What the rules answer when they say no: a stable code and a Chinese sentence."""


class DomainError(Exception):
    """A refusal by the rules. ``code`` is stable and machine-readable, ``detail`` is for people."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        self.code = code
        self.detail = detail or DETAILS[code]
        super().__init__(f"{code}: {self.detail}")


class Invalid(DomainError):
    """The request itself cannot be understood or makes no sense."""


class Forbidden(DomainError):
    """This person may not do this."""


class Refused(DomainError):
    """The item is not in a state in which this may be done."""


DETAILS = {
    "draft": "该事项尚在拟办，还没有下达；请先报批、下达。",
    "awaiting_approval": "该事项正在待批，还没有下达；请等待批准，或由批准人退回拟办。",
    "already_issued": "该事项已经下达，不能再按拟办事项办理。",
    "basis_required": "报批须有立项依据：填写 basis，或在来源中写明文号、交办领导或日期。",
    "approver_required": "特急先行下达的，须写明由谁补批（approver）。",
    "approver_cannot_approve": "所填批准人（approver）不能批准该事项下达：须为督查室负责人、该单位的区政府分管领导或主要领导。",
    "nothing_revised": "没有给出要修改的内容，请填写要改的字段。",
    "not_extra_urgent": "只有特急事项可以先下达、后补批；其他事项请先报批。（办法 二(四)）",
    "nothing_to_ratify": "该事项没有待补批的下达。",
    "not_the_named_approver": "该事项指定由他人补批；请由指定的批准人、督查室负责人或主要领导补批。",
    "terms_required": "没有取得该承办单位下达所需的日历、规则和责任人，请重试。",
    "issued_at_not_applicable": "拟办事项尚未下达，下达时间（issued_at）在批准下达时填写。",
    "issued_before_return": "重新下达的时间不能早于原下达时间。",
    "too_late_to_return": "退件须在下达后规定的时间内提出，现已超过；请签收办理，或提请协调转办。",
    "return_pending": "已提出退件，请等待督查室处理。",
    "no_return_pending": "没有待处理的退件。",
    "closed": "该事项已办结销号，不能再办理。",
    "terminated": "该事项已终止，不能再办理。",
    "suspended": "该事项已暂缓，请先恢复办理。",
    "not_suspended": "该事项未暂缓，无需恢复。",
    "not_yet_issued": "该事项尚未到下达时间，下达前只能暂缓、恢复、终止。",
    "not_received": "该事项尚未签收，请先签收。",
    "already_received": "该事项已经签收，无需重复签收。",
    "awaiting_sign_off": "办理结果正待分管领导阅签，请等待阅签结果。",
    "awaiting_review": "办理结果正待督查室审核，请等待审核结果。",
    "nothing_to_sign": "没有待阅签的办理结果，承办单位须先提交办理结果。",
    "sign_off_required": "办理结果须先经区政府分管领导阅签，方可审核。（办法 四(四)）",
    "plan_not_required": "只有领导批示、临时交办事项须报办理方案。（办法 五(三)）",
    "interim_not_allowed": "只有领导批示、临时交办事项可以先报办理意见。（办法 五(三)）",
    "new_due_required": "须同时确定新的办结期限（new_due_on）。",
    "new_due_not_applicable": "办结销号不需要新的期限（new_due_on）；作为阶段性意见接受的，须由承办单位以阶段性意见提交。",
    "too_late_for_extension": "期限已过，不能再申请延期；请说明未办结原因和下一步办理意见。（办法 四(二)）",
    "extension_limit_reached": "该事项已按规定申请过延期，不能再次申请。",
    "extension_pending": "已有一项延期申请正在办理，请等待批复。",
    "extension_disabled": "本级未启用延期申请。",
    "extension_overtaken": "现期限已另行调整到申请的期限或以后，该申请已无必要，请不予批准。",
    "no_extension_pending": "没有正在办理的延期申请。",
    "opinion_required": "须先由区政府分管领导对延期申请提出意见。",
    "opinion_already_given": "分管领导已对该延期申请提出意见。",
    "not_later_than_due": "申请的新期限须晚于现期限。",
    "no_running_deadline": "该事项当前没有可以调整的办理期限。",
    "coordination_pending": "已有一项提请正在协调，请等待答复。",
    "deputy_first": "须先提请区政府分管领导协调；仍未解决且属重大事项的，方可提请主要领导决策。（办法 四(二)）",
    "no_coordination_pending": "没有正在协调的提请。",
    "not_addressed": "该提请不是提给您的，不能由您答复。",
    "new_unit_required": "转办须写明新的承办单位（new_lead_unit）。",
    "same_unit": "新的承办单位与现承办单位相同。",
    "not_your_role": "您的身份不能办理此项操作。",
    "head_required": "此项操作须由督查室负责人办理，请报督查室负责人。",
    "not_your_unit": "该事项不由您所在单位办理。",
    "not_the_approver": "该期限由领导确定，须由区政府主要领导批准。",
    "not_the_orderer": "该事项由领导交办，暂缓、终止须由区政府主要领导批准。",
    "paper_record_required": "代录阅签须注明领导签批时间并附扫描件（recorded_from_paper）。",
    "paper_record_not_allowed": "只有督查室代录分管领导的纸质签批，才填写代录信息（recorded_from_paper）。",
    "signed_before_hand_in": "签批时间不能早于办理结果提交时间。",
    "signed_in_future": "签批时间不能晚于当前时间。",
    "unverified_act": "该事项有经运维界面录入、尚未核实的操作，须先核实或撤销，方可办结。",
    "needs_verified_actor": "此项操作须由已登录的人员办理，不能经运维界面录入。",
    "operator_signals_off": "本系统已关闭经运维界面录入（DUBAN_OPERATOR_SIGNALS=off）。",
    "no_such_act": "没有该序号的待核实操作。",
    "leader_must_confirm": "该操作系以领导身份录入，须由该领导本人核实；其中阅签，也可由督查室负责人凭纸质签批代录（recorded_from_paper）。",
    "earlier_act_unverified": "该操作以此前另一项尚未核实的操作为前提，请先核实前一项；前一项不实的，由督查室负责人先撤销该操作，再撤销前一项。",
    "act_superseded": "该操作之后又有新的办理，不能直接撤销；其后尚未核实的操作，请先撤销。",
    "own_report": "不得审签自己提交的办理结果，请由他人阅签、审核。",
    "unknown_act": "没有这项操作。",
    "unreadable_body": "内容无法识别，请按接口说明填写。",
    "unsigned_command": "该操作未经系统接口提交，不予受理。",
    "idempotency_conflict": "同一幂等键已用于内容不同的请求，请更换 Idempotency-Key。",
    "blank_text": "文字内容不能为空，请填写。",
    "text_too_long": "文字内容过长，不能超过 20000 字，请删减。",
    "control_character": "文字内容含有不能保存的控制字符。",
    "title_too_long": "标题过长，不能超过 200 字。",
    "final_or_interim": "final 与 interim_opinion 不能同时为真。",
    "due_twice": "due_on 与 due_at 只能填写一个。",
    "due_required": "有明确时限的事项须填写期限（due_on 或 due_at）。",
    "no_automatic_limit": "2021年7月16日以前下达的事项不适用自动期限，须写明期限（due_on 或 due_at）。（办法 七(二)）",
    "due_reason_required": "一般事项另定期限的，须说明理由（due_reason）。（办法 五(一)）",
    "due_in_past": "期限不能早于下达时间。",
    "due_not_after_now": "新期限不能早于今天。",
    "new_date_too_far": "新期限离现期限（已过的，离今日）的天数超出规则所许，请另定较近的日期。",
    "expected_in_past": "预计完成日期不能早于今天。",
    "date_out_of_range": "日期须在 2000 年至 2100 年之间。",
    "naive_datetime": "时间须带时区，例如 2026-10-01T09:00:00+08:00。",
    "plan_due_not_applicable": "只有领导批示、临时交办事项可以确定方案报送期限（plan_due_on）。",
    "plan_after_result": "方案报送期限不能晚于办理结果期限。",
    "issued_too_far_ahead": "下达时间不能晚于一年以后。",
    "issued_before_rules": "下达时间不能早于 2000 年。",
    "unsupported_kind": "本版本尚不能下达该类事项（可用：ordinary、directive、dated）。",
    "unsupported_field": "本版本尚不支持该字段，请不要填写。",
    "bad_policy": "规则参数不合法，请核对：版次须写明，开关为 true 或 false，天数等为规定范围内的整数，reminder_days 不重复。",
    "bad_calendar": "放假安排不合法，请核对：须写明通知文号，日期均属该年度，同一日不能既休息又上班，调休上班日须是周末。",
    "slot_skipped": "该周全为休息日，不安排调度。（办法 五(四)）",
    "calendar_not_applicable": "该日历不影响本事项的任何期限。",
    "nothing_to_hand_over": "该事项没有待区政府分管领导办理的内容，无需移交。",
    "same_edition": "该事项已适用此版规则。",
    "co_unit_is_lead": "协办单位中不能包含牵头承办单位。",
}
