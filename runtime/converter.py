"""How values become JSON on their way to Temporal and back: as the SDK's pydantic converter does,
with what it derives from each type derived once a process.

The SDK makes a converter for every workflow it brings up, and each would derive the schemas of our
messages anew: 40 ms of processor an item, more than all that the item itself asks for.
"""

from dataclasses import replace

from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, pydantic_data_converter
from temporalio.converter import (
    CompositePayloadConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
)

_json = PydanticJSONPlainPayloadConverter()


class PayloadConverter(CompositePayloadConverter):
    """Every one of them has the same converter for JSON."""

    def __init__(self) -> None:
        """As the SDK asks for it: without arguments."""
        known = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_json if isinstance(c, JSONPlainPayloadConverter) else c for c in known))


PLAIN = replace(pydantic_data_converter, payload_converter_class=PayloadConverter)
"""Without encryption; what ``pydantic_data_converter`` writes, byte for byte."""
