"""What Sail answers is read whole or not at all."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dbt.adapters.lake.errors import LakeError
from dbt.adapters.lake.server import answers, start_session


class Channel:
    """Of gRPC: every call is answered with these bytes, and ends well."""

    def __init__(self, *told: bytes) -> None:
        self._told = told

    def unary_stream(self, _: str, **__: Any) -> Callable[..., Iterator[bytes]]:
        return lambda _, **__: iter(self._told)


def test_an_answer_that_cannot_be_read_is_an_error_and_not_the_end() -> None:
    start_session()
    from pyspark.sql.connect.proto import ExecutePlanRequest, ExecutePlanResponse  # after a session only (`_script`)

    good = ExecutePlanResponse(session_id="a").SerializeToString()
    read = answers(Channel(good, good[:-1], good))(ExecutePlanRequest(), metadata=[])
    assert next(read).session_id == "a"
    with pytest.raises(LakeError, match="answer 2 of Sail, 2 bytes, can't be read"):
        next(read)
