"""What the record itself may have to say no to."""


class NotOnRecord(Exception):
    """A later chapter of an item arrived whose beginning is not on record (a database restored
    from an older backup): nothing was written. The reconciler reports the item."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"事项 {item_id} 的登记不在数据库中，无法续记。")
