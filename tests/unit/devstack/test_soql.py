import pytest

from devstack.salesforce.soql import SoqlError, parse

OBJECTS = {"Account": ["Id", "Name", "AnnualRevenue", "IsDeleted", "SystemModstamp"], "Note__c": ["Id"]}


def test_fields_and_objects_are_known_in_any_case() -> None:
    query = parse("select ID, name from ACCOUNT", OBJECTS, deleted=True)
    assert (query.name, query.fields, query.condition) == ("Account", ("Id", "Name"), "")


def test_deleted_records_are_left_out_unless_asked_for() -> None:
    assert parse("SELECT Id FROM Account", OBJECTS, deleted=False).condition == 'where not "IsDeleted"'
    assert parse("SELECT Id FROM Note__c", OBJECTS, deleted=False).condition == ""


def test_a_window_becomes_sql() -> None:
    text = """
        SELECT Id FROM Account
        WHERE SystemModstamp >= 2026-01-01T00:00:00Z AND SystemModstamp < 2026-01-02T00:00:00.000+0000
        ORDER BY SystemModstamp ASC, Id LIMIT 10 OFFSET 5
    """
    assert parse(text, OBJECTS, deleted=True).condition == (
        "where (\"SystemModstamp\" >= timestamptz '2026-01-01T00:00:00Z'"
        " and \"SystemModstamp\" < timestamptz '2026-01-02T00:00:00.000+0000')"
        ' order by "SystemModstamp" asc , "Id" limit 10 offset 5'
    )


def test_an_or_does_not_bring_deleted_records_back() -> None:
    condition = parse("SELECT Id FROM Account WHERE Id = 'a' OR Id = 'b'", OBJECTS, deleted=False).condition
    assert condition == 'where ("Id" = \'a\' or "Id" = \'b\') and not "IsDeleted"'


def test_null_is_compared_as_sql_does() -> None:
    text = "SELECT Id FROM Account WHERE Name = null AND Id != null AND Name != '= null'"
    assert parse(text, OBJECTS, deleted=True).condition == (
        """where ("Name" is null and "Id" is not null and "Name" != '= null')"""
    )


def test_text_keeps_quotes_and_newlines() -> None:
    condition = parse(r"SELECT Id FROM Account WHERE Name IN ('O\'Neil', 'a\nb')", OBJECTS, deleted=True).condition
    assert condition == "where (\"Name\" in ( 'O''Neil' , 'a\nb' ))"


def test_text_may_hold_keywords() -> None:
    condition = parse("SELECT Id FROM Account WHERE Name = 'x order by id' LIMIT 2", OBJECTS, deleted=True).condition
    assert condition == "where (\"Name\" = 'x order by id') limit 2"


def test_count_has_no_fields() -> None:
    assert parse("SELECT COUNT() FROM Account", OBJECTS, deleted=True).fields == ()


def test_all_fields_can_be_asked_for() -> None:
    assert parse("SELECT FIELDS(ALL) FROM Note__c LIMIT 200", OBJECTS, deleted=True).fields == ("Id",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY Nope", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT * FROM Account", "MALFORMED_QUERY"),
        ("DELETE FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DROP TABLE Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' -- b", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'open", "MALFORMED_QUERY"),
    ],
)
def test_what_can_not_be_answered_is_refused(text: str, code: str) -> None:
    with pytest.raises(SoqlError) as refusal:
        parse(text, OBJECTS, deleted=True)
    assert refusal.value.code == code
