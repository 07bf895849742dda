"""What README, environment.yml and the lock files say of the project is so."""

import re
import tomllib
from pathlib import Path

import yaml

from mlslab import derived
from mlslab.course import load_course

ROOT = Path(__file__).parents[1]


def _locked(name: str) -> dict[str, str]:
    pins = re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.M)
    return dict(pins)


def test_environment_yml_installs_what_the_lock_says() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    plain = [d for d in environment["dependencies"] if isinstance(d, str)]
    (pip,) = [d["pip"] for d in environment["dependencies"] if isinstance(d, dict)]
    assert pip == ["--requirement requirements.lock"]
    (python,) = [d.partition("=")[2] for d in plain if d.startswith("python=")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={python}"


def test_the_lock_has_every_direct_dependency_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name, dependencies in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", project["optional-dependencies"]["dev"]),
    ):
        text, locked = (ROOT / name).read_text(), _locked(name)
        for dependency in dependencies:
            direct = re.split(r"[\[<>=; ]", dependency)[0]
            assert direct in locked, f"{direct} is not in {name}: make lock"
        assert text.count("--hash=sha256:") >= len(locked)


def test_no_lock_or_document_names_a_registry() -> None:
    for file in (*ROOT.glob("*.lock"), ROOT / "environment.yml"):
        assert "://" not in file.read_text(), file.name


def test_the_lock_follows_the_studio_image() -> None:
    assert _locked("requirements.lock")["pandas"] == "2.3.3"


def test_readme_tables_are_fresh() -> None:
    assert not derived.stale(load_course(ROOT)), "mlslab build writes them"


def test_readme_names_commands_that_there_are() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", (ROOT / "README.md").read_text()):
        assert re.search(rf"^{target}:", makefile, re.M), f"make {target}"


def test_documents_link_to_files_that_there_are() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "shared/cloudlet/README.md"):
        path = ROOT / name
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{name} links to {target}"
