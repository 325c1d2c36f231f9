"""Requests and answers of documents, of the office's settings and of templates."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas import Day, OptionalText, Strict
from domain.documents import MOST_ITEMS, Publication

Name = Annotated[str, Field(max_length=200)]
Names = Annotated[list[Name], Field(max_length=100)]
PUBLICATION = "公开属性：public 公开，on_request 依申请公开，withheld 不公开；不填为不公开"
REASON = "不公开、依申请公开的理由；不填 publication 的可不填"


class _Marked(Strict):
    """Whether it is published (R57)."""

    publication: Publication | None = Field(None, description=PUBLICATION)
    publication_reason: OptionalText = Field("", description=REASON)


class DocumentIn(_Marked):
    """A document of one item."""

    kind: Literal[
        "notice",
        "order",
        "reminder",
        "explanation",
        "extension",
        "coordination",
        "result",
        "closing",
    ] = Field(
        description="督查室出具：notice 督查通知，order 督办单，reminder 催办通知，closing 销号单；"
        "牵头承办单位出具：explanation 未办结说明，extension 延期申请表，coordination 提请协调"
        "（决策）单，result 办理结果报告",
        examples=["order"],
    )
    recipients: Names = Field([], description="督查通知：主送；不填为设置中的主送单位")
    requirement: OptionalText = Field("", description="督查通知、催办通知：要求；不填为通用文字")
    signed_by: Name = Field("", description="督办单：签发人；不填为批准下达的人")
    original: bool = Field(
        True, description="督办单：是否载明批示原文；不能读批示原文的人出具的，总不载明"
    )
    report_by: Day | None = Field(None, description="催办通知：新的报送时间")


class CompilationIn(_Marked):
    """A document that gathers items."""

    kind: Literal["briefing", "summary"] = Field(
        description="briefing 督查专报，由督办单的办理结果编成；summary 督查情况汇总"
    )
    item_ids: Annotated[list[str], Field(max_length=MOST_ITEMS)] = Field(
        [], description="选定的事项，依此为序"
    )
    since: Day | None = Field(None, description="汇总：这一天起下达的；与 item_ids 只填一种")
    until: Day | None = Field(None, description="汇总：到这一天为止下达的")
    title: Name = Field("", description="标题；不填的自动拟定")
    recipients: Names = Field([], description="报送的领导；不填为设置中的领导")
    signed_by: Name = Field("", description="签发人")
    problems: OptionalText = Field("", description="督查专报：存在问题")
    next_steps: OptionalText = Field("", description="督查专报：下一步打算和建议")
    remark: OptionalText = Field("", description="汇总：说明")


class CircularDocumentIn(Strict):
    """The document of a circular; whether it is published is decided each time (R57)."""

    publication: Publication = Field(description="公开属性：public、on_request 或 withheld，必填")
    publication_reason: OptionalText = Field("", description="不公开、依申请公开的，须写明理由")


class PublicationIn(Strict):
    """Whether a document is published, from now on."""

    publication: Publication = Field(description="public、on_request 或 withheld")
    reason: OptionalText = Field("", description="不公开、依申请公开的，须写明理由")


class DocumentOut(BaseModel):
    """A document that was made."""

    id: UUID
    kind: str
    kind_name: str
    number: str = Field(description="文号、期号；每种文书每年一个序列，不重用")
    title: str
    year: int
    item_ids: list[str]
    made_by: str
    made_at: datetime
    holds_original: bool = Field(description="是否载有批示原文；载有的，只有可读批示原文的人可见")
    template_edition: int | None = Field(description="所用模板的版次；null 为系统版式")
    circular_id: str | None = Field(description="所依据的通报；其他文书为 null")
    version: int = Field(description="所依据通报的稿次；其他文书为 1")
    corrected: bool = Field(description="所依据的通报此后是否更正")
    withdrawn: bool = Field(description="所依据的通报是否已经撤销；文书仍然保留")
    facts_sha256: str
    file_sha256: str
    file_size: int
    publication: str
    publication_name: str
    publication_reason: str


class PublicationOut(BaseModel):
    """A decision on a document's publication."""

    publication: str
    publication_name: str
    reason: str
    decided_by: str
    decided_at: datetime


class WholeDocumentOut(DocumentOut):
    """A document with the facts it was made from."""

    facts: dict[str, Any] = Field(description="出具时固定的内容")
    facts_intact: bool = Field(description="内容与出具时的摘要是否仍然一致")
    file_intact: bool = Field(description="文件与出具时的摘要是否仍然一致")
    decisions: list[PublicationOut] = Field(description="出具后对公开属性的决定，新的在前")


class DocumentList(BaseModel):
    """Documents, the newest first."""

    items: list[DocumentOut]
    next_cursor: str | None


class OfficeIn(Strict):
    """The office's settings, all of them."""

    government: Name = Field("", description="政府名称", examples=["某某区人民政府"])
    government_office: Name = Field("", description="政府办公室名称")
    supervision_office: Name = Field("", description="督查室名称")
    number_prefix: Name = Field("", description="文号的机关代字；其后加各种文书的代字")
    circular_title: Name = Field("", description="督查通报的名称；不填的为部署时的初始名称")
    contact: Name = Field("", description="联系人")
    phone: Name = Field("", description="联系电话")
    recipients: Names = Field([], description="督查通知的主送单位")
    copies: Names = Field([], description="督查通知的抄送单位")
    leaders: Names = Field([], description="专报、汇总报送的领导")


class OfficeEditionOut(BaseModel):
    """Who changed what."""

    edition: int
    set_by: str
    set_at: datetime
    changed: dict[str, list[Any]] = Field(description="设置项：[原值, 新值]")


class OfficeOut(OfficeIn):
    """The settings in force and how they came about."""

    edition: int = Field(description="版次；0 为尚未设置")
    missing: dict[str, list[str]] = Field(description="各种文书还缺的设置项；缺的不能出具")
    history: list[OfficeEditionOut] = Field(description="历次改动，新的在前")


class TemplateIn(Strict):
    """A new edition of a template."""

    file_id: UUID | None = Field(description="已上传的 docx（POST /files）；null 为改回系统版式")
    note: OptionalText = Field("", description="说明")


class PlaceholderOut(BaseModel):
    """A fact that a template may show."""

    name: str
    meaning: str
    within: list["PlaceholderOut"] = Field(description="其中的各项；逐项列出的用 for")


class TemplateEditionOut(BaseModel):
    """An edition of a template."""

    edition: int
    file_id: UUID | None
    sha256: str | None
    note: str
    made_by: str
    made_at: datetime


class TemplateOut(BaseModel):
    """A kind of document, what a template of it may show, and its editions."""

    kind: str
    kind_name: str
    edition: int | None = Field(description="现用的版次；null 为系统版式")
    placeholders: list[PlaceholderOut]
    editions: list[TemplateEditionOut] = Field(description="历次版次，新的在前")


class TemplateList(BaseModel):
    """Every kind of document."""

    items: list[TemplateOut]
