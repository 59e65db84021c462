"""What a job runs: the same bytes each time, and enough to start with."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ingestion.settings import PROJECT
from operations.emr import package
from operations.emr.build_job import PROJECT_FILE, WHEEL_FILE, unpack
from operations.emr.spark import SETTINGS, parameters


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    package.package_code(folder)
    return folder


def test_project_wheel_and_script_are_the_same_bytes_each_time(made: Path, tmp_path: Path) -> None:
    package.package_code(tmp_path)
    names = sorted(path.name for path in made.iterdir())
    assert names == sorted({*package.FILES} - {package.ENVIRONMENT})
    assert [name for name in names if (made / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_what_is_unpacked_is_the_project_and_finds_itself(made: Path, tmp_path: Path) -> None:
    unpack(made / PROJECT_FILE, made / WHEEL_FILE, tmp_path)
    found = "import ingestion.settings, operations.emr.build; print(ingestion.settings.PROJECT)"
    ran = subprocess.run([sys.executable, "-c", found], cwd=tmp_path, capture_output=True, text=True)
    assert ran.stdout.strip() == str(tmp_path), ran.stderr
    assert (tmp_path / "macros" / "quality" / "run_id.sql").read_text() == (
        PROJECT / "macros" / "quality" / "run_id.sql"
    ).read_text()
    assert (tmp_path / "seeds" / "currencies.csv").is_file()


def test_an_archive_holds_files_by_name_and_nothing_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("b")
    (tmp_path / "a").write_text("a")
    (tmp_path / "a").chmod(0o700)
    package.pack(tmp_path / "made.tar.gz", {"x/b": tmp_path / "b", "a": tmp_path / "a"})
    with tarfile.open(tmp_path / "made.tar.gz") as archive:
        found = [(one.name, one.mode, one.mtime, one.uid, one.uname) for one in archive.getmembers()]
    assert found == [("a", 0o755, 0, 0, ""), ("x/b", 0o644, 0, 0, "")]


def test_the_launcher_puts_its_libraries_behind_sparks(tmp_path: Path) -> None:
    launcher = tmp_path / "bin" / "python"
    launcher.parent.mkdir()
    launcher.write_text(package.LAUNCHER)
    launcher.chmod(0o755)
    asked = [launcher, "-c", "import sys; print(sys.path[1:3])"]
    environment = {"PATH": "/nowhere", "PYTHONPATH": "/spark", "LAKEHOUSE_PYTHON": sys.executable}
    ran = subprocess.run(
        ["/bin/sh", *asked], env=environment | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert ran.stdout.strip() == str(["/spark", f"{tmp_path}/lib/python3.11/site-packages"]), ran.stderr


def test_the_lock_has_the_versions_that_tests_run_with() -> None:
    locked, tested = (
        {line.split(" ")[0] for line in (PROJECT / "requirements" / name).read_text().splitlines() if "==" in line}
        for name in ("emr.txt", "dev.txt")
    )
    assert len(locked) > 50
    assert locked - tested == set()
    assert [one for one in locked if one.startswith(("pyspark", "pysail"))] == []


def test_a_setting_is_replaced_and_a_space_is_refused() -> None:
    text = parameters(lambda name: f"s3://b/{name}", {"LAKEHOUSE_ROOT": "s3://lake"}, {"spark.jars": "mine.jar"})
    assert "--conf spark.jars=mine.jar " in text
    assert text.count("--conf ") == len(SETTINGS) + 1
    with pytest.raises(ValueError, match=r"spark\.jars is 'a b': expected a value without a space"):
        parameters(str, {}, {"spark.jars": "a b"})
