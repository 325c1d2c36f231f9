"""An item that goes through everything that can befall it, every text of it recognisable."""

from datetime import datetime

from tests.people import Json, directive
from tests.security.vault import Vault
from tests.security.words import Words


async def issued(vault: Vault, words: Words) -> Json:
    """A leader's directive with a text in every field that takes one."""
    source = {"type": "批示", "leader": "区长", "reference": words("文号")}
    return await vault.desk.issue(
        directive(title=words("标题"), content=words("内容"), basis=words("依据"))
        | {"original_text": words("批示原文"), "source": source}
    )


async def begun(vault: Vault, words: Words) -> Json:
    """Issued; a premature review refused; received; planned."""
    desk, item = vault.desk, await issued(vault, words)
    early = {"accepted": True, "comment": words("被拒绝的审核")}
    assert (await desk.refused("office", item, "review", **early))[0] == 409
    await desk.act("zjj", item, "receipt", comment=words("签收"))
    return await desk.act("zjj", item, "plan", text=words("方案"))


async def signalled(vault: Vault, words: Words, item: Json) -> Json:
    """Signals of a machine that encrypts as we do: one done and confirmed, one refused."""
    handle, desk = vault.handle(item), vault.desk
    reminder = {"form": "phone", "to": words("催办对象"), "said": words("催办"), "reply": ""}
    for name, body in (
        ("remind", reminder),
        ("review", {"accepted": True, "comment": words("被拒绝的信号")}),
    ):
        await handle.signal(name, body)
        item = await recorded(vault, item, item["seq"] + 1)
    outcomes = [entry["outcome"] for entry in await desk.timeline(item)][-2:]
    assert outcomes == ["done", "refused"]
    for seq in item["unverified"]:
        route = f"acts/{seq}/confirmation"
        item = await desk.act("office", item, route, comment=words("核实"))
    return item


async def recorded(vault: Vault, item: Json, seq: int) -> Json:
    """The item once its row covers ``seq``."""
    return await vault.desk.until(item, lambda row: bool(row["seq"] >= seq))


async def obstructed(vault: Vault, words: Words, item: Json) -> Json:
    """A longer limit, and help, asked for and given."""
    desk = vault.desk
    due = datetime.fromisoformat(item["due_at"]).date()
    wanted = due.replace(year=due.year + 1).isoformat()
    asked = {"reason": words("延期理由"), "new_due_on": wanted}
    await desk.act("zjj", item, "extension", **asked)
    given = {"supports": True, "comment": words("延期意见")}
    await desk.act("deputy", item, "extension/opinion", **given)
    refused = {"approved": False, "comment": words("延期批复")}
    await desk.act("chief", item, "extension/decision", **refused)
    problem = {"problem": words("困难"), "tried": words("已采取措施"), "asked": words("请求")}
    await desk.act("zjj", item, "coordination", **problem, major=False)
    answer = {"outcome": "resolved", "opinion": words("协调意见")}
    return await desk.act("deputy", item, "coordination/answer", **answer)


async def late_and_closed(vault: Vault, words: Words, item: Json) -> Json:
    """Past its limit and its first run; explained, handed in, signed, reviewed."""
    desk = vault.desk
    first_run = (await vault.handle(item).describe()).run_id
    item = await desk.forward(item, days=32)
    assert item["lapsed"]
    assert (await vault.handle(item).describe()).run_id != first_run, "carried on by itself"
    reasons = {"reason": words("未办结原因"), "next_step": words("下一步")}
    await desk.act("zjj", item, "delay-explanation", **reasons)
    result = {"text": words("办理结果"), "final": True, "issued_by": words("签发人")}
    await desk.act("zjj", item, "feedback", **result)
    await desk.act("deputy", item, "sign-off", approved=True, comment=words("阅签"))
    return await desk.act("office", item, "review", accepted=True, comment=words("审核"))
