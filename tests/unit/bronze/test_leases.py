"""Leases in a DynamoDB table: one holder, takeover with a higher token, and a fence in the log."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from ingestion.bronze.delta.table import Bronze
from ingestion.bronze.errors import ConcurrentLoad, LeaseLost, LeaseUnavailable
from ingestion.bronze.leases import dynamodb
from ingestion.bronze.leases.dynamodb import LeaseTable
from ingestion.bronze.leases.lease import lease
from ingestion.settings import SettingError, Settings
from tests.unit.bronze.memory import Lake, Memory, orders
from tests.unit.bronze.test_crashes import PLAIN, Killed, elsewhere, in_a_thread, kill

ADDRESS = "s3://lake/bronze/memory__orders"


@pytest.fixture
def lake(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """The empty lake, with leases in a DynamoDB table that nobody made yet."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    dynamodb._table.cache_clear()
    with mock_aws():
        yield Lake(replace(lake.settings, leases="dynamodb:leases"))
    dynamodb._table.cache_clear()


@pytest.fixture
def table(lake: Lake) -> LeaseTable:
    return LeaseTable.of("leases")


def items() -> list[dict[str, dict[str, str]]]:
    return list(boto3.client("dynamodb").scan(TableName="leases")["Items"])


def expire(monkeypatch: pytest.MonkeyPatch, hours: int = 1) -> None:
    """From here on it is later, for whoever asks what time it is."""
    later = dynamodb._now_ms() + hours * 3_600_000
    monkeypatch.setattr(dynamodb, "_now_ms", lambda: later)


def fence(lake: Lake) -> int:
    return Bronze(f"{lake.settings.bronze}/memory__orders", "memory.orders").fence


def test_the_table_is_made_and_tokens_grow(table: LeaseTable) -> None:
    for token in (1, 2):
        with table.hold(ADDRESS, "here") as held:
            assert (held.token, held.taken_over) == (token, False)
    assert items() == [{"address": {"S": ADDRESS}, "token": {"N": "2"}}]


def test_the_second_is_told_who_holds_it_and_until_when(table: LeaseTable) -> None:
    message = r"lake/bronze/memory__orders: another load .* running: process \d+ on .* \(until 20\d\d-.*\+00:00\)"
    with table.hold(ADDRESS, "here"), pytest.raises(ConcurrentLoad, match=message), table.hold(ADDRESS, "there"):
        pass
    with table.hold(ADDRESS, "there"):
        pass


def test_an_expired_lease_is_taken_over_and_its_holder_learns_it(table: LeaseTable, monkeypatch) -> None:
    with table.hold(ADDRESS, "here") as slow:
        expire(monkeypatch)
        with table.hold(ADDRESS, "there") as quick:
            assert (quick.token, quick.taken_over) == (2, True)
            slow._renew()
            with pytest.raises(LeaseLost, match=r"process \d+ on .* took the lease over.*Run again"):
                slow.check()
            quick.check()
    assert items()[0]["token"] == {"N": "2"}


def test_a_dead_holder_of_the_same_folder_need_not_be_waited_for(table: LeaseTable) -> None:
    """Its lock was free, so it is dead."""
    with table.hold(ADDRESS, "here"), table.hold(ADDRESS, "here") as next_one:
        assert next_one.taken_over


def test_a_held_lease_is_renewed(table: LeaseTable, monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = threading.Event()
    update = LeaseTable.update

    def watched(self: LeaseTable, address: str, change: str, condition: str, **values: str | int):
        answer = update(self, address, change, condition, **values)
        if change == "SET expires = :expires":
            renewed.set()
        return answer

    monkeypatch.setattr(LeaseTable, "update", watched)
    monkeypatch.setattr(dynamodb, "SECONDS", 0.3)
    with table.hold(ADDRESS, "here") as held:
        assert renewed.wait(300)
        held.check()


def test_losing_the_dynamodb_table_loses_nothing(lake: Lake) -> None:
    for second in (1, 2):
        lake.load(Memory(orders(*((f"{n}", n) for n in range(second)))), PLAIN)
    assert fence(lake) == 2
    boto3.client("dynamodb").delete_table(TableName="leases")
    lake.load(Memory(orders(*((f"{n}", n) for n in range(5)))), PLAIN)
    assert fence(lake) == 3
    assert lake.values() == ["0", "1", "2", "3", "4"]


def test_where_nothing_answers_it_is_asked_once_for_all_tables(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = Config(retries={"max_attempts": 0})
    client = boto3.client("dynamodb", endpoint_url="http://127.0.0.1:9", config=impatient)
    nobody, asked = LeaseTable("leases", client), []
    client.meta.events.register("before-call.dynamodb.UpdateItem", lambda **_: asked.append(1))
    for address in (ADDRESS, f"{ADDRESS}_2"):
        with pytest.raises(LeaseUnavailable, match=r"127\.0\.0\.1:9"), nobody.hold(address, "here"):
            pass
    assert len(asked) == 1
    monkeypatch.setattr(dynamodb, "REST", 0)
    with pytest.raises(LeaseUnavailable), nobody.hold(ADDRESS, "here"):
        pass
    assert len(asked) == 2


@pytest.mark.parametrize("rival_ends", [True, False])
def test_who_lost_the_lease_before_its_commit_can_not_commit(lake: Lake, rival_ends, monkeypatch) -> None:
    """Its last check went well; then it is taken over, by one that loads or by one that dies first."""
    lake.load(Memory(orders(("z", 0))), PLAIN)
    reader = Memory(orders(("z", 0), ("a", 1), (None, 2)))
    append = Bronze.append

    def overtaken(self: Bronze, columns, commit) -> None:
        if not self.uri.endswith("__quarantine"):
            monkeypatch.setattr(Bronze, "append", append)
            expire(monkeypatch)
            rival = Memory(reader.rows, while_reading=(lambda: None) if rival_ends else kill)
            if rival_ends:
                in_a_thread(lambda: elsewhere(lake).load(rival, PLAIN))
            else:
                with pytest.raises(Killed):
                    in_a_thread(lambda: elsewhere(lake).load(rival, PLAIN))
            assert fence(lake) == 3
        append(self, columns, commit)

    monkeypatch.setattr(Bronze, "append", overtaken)
    with pytest.raises(ConcurrentLoad):
        lake.load(reader, PLAIN)
    expire(monkeypatch)
    lake.load(reader, PLAIN)
    assert lake.values() == ["a", "z"]
    assert len(lake.quarantine()) == 1


def test_who_wakes_before_it_has_planned_is_refused_too(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees the new holder's work, and a token above its own."""
    lake.load(Memory(orders(("z", 0))), PLAIN)
    reader = Memory(orders(("z", 0), ("a", 1)))
    with lease(lake.settings, "memory__orders") as slow:
        expire(monkeypatch)
        in_a_thread(lambda: elsewhere(lake).load(reader, PLAIN))
        with pytest.raises(LeaseLost):
            slow.outrank(fence(lake))


def test_a_load_that_lost_its_lease_stops_between_two_batches(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: object) -> None:
        raise LeaseLost("another took it over")

    monkeypatch.setattr(dynamodb.TableLease, "check", lost)
    with pytest.raises(LeaseLost):
        lake.load(Memory(orders(("a", 1))), PLAIN)
    assert fence(lake) == 0


def test_no_permission_is_told_with_what_it_takes(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: LeaseTable) -> None:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not yours"}}, "CreateTable")

    monkeypatch.setattr(LeaseTable, "make", refuse)
    with pytest.raises(LeaseUnavailable, match=r"table leases \(LAKEHOUSE_LEASES\).*not yours.*dynamodb:UpdateItem"):
        lake.load(Memory(orders(("a", 1))), PLAIN)


@pytest.mark.parametrize("wrong", ["dynamodb", "dynamodb:", "redis:x", "dynamodb:a b c"])
def test_a_wrong_setting_is_told(wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_LEASES", wrong)
    with pytest.raises(SettingError, match=r"LAKEHOUSE_LEASES is .*: expected file or dynamodb:<table>"):
        Settings.load()
