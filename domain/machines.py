"""What a service account may be allowed: a machine carries papers, it never signs for a person."""

import re
from collections.abc import Sequence
from datetime import datetime

from domain.acts import ACTS
from domain.errors import Invalid
from domain.items import Role

ROLES = (Role.OFFICE, Role.UNIT, Role.ADMIN)
CLIENT_PREFIX = "svc-"
CLIENT_ID = re.compile(r"svc-[a-z0-9][a-z0-9-]{0,59}")

ACTS_BY_MACHINES = (
    "receive",
    "submit_plan",
    "submit_feedback",
    "explain_delay",
    "request_extension",
    "request_coordination",
    "remind",
)
"""Everything else is a decision or a signature; what a person must decide no machine may."""

SCOPES = {
    "items:read": "查阅事项、办理过程、附件和规则",
    "items:write": "登记下达事项、上传附件",
    "directory:read": "查阅单位",
    "directory:write": "登记或修改单位",
    "calendar:read": "查阅和试算工作日历",
    "calendar:write": "载入工作日历",
    "export": "汇总统计和导出",
    **{f"acts:{name}": ACTS[name].title for name in ACTS_BY_MACHINES},
}
"""Every scope there is, and what it opens. The role still decides what may be done with it."""


def check_machine(
    client_id: str, role: Role, scopes: Sequence[str], expires_at: datetime | None, now: datetime
) -> None:
    """Whether there may be such a service account. Raises ``Invalid``."""
    if not CLIENT_ID.fullmatch(client_id):
        raise Invalid(
            "bad_client_id",
            f"服务账号的编号须以 {CLIENT_PREFIX} 开头，只用小写字母、数字和 -，不超过 64 个字符。",
        )
    if role not in ROLES:
        raise Invalid(
            "role_not_for_machines",
            "服务账号的身份只能是 office、unit 或 admin，请另选；机器不能代领导签批。",
        )
    if not scopes:
        raise Invalid("scope_required", f"请至少给出一个权限范围，可选：{'、'.join(SCOPES)}。")
    for scope in scopes:
        _check_scope(scope, role)
    if expires_at is not None and expires_at <= now:
        raise Invalid("already_expired", "有效期须晚于现在，请另定；长期有效的不填。")


def _check_scope(scope: str, role: Role) -> None:
    kind, _, name = scope.partition(":")
    if kind == "acts" and name in ACTS and name not in ACTS_BY_MACHINES:
        raise Invalid(
            "scope_not_for_machines", f"“{ACTS[name].title}”须由人决定，不能交给服务账号。"
        )
    if scope not in SCOPES:
        raise Invalid(
            "unknown_scope", f"没有“{scope[:60]}”这个权限范围，可选：{'、'.join(SCOPES)}。"
        )
    if kind == "acts" and role not in ACTS[name].roles:
        raise Invalid("scope_not_for_role", f"“{ACTS[name].title}”不由该身份办理，请去掉 {scope}。")
