"""Uploaded files: what is known of them, and the items that name them."""

import uuid

from store import files, reads
from tests.store.stories import OFFICE, UNIT, Story


async def test_files_are_found_by_the_items_that_name_them(database, store):
    ids = [uuid.uuid4() for _ in range(3)]
    async with database.write() as conn:
        for file_id in ids:
            kept = await files.add_file(
                conn,
                file_id=file_id,
                name="佐证材料.pdf",
                content_type="application/pdf",
                size=2**33,
                sha256="0" * 64,
                uploaded_by="zjj",
            )
    story = await Story().record(store)
    story.act("receive", UNIT, "2026-10-08 11:00")
    story.act(
        "submit_feedback",
        UNIT,
        "2026-10-09 09:00",
        text="办结",
        final=True,
        attachments=[str(ids[0])],
    )
    paper = {"signed_at": "2026-10-09T10:00:00+08:00", "file_id": str(ids[1])}
    signed = {"approved": True, "comment": "同意", "recorded_from_paper": paper}
    await story.act("sign_off", OFFICE, "2026-10-09 11:00", **signed).record(store)
    async with database.read() as conn:
        assert await reads.file(conn, ids[2]) == kept
        assert await reads.file(conn, uuid.uuid4()) is None
        assert [await files.items_with_file(conn, file_id) for file_id in ids] == [
            (story.id,),
            (story.id,),
            (),
        ]
