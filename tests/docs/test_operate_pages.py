"""docs/operate names commands, options, variables, outputs, files and messages that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from ingestion.settings import PROJECT
from tests.docs.aws_cli import lacks_aws_command
from tests.docs.pages import INFRA, MODULES, code, lacks_command
from tests.docs.shell_commands import FENCE, commands

FOLDER = PROJECT / "docs" / "operate"
PAGES = sorted(FOLDER.glob("*.md"))
OWN = [FOLDER / f"{name}.md" for name in ("checklist", "deploy", "recovery", "runbook", "troubleshooting")]
MESSAGES = FOLDER / "troubleshooting.md"
OWN_PACKAGES = ("ingestion", "operations", "adapters/dbt-lake/dbt")

FILE = re.compile(r"(?:docs|infra|ingestion|operations|tests)/[\w./-]+")
MADE_BY_READERS = {"infra/envs/dev/terraform.tfvars"}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
every_own_page = pytest.mark.parametrize("page", OWN, ids=lambda page: page.stem)


def names(pattern: str, path: Path) -> set[str]:
    """Return what the first group of a pattern finds in a file of Terraform."""
    return set(re.findall(pattern, path.read_text(), re.MULTILINE))


@every_page
def test_every_command_of_lakehouse_can_be_typed(page: Path) -> None:
    found = commands(page.read_text(), "lakehouse")
    assert [fault for fault in map(lacks_command, found) if fault] == []


@every_page
def test_every_command_of_make_can_be_typed(page: Path) -> None:
    found = commands(page.read_text(), "make")
    assert [fault for fault in map(lacks_command, found) if fault] == []


@every_page
def test_every_command_of_aws_exists_with_its_options(page: Path) -> None:
    found = commands(page.read_text(), "aws")
    assert [fault for fault in map(lacks_aws_command, found) if fault] == []


@every_own_page
def test_a_page_has_commands_that_these_tests_find(page: Path) -> None:
    assert all(len(commands(page.read_text(), program)) > 2 for program in ("aws", "lakehouse"))


@every_own_page
def test_a_block_that_is_run_is_not_indented(page: Path) -> None:
    """The reader of tests/integration/page_reader.py sees no other."""
    assert not re.search(r"^ +```sh", page.read_text(), re.MULTILINE)


@every_page
def test_every_folder_and_output_of_terraform_is_there(page: Path) -> None:
    text = page.read_text()
    assert [folder for folder in re.findall(r"-chdir=(infra/[\w/]+)", text) if not (PROJECT / folder).is_dir()] == []
    outputs = names(r'^output "(\w+)"', INFRA / "envs" / "dev" / "outputs.tf")
    outputs |= names(r'^output "(\w+)"', INFRA / "bootstrap" / "outputs.tf")
    assert set(re.findall(r" output (?:-state=\S+ )?-(?:raw|json) (\w+)", text)) <= outputs


@every_own_page
def test_every_variable_and_feature_is_one(page: Path) -> None:
    text = page.read_text()
    blocks = [body for kind, body in FENCE.findall(text) if kind == "hcl"]
    settings = "\n".join([*blocks, *(part for part in code(FENCE.sub("", text)) if " = " in part)])
    features = names(r"^    (\w+) += ", MODULES / "lakehouse" / "features.tf")
    switched = {
        one for body in re.findall(r"features += \{([^}]*)\}", settings) for one in re.findall(r"(\w+) =", body)
    }
    assert switched <= features
    assert set(re.findall(r"^\s*(\w+) += ", settings, re.MULTILINE)) - switched <= variables()


def variables() -> set[str]:
    """Return the variables of an environment, and the attributes of those that are objects."""
    files = (MODULES / "lakehouse" / "variables.tf", INFRA / "envs" / "dev" / "variables.tf")
    return {
        name
        for file in files
        for name in names(r'^(?:variable "| +)(\w+)(?:"| += (?:optional|string|list|object))', file)
    }


@every_page
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()) if "://" not in link]
    assert [link for link in links if not leads_somewhere(page, link)] == []


def leads_somewhere(page: Path, link: str) -> bool:
    """True if a relative link's file exists, and has the heading that the link names."""
    place, _, anchor = link.partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.exists():
        return False
    headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE) if anchor else []
    return not anchor or anchor in {slug(heading) for heading in headings}


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@every_own_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    files = [part for part in code(page.read_text()) if FILE.fullmatch(part)]
    assert [part for part in files if not (PROJECT / part).exists() and part not in MADE_BY_READERS] == []


def messages() -> list[str]:
    """Return the lines that the page on troubleshooting shows as printed by the project."""
    return [line for kind, body in FENCE.findall(MESSAGES.read_text()) if kind == "text" for line in body.splitlines()]


@pytest.mark.parametrize("message", messages())
def test_a_message_is_one_that_the_project_prints(message: str) -> None:
    parts = [part.strip(" .:;(") for part in message.split("…")]
    parts = [part for part in parts if len(part) > 3]
    assert parts
    assert any(all(part in text for part in parts) for text in texts())


@cache
def texts() -> frozenset[str]:
    """Return every text of the project's modules; values that are put into it are left out."""
    trees = [ast.parse(file.read_text()) for folder in OWN_PACKAGES for file in (PROJECT / folder).rglob("*.py")]
    return frozenset(text for tree in trees for text in _texts(tree))


def _texts(tree: ast.AST) -> list[str]:
    def spelled(node: ast.expr) -> str:
        if isinstance(node, ast.JoinedStr):
            return "".join(spelled(part) for part in node.values)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "…"

    return [spelled(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Constant)]


def test_what_is_wrong_is_found() -> None:
    page = "```console\nlakehouse doctors | head\n! X=1 lakehouse run --onlyy build  # why\n```\nand `make nothing`"
    assert commands(page, "lakehouse", "make") == ["lakehouse doctors", "lakehouse run --onlyy build", "make nothing"]
    assert all(lacks_command(command) for command in commands(page, "lakehouse", "make"))
    assert lacks_aws_command("aws kms rotate-keys --key-id x")
    assert lacks_aws_command("aws kms rotate-key-on-demand --key x")
    assert lacks_aws_command("aws dynamodb get-item --table-name x")
    assert lacks_aws_command("aws kmss rotate-key-on-demand")
    assert lacks_aws_command("aws ecs wait tasks-stop")
    assert not lacks_aws_command("aws kms rotate-key-on-demand --key-id x")
    assert not leads_somewhere(FOLDER / "runbook.md", "nothing.md")
    assert not leads_somewhere(FOLDER / "runbook.md", "deploy.md#phase-6")
