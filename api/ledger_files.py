"""A ledger as the answer of a request: written to a file of its own, sent, and removed."""

import os
import tempfile
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.context import Context
from api.export import MEDIA_TYPES, Format, write
from api.ledger_columns import Ledger
from domain.items import Actor
from store.filters import Filters


async def exported(
    context: Context, ledger: Ledger, actor: Actor, filters: Filters, format: Format
) -> FileResponse:
    """What ``actor`` may see of a ledger, as a file."""
    handle, name = tempfile.mkstemp(prefix="duban-ledger-", suffix=f".{format}")
    os.close(handle)
    path = Path(name)
    try:
        await write(
            context.database,
            ledger,
            actor,
            filters,
            format=format,
            path=path,
            now=context.now(),
            zone=context.settings.zone,
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    filename = f"{'ledger' if ledger.name == 'items' else ledger.name}.{format}"
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[format],
        filename=filename,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )
