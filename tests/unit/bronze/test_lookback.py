"""A lookback has the unit of its cursor."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from ingestion.bronze.errors import ContractViolation
from ingestion.spec import Table
from tests.unit.bronze.memory import ORDERS, Lake, Memory, orders

LOG = Table("Orders", key=("Id",), cursor="Seq", lookback=3)


def log_of(*numbers: int) -> Memory:
    return Memory(pa.table({"Id": [f"{number:02}" for number in numbers], "Seq": list(numbers)}), cursor="Seq")


def test_a_lookback_of_numbers_reads_the_last_ids_again(lake: Lake) -> None:
    lake.load(log_of(1, 5, 10), LOG)
    later = log_of(1, 5, 7, 8, 10, 12)
    lake.load(later, LOG)
    assert [(part.low, part.high) for part in later.asked] == [(8, 13)]
    assert lake.values() == ["01", "05", "08", "10", "12"]


def test_a_time_is_no_lookback_of_a_number_nor_a_number_one_of_a_time(lake: Lake) -> None:
    with pytest.raises(
        ContractViolation, match=r"lookback of 1:00:00, and its cursor 'Seq' is a number: .*lookback=1000"
    ):
        lake.load(log_of(1), replace(LOG, lookback=timedelta(hours=1)))
    with pytest.raises(ContractViolation, match=r"lookback of 3, and its cursor 'UpdatedAt' is a time: .*timedelta\("):
        lake.load(Memory(orders(("a", 1))), replace(ORDERS, lookback=3))
