"""The words offices use for their columns, and what is no header."""

import pytest

from ledger.headers import classify, reads_like_header
from ledger.model import Field

HEADERS = {
    Field.NUMBER: "序号 编号 项目编号 任务编号 序 建议号 No. *序号",
    Field.TITLE: (
        "工作任务 民生实事 重点工作 重点工作事项 目标任务 项目名称 问题 反馈问题 "
        "存在问题 议定事项 督办事项 "
        "督查事项 交办事项 事项 任务 议题 决定事项 实事项目 案由 文件标题 重点任务分解 "
        "任务名称 改革事项 "
        "主要工作任务 清单事项 问题清单 指标名称"
    ),
    Field.CONTENT: (
        "任务内容 具体要求 工作要求 工作举措 工作措施 主要措施 具体措施 工作内容 "
        "建设内容 建设规模及内容 "
        "年度目标 工作目标 整改措施 整改目标 批示内容 主要内容 项目内容 完成标准 工作任务及完成时限"
    ),
    Field.LEAD: (
        "牵头单位 责任单位 责任科室 责任部门 主办单位 主责单位 承办单位 承办科室 "
        "主要责任单位 牵头责任单位 "
        "整改责任单位 业主单位 项目业主 实施单位 落实单位 责任主体 责任分工 牵头科室 "
        "责任单位及责任人 "
        "牵头及配合单位 责任单位（列第一位的为牵头单位） 责任处室 主办 属地责任单位"
    ),
    Field.TARGET: "目标值 年度目标值 2026年目标值 目标数",
    Field.MEASURE: "计量单位 指标单位",
    Field.CO_UNITS: (
        "配合单位 协办单位 协同责任单位 其他责任单位 协作单位 参与单位 参加单位 会办单位 "
        "会办 配合科室 "
        "相关单位 协助单位"
    ),
    Field.PERSON: (
        "责任人 责任领导 分管领导 牵头领导 包保领导 市级领导 联系人 承办人 具体责任人 "
        "整改责任人 挂钩领导"
    ),
    Field.LIMIT: (
        "完成时限 时限要求 时间节点 办结时限 推进计划 进度安排 整改时限 办理时限 "
        "计划完成时间 完成时间 "
        "起止时间 建设工期 建设起止年限 期限 节点 完成节点 时间安排 时间进度 "
        "要求完成时间 竣工时间 报送时限 "
        "整改完成时限 最迟完成时间 完成时限(月) 完成月份 截止日期"
    ),
    Field.START: "开工时间 开始时间 启动时间",
    Field.STAGE: "一季度 第一季度目标 1-3月 上半年 二季度工作目标",
    Field.ISSUED_ON: "交办时间 交办日期 下达时间 转办时间",
    Field.CATEGORY: "类别 项目类别 整改类型 建设性质",
    Field.SOURCE: "来源 任务来源 文号 会议名称 批示领导 批示时间 会议时间 依据",
    Field.REMARKS: "备注 说明 备注说明",
    Field.PROGRESS: "进展情况 办理情况 完成情况 目前进展 整改进展 实际完成时间 是否完成 落实情况",
    Field.REASON: "退回原因 原文件位置",
    Field.UNKNOWN: (
        "总投资（万元） 计划投资 资金来源 建设地点 联系电话 督导单位 来文单位 提出单位 "
        "代表姓名 年度计划投资"
    ),
}
PAIRS = [(header, field) for field, words in HEADERS.items() for header in words.split()]


@pytest.mark.parametrize(("header", "field"), PAIRS)
def test_a_header_means(header, field):
    assert classify(header)[0] is field


@pytest.mark.parametrize(
    ("spaced", "plain"),
    [("主 要 工 作 任 务", "主要工作任务"), ("责任\n单位", "责任单位"), ("完成时限：", "完成时限")],
)
def test_blanks_and_marks_do_not_matter(spaced, plain):
    assert classify(spaced) == classify(plain)


@pytest.mark.parametrize(
    "header",
    ["序号", "任务内容", "牵头单位", "完成时限", "备注", "责任单位（列第一位的为牵头单位）"],
)
def test_headers_read_like_headers(header):
    assert reads_like_header(header)


@pytest.mark.parametrize(
    "cell",
    [
        "做好春运工作",
        "办公室牵头,各科室配合",
        "县住建局",
        "新建人行天桥2座",
        "推进城乡环境整治",
        "张三",
    ],
)
def test_tasks_and_units_do_not(cell):
    assert not reads_like_header(cell)
