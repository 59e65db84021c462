from operations.publishing.diff import differing, sample


def test_groups_differ_by_rows_by_digest_or_by_being_on_one_side_only() -> None:
    lake = {"000": [1, "5"], "00a": [2, "7"], "00b": [1, "9"], "00c": [1, "1"]}
    copy = {"000": [1, "5"], "00a": [3, "7"], "00b": [1, "8"], "00d": [1, "1"]}
    assert differing(lake, copy) == ["00a", "00b", "00c", "00d"]


def test_a_sample_says_of_each_key_how_it_differs() -> None:
    lake = {"id=1": "a", "id=2": "b", "id=3": "c"}
    copy = {"id=1": "a", "id=2": "x", "id=4": "d"}
    assert sample(lake, copy) == "for example id=2 (changed), id=3 (missing in the copy), id=4 (only in the copy)"


def test_a_sample_stays_small() -> None:
    assert sample({f"id={number}": "a" for number in range(100)}, {}).count("missing") == 5
