"""Files: stored once under their content's hash, found by an id, never in a workflow."""

import asyncio
import hashlib
import os
import tempfile
import uuid
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import FileResponse
from structlog import get_logger

from api import contents
from api.context import Context, ContextDep
from api.errors import Unavailable
from api.rights import ActorDep
from api.schemas import FileOut
from domain.errors import Invalid
from store import files

router = APIRouter(prefix="/files", tags=["附件"])
log = get_logger(__name__)
CHUNK = 1024 * 1024
LONGEST_NAME = 200
# Documents, tables, pictures and archives of an office; nothing a browser would run.
ALLOWED = frozenset(
    f".{kind}"
    for kind in (
        *("pdf", "ofd", "doc", "docx", "wps", "txt", "ppt", "pptx", "xls", "xlsx", "et", "csv"),
        *("png", "jpg", "jpeg", "bmp", "tif", "tiff", "mp3", "mp4", "zip", "rar", "7z"),
    )
)


@router.post(
    "",
    status_code=201,
    summary="上传附件",
    description="办公文档、表格、图片、音视频和压缩包，最多 20 MB。所得的 id 填入 attachments。",
)
async def upload(
    context: ContextDep, actor: ActorDep, file: Annotated[UploadFile, File()]
) -> FileOut:
    """Keeps the file; its id goes into ``attachments[]`` of an act."""
    name = Path((file.filename or "").replace("\\", "/")).name.strip()
    if len(name) > LONGEST_NAME:
        raise Invalid("file_name_too_long", f"文件名过长，不能超过 {LONGEST_NAME} 个字符。")
    if Path(name).suffix.lower() not in ALLOWED:
        kinds = "、".join(sorted(kind.removeprefix(".") for kind in ALLOWED))
        raise Invalid("file_not_allowed", f"不能上传这种文件，可上传：{kinds}。")
    try:
        digest, size = await _keep(context, file)
    except OSError as error:
        log.error("file_not_kept", error=str(error))
        detail = "附件没有存下来，已记录；请稍后重试，或联系管理员检查存储空间。"
        raise Unavailable("storage_unavailable", detail) from error
    if not size:
        raise Invalid("empty_file", "文件是空的，请检查是否选错了文件。")
    async with context.database.write() as connection:
        kept = await files.add_file(
            connection,
            file_id=uuid.uuid4(),
            name=name,
            content_type="application/octet-stream",
            size=size,
            sha256=digest,
            uploaded_by=actor.username,
        )
    return FileOut(
        id=str(kept.id),
        name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        content_type=kept.content_type,
    )


@router.get(
    "/{file_id}",
    summary="下载附件",
    description="上传者本人，以及能看到引用它的事项的人，可以下载；报备的办理工作制度，除特邀督查员和"
    "第三方外，登录人员都可下载。",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {"schema": {"format": "binary"}}}}},
)
async def download(file_id: uuid.UUID, context: ContextDep, actor: ActorDep) -> FileResponse:
    """As an attachment of no particular type: a browser keeps it and runs nothing."""
    kept = await context.references.readable_file(actor, file_id)
    path = contents.path_of(context, kept.sha256)
    if not await asyncio.to_thread(path.is_file):
        log.error("file_missing", file=str(kept.id), sha256=kept.sha256)
        raise Unavailable("file_missing", "附件暂时读取不到，已记录；请联系管理员从备份恢复。")
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, filename=kept.name, media_type=kept.content_type, headers=headers)


async def _keep(context: Context, file: UploadFile) -> tuple[str, int]:
    """Write aside, then rename to the hash: half a file is never found under its name."""
    folder = contents.folder(context)
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    handle, part = await asyncio.to_thread(tempfile.mkstemp, dir=folder, prefix=".part-")
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as target:
            while chunk := await file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                await asyncio.to_thread(target.write, chunk)
        await asyncio.to_thread(os.replace, part, folder / digest.hexdigest())
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size
