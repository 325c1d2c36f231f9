"""Files: stored once under their content's hash, found by an id, never in a workflow."""

import asyncio
import contextlib
import hashlib
import os
import tempfile
import uuid
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import FileResponse

from api.context import ActorDep, Context, ContextDep
from api.errors import NOT_FOUND, NotFound
from api.schemas import FileOut
from domain.errors import Invalid
from domain.items import Actor
from store import files, reads

router = APIRouter(prefix="/files", tags=["附件"])
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


@router.post("", status_code=201, summary="上传附件")
async def upload(
    context: ContextDep, actor: ActorDep, file: Annotated[UploadFile, File()]
) -> FileOut:
    """Keeps the file; its id goes into ``attachments[]`` of an act."""
    name = Path((file.filename or "").replace("\\", "/")).name.strip()
    if not name or len(name) > LONGEST_NAME or Path(name).suffix.lower() not in ALLOWED:
        kinds = "、".join(sorted(kind.removeprefix(".") for kind in ALLOWED))
        raise Invalid("file_not_allowed", f"不能上传这种文件，可上传：{kinds}。")
    digest, size = await _keep(context, file)
    if not size:
        raise Invalid("empty_file", "文件是空的。")
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


@router.get("/{file_id}", summary="下载附件")
async def download(file_id: uuid.UUID, context: ContextDep, actor: ActorDep) -> FileResponse:
    """To whoever uploaded it, or may see an item in whose timeline it is named."""
    async with context.database.read() as connection:
        kept = await reads.file(connection, file_id)
        items = await files.items_with_file(connection, file_id)
    if kept is None:
        raise NOT_FOUND
    if kept.uploaded_by != actor.username:
        await _check_visible(context, actor, items)
    return FileResponse(
        _folder(context) / kept.sha256, filename=kept.name, media_type=kept.content_type
    )


async def _check_visible(context: Context, actor: Actor, items: tuple[str, ...]) -> None:
    for item_id in items:
        with contextlib.suppress(NotFound):
            await context.commands.visible(actor, item_id)
            return
    raise NOT_FOUND


async def _keep(context: Context, file: UploadFile) -> tuple[str, int]:
    """Write aside, then rename to the hash: half a file is never found under its name."""
    folder = _folder(context)
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


def _folder(context: Context) -> Path:
    return context.settings.data_dir / "files"
