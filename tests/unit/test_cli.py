import pytest
from click.testing import CliRunner

from operations.cli import VERBS, cli


def test_help_lists_every_verb_with_its_sentence() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    for verb, sentence in VERBS.items():
        assert f"{verb} " in result.output
        assert sentence.split(";")[0] in " ".join(result.output.split())


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_has_help_that_says_more_than_its_name(verb: str) -> None:
    result = CliRunner().invoke(cli, [verb, "--help"])
    assert result.exit_code == 0, result.output
    assert len(result.output.split("Options:")[0].split()) > 8


def test_an_unknown_verb_is_a_usage_error() -> None:
    result = CliRunner().invoke(cli, ["fly"])
    assert result.exit_code == 2
    assert "No such command 'fly'" in result.output
