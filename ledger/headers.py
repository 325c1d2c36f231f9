"""The vocabulary of headers: what each column name used by offices means.

A header that fits no known way stays unknown; it is named in the report and used for nothing.
"""

from __future__ import annotations

import re

from ledger.model import Field
from ledger.text import squeeze

_WHO = (
    "单位|部门|科室|处室|股室|机构|科|室|局|镇街|乡镇|街道|主体|企业|法人|地区|县区|属地|站所|专班"
)
_MONEY = (
    "投资|资金|经费|金额|万元|亿元|预算|面积|分值|得分|权重|扣分|电话|联系方式|手机|传真|"
    "邮箱|地点|地址|位置|"
    "坐标|计量|指标值|基数|数量|人数|总额|考核得分|评分|打分|网址|链接|附件|图片|照片"
)
# The first pattern that fits a header decides; the order is the meaning.
_RULES: tuple[tuple[Field, int, str], ...] = (
    (Field.REASON, 0, "^(?:退回原因|原文件位置)$"),
    (
        Field.NUMBER, 0,
        r"^(?:总|分|项目|任务|事项|问题|工作|督办|督查|立项|条目|议题|提案|建议)?(?:序号?|"
        r"编号|序列号?|项号|项次|排序|编码|代码|号)$"
        r"|^(?:no\.?|№|id|顺序号?|流水号|目标序号)$",
    ),
    (Field.MEASURE, 0, "^(?:计量|指标|数量)单位$"),
    (Field.UNKNOWN, 0, f"(?:{_MONEY})"),
    (Field.TARGET, 0,
        "^(?:20[0-9]{2}年)?(?:年度|全年|预期|指标|计划)*目标(?:值|数|数值)$"),
    (Field.TITLE, 0, "(?:文件|来文|批示件|信访件|信件|提案|建议)(?:标题|名称|题目)$|^案由$"),
    (Field.CONTENT, 0, "(?:任务|内容|事项|举措|措施)(?:及|和|与|、).*(?:时限|时间|节点)$"),
    (Field.LEAD, 2, f"(?:{_WHO})(?:及|和|与|、|/|\\+)(?:责任人|负责人|联系人|责任领导|领导)"),
    (Field.PROGRESS, 0,
        "实际|是否|(?:进展|完成|办理|落实|推进|整改|执行|实施|建设|工作)(?:情况|状态|结果|"
        "成效|动态|进展)|目前|当前|截[至止].*(?:情况|进展)|销号|评价|考核情况|"
        "存在(?:的)?困难|下一步|未完成原因|结果"),
    (Field.ISSUED_ON, 0,
        "^(?:任务)?(?:交办|下达|派发|派单|转办|下发|督办|部署|分办)(?:时间|日期)$|"
        "^立项(?:时间|日期)$"),
    (Field.SOURCE, 1,
        "(?:会议|批示|印发|来文|收文|发文|签批|召开|成文|检查|发现|登记|受理|反馈问题|"
        "接收)(?:的)?(?:时间|日期)$"),
    (Field.START, 0,
        "(?:开工|开始|启动|起始|进场|动工|开建)(?:的)?(?:时间|日期|时限|节点|月份|年月)?$"),
    (Field.LIMIT, 0,
        "时限|期限|截止|限期|deadline|(?:时间|完成|进度|关键|重要|任务|工作)节点|^节点|"
        "(?:要求|计划|预计|拟|应|预期|目标|承诺|约定|规定|最迟|最终)(?:于)?(?:完成|办结|竣工|"
        "建成|交付|达标)?(?:的)?(?:时间|日期|时点)|时间要求|完成期|到期"),
    (Field.LIMIT, 1,
        "(?:完成|办结|竣工|完工|建成|结束|落实|整改|交付|报送|反馈|上报|投用|投产|通车|验收|"
        "解决|销号)(?:的)?(?:时间|日期|年限|年月|月份|时点)$|^完成(?:年度)?$"),
    (Field.CONTENT, 1, "内容|任务.*(?:要求|措施)"),
    (Field.LIMIT, 2,
        "(?:进度|时间|时序|工作|推进|实施)(?:计划|安排|表)$|(?:推进|进度|实施|年度|季度|分月|"
        "月度|节点)计划|进度要求|时间进度|工期|起止|(?:建设|实施|工作|执行)(?:的)?(?:时间|"
        "年限|周期|阶段)|建设期|周期$|频次$"),
    (Field.LIMIT, 3,
        "^(?:时间|日期|月份|年度|办理时间|工作时间|时段|(?:形象|工作|工程|实施|推进)?进度)$"),
    (Field.SOURCE, 0, "(?:批示|交办|签批)(?:的)?(?:领导|人)"),
    (Field.PERSON, 0,
        f"(?:领导|责任人|负责人|联系人|联络员|经办人|承办人|牵头人|专员|组长|包保人?|包联|"
        f"挂[点钩包联]|联系点|领办|主抓|局长|县长|市长|区长|科长)(?!.*(?:{_WHO}))"),
    (Field.UNKNOWN, 1,
        "督导|督办单位|督查单位|督查室|监督|监管单位|验收单位|指导(?:单位|部门|科室)|"
        "考核(?:单位|部门)|填报|报送单位|审核|对口|来文单位|交办单位|提出单位|反馈单位"),
    (Field.CO_UNITS, 0,
        f"(?:配合|协办|协同|协作|协助|参与|参加|会办|联办|支持|辅助|其他责任|其它责任|"
        f"次要责任|相关责任|协管|共同责任|配办|协同配合)(?:.*(?:{_WHO}))?$"),
    (Field.CO_UNITS, 0, f"^(?:相关|有关|成员|联合)(?:{_WHO})$"),
    (Field.LEAD, 0,
        f"(?:牵头|主办|主责|第一责任|主要责任|首要责任|主要承办|主要负责|"
        f"总负责)(?:.*(?:{_WHO}))?$"),
    (Field.LEAD, 1, "^(?:项目)?(?:业主|法人)(?:单位)?$|业主单位"),
    (Field.LEAD, 2,
        f"(?:责任|承办|落实|实施|执行|负责|办理|整改|完成|承担|组织|主管|建设|申报|归口|分管|"
        f"经办|项目)(?:的)?(?:{_WHO})|责任(?:分工|分解|区域|方|者)?$|^(?:任务|工作|"
        f"职责|部门|单位)?分工$"),
    (Field.LEAD, 3,
        "^(?:所属|所在|县级|市级|区级)?(?:单位|部门|科室|处室|股室|机构|乡镇|镇街|"
        "街道)(?:名称)?$|^区域$|^县市?区?$"),
    (Field.STAGE, 0,
        r"^(?:第?[一二三四1-4]季度?|q[1-4]|上半年|下半年|[一二三四五六七八九十\d]{1,2}月|"
        r"[\d一二三四五六七八九十]+-[\d一二三四五六七八九十]+(?:月|季度))(?:份|底|末|"
        r"前)*(?:的)?(?:目标|任务|计划|进度|工作|安排|节点|要求|完成)*(?:任务|目标|计划|进度|"
        r"内容)?$"),
    (Field.PROGRESS, 1, "进展|状态"),
    (Field.CATEGORY, 0, "类别|类型|分类|种类|性质|领域|板块|条线|一级指标|大类|类$"),
    (Field.SOURCE, 0,
        "来源|出处|依据|文号|文件|纪要|会议(?:名称|届次|次数)?$|会次|届次|批示件|来文|提案号|"
        "建议号|信访件|线索"),
    (Field.REMARKS, 0, "备注|附注|^说明$|^注$|^其[他它]$"),
    (Field.CONTENT, 0, "(?:要求|举措|措施|目标|标准|规模|成果|做法|对策|描述|意见|成效|效果)$"),
    (Field.TITLE, 0,
        "(?:事项|任务|工作|项目|实事|议题|问题|课题|工程|名称|标题|主题|题目|要点|重点|清单|"
        "指标|行动|事由|举措名称)(?:名称|清单|描述|表现|\\d)?$|^(?:重点|民生|改革|督办|督查|"
        "会议|政府|为民)"),
    (Field.CONTENT, 0,
        "要求|举措|措施|目标|标准|规模|成果|做法|计划|安排|方案|对策|描述|情况|意见|批示|"
        "指示|内容|任务|清单|成效|产出"),
)  # fmt: skip
_FREQUENCY = re.compile(
    "^(?:调度|督办|督查|督导|报送|报告|上报|反馈|填报|通报|汇报|更新|检查)?(?:周期|频次)$"
)
_COMPILED = tuple((field, rank, re.compile(pattern)) for field, rank, pattern in _RULES)
_NAMES = {
    Field.NUMBER: "序号", Field.TITLE: "事项", Field.CONTENT: "事项内容", Field.LEAD: "牵头单位",
    Field.CO_UNITS: "协办单位", Field.PERSON: "责任人", Field.LIMIT: "办理时限",
    Field.START: "开工（启动）时间", Field.STAGE: "阶段安排", Field.ISSUED_ON: "交办日期",
    Field.CYCLE: "调度周期", Field.TARGET: "指标目标值", Field.MEASURE: "计量单位",
    Field.CATEGORY: "类别", Field.SOURCE: "来源", Field.REMARKS: "备注", Field.PROGRESS: "进展",
    Field.REASON: "退回原因（不读）", Field.UNKNOWN: "没有用到",
}  # fmt: skip


_WORDS = re.compile(
    "原文件位置|退回原因|前期|手续|在建|本月|上月|累计|上半年|下半年|流水|序列|序号|编号|编码|排序|代码|项目|"
    "任务|事项|工作|重点|主要|目标|年度|全年|民生|实事|具体|详细|内容|要求|"
    "举措|措施|标准|规模|成果|形式|做法|对策|描述|意见|成效|效果|责任|牵头|"
    "配合|协办|协同|协作|协助|主办|主责|承办|参与|参加|会办|联办|业主|建设|"
    "性质|单位|部门|科室|处室|股室|机构|主体|领导|负责|经办|联系|电话|方式|"
    "分管|包保|挂钩|挂点|挂牌|领办|主管|市级|县级|区级|人员|完成|办结|办理|"
    "落实|推进|实施|执行|解决|整改|反馈|报送|竣工|开工|建成|启动|开始|结束|"
    "起止|截止|时限|时间|期限|节点|日期|年限|进度|安排|计划|形象|限期|预计|"
    "实际|最迟|最终|进展|情况|状态|结果|目前|当前|是否|存在|困难|问题|清单|"
    "名称|标题|题目|主题|要点|类别|类型|分类|种类|领域|板块|大类|小类|备注|"
    "说明|来源|出处|依据|文号|文件|会议|议定|决定|纪要|议题|批示|指示|交办|"
    "下达|督办|督查|督导|立项|来文|提案|建议|案由|改革|创新|指标|投资|资金|"
    "万元|亿元|金额|地点|地址|工期|周期|频次|阶段|季度|月份|分解|细化|分工|"
    "行动|工程|课题|发现|销号|验收|考核|评价|得分|拟定|相关|有关|其他|其它|"
    "属地|镇街|乡镇|街道|及其|一级|二级|三级|提出|政府|报告|序|号|局|委|人|"
    "拟|总|分|月|第|本|各|县|市|区|科|室|名|表|及|和|与|或|的|底|前|末|"
    "年|日|乡|镇|"
    "[一二三四1-4]|[0-9]{1,2}|no|id|q|[、/|()（）.:：*\\-]"
)


def reads_like_header(text: str) -> bool:
    """Made of the words headers are made of; a task or the name of a unit is not."""
    core = squeeze(text).casefold()
    core = re.sub(r"[(（\[【〔].*?[)）\]】〕]", "", core) or core
    left = len(_WORDS.sub("", core))
    return left <= 2 and left * 3 <= len(core)


def field_name(field: Field) -> str:
    """The meaning of a column in Chinese, as the report calls it."""
    return _NAMES[field]


def classify(header: str) -> tuple[Field, int]:
    """What one header text means and how surely (0 is surest)."""
    full = squeeze(header).casefold().strip("*:：。.、-")
    core = re.sub(r"[(（\[【〔].*?[)）\]】〕]", "", full) or full.strip("()（）[]【】")
    helps = re.search("配合|协办|协同|参与", core)
    if helps and re.search("牵头|主办|责任(?:单位|部门|科室)", core[: helps.start()]):
        return Field.LEAD, 0
    for field, rank, pattern in _COMPILED:
        if pattern.search(core):
            return field, rank
    return Field.UNKNOWN, 9


def says_how_often(header: str) -> bool:
    """报送频次, 调度周期: beside a limit, how often it is reported on."""
    return bool(_FREQUENCY.search(squeeze(header)))


def says_nodes(header: str) -> bool:
    """时间节点, 工作节点: beside a limit, the stages on the way to it."""
    return "节点" in squeeze(header)
