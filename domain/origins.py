"""The words of a source (来源): what hands out work (办法 一), and what is particular to it."""

from enum import StrEnum


class SourceType(StrEnum):
    """What handed the work out."""

    MEETING = "meeting"
    DOCUMENT = "document"
    DIRECTIVE = "directive"
    TEMPORARY = "temporary"
    SUGGESTION = "suggestion"
    PROPOSAL = "proposal"
    UPPER = "upper"
    PLAN = "plan"
    OTHER = "other"


SOURCE_TYPE_NAMES = {
    SourceType.MEETING: "会议",
    SourceType.DOCUMENT: "文件",
    SourceType.DIRECTIVE: "批示",
    SourceType.TEMPORARY: "临时交办",
    SourceType.SUGGESTION: "人大代表建议",
    SourceType.PROPOSAL: "政协委员提案",
    SourceType.UPPER: "上级部署",
    SourceType.PLAN: "年度计划",
    SourceType.OTHER: "其他",
}


class MeetingType(StrEnum):
    """Meetings whose decisions are followed up (办法 二(二), R9)."""

    STANDING = "standing"
    MAYOR = "mayor"
    SPECIAL = "special"
    OTHER = "other"


MEETING_TYPE_NAMES = {
    MeetingType.STANDING: "常务会议",
    MeetingType.MAYOR: "区长办公会议",
    MeetingType.SPECIAL: "专题会议",
    MeetingType.OTHER: "其他会议",
}


class SourceLevel(StrEnum):
    """Whose word it is (办法 一(三), 一(五))."""

    STATE = "state"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"


SOURCE_LEVEL_NAMES = {
    SourceLevel.STATE: "国家",
    SourceLevel.PROVINCE: "省",
    SourceLevel.CITY: "市",
    SourceLevel.DISTRICT: "区",
}


class ProposalRole(StrEnum):
    """Our part in answering a suggestion or proposal (R6)."""

    HOST = "host"
    JOINT = "joint"


PROPOSAL_ROLE_NAMES = {ProposalRole.HOST: "主办", ProposalRole.JOINT: "会办"}
