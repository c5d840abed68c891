"""The files around the package say the same as the package."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import echo_analytics
from echo_analytics.cli import app

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements() -> set[str]:
    extras = PROJECT["optional-dependencies"].values()
    everything = {*PROJECT["dependencies"], *(item for extra in extras for item in extra)}
    return {item for item in everything if not item.startswith(PROJECT["name"])}


def name_of(requirement: str) -> str:
    name = re.split(r"[\[<>=!~; ]", requirement)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_conda_environment_has_the_requirements_of_the_project() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, _, packages = environment["dependencies"]
    assert python == f"python{PROJECT['requires-python']}"
    assert {item for item in packages["pip"] if not item.startswith("-")} == requirements()


def test_every_requirement_is_pinned_once_without_an_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line) for line in pinned)
    names = [name_of(line) for line in pinned]
    assert len(names) == len(set(names))
    assert {name_of(item) for item in requirements()} <= set(names)


def test_every_dependency_is_justified() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    explained = set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))
    assert explained == {name_of(item) for item in requirements()}


def test_every_public_name_and_command_is_in_the_documentation() -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    for name in echo_analytics.__all__:
        assert f"`{name}" in text, name
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]  # it has one
        assert f"echo-analytics {name}" in text, name
    for group in app.registered_groups:
        for command in group.typer_instance.registered_commands:  # type: ignore[union-attr]  # one
            name = command.name or command.callback.__name__  # type: ignore[union-attr]  # it has one
            assert f"echo-analytics {group.name} {name}" in text, name


def test_the_reference_says_what_the_docstrings_say() -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "write_reference.py"))["reference"]()
    assert (ROOT / "docs" / "reference.md").read_text() == written


def test_the_changelog_begins_with_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(r"^## (\S+)", text, re.MULTILINE)[1] == echo_analytics.__version__  # type: ignore[index]  # it matches


@pytest.mark.parametrize("document", ["README.md", *(p.name for p in (ROOT / "docs").glob("*.md"))])
def test_links_between_documents_lead_somewhere(document: str) -> None:
    path = ROOT / document if document == "README.md" else ROOT / "docs" / document
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if "://" not in link:
            assert (path.parent / link).exists(), link


def test_the_readme_names_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text()))
    assert {"demo", "test"} <= named <= targets


def test_the_makefile_has_the_promised_targets() -> None:
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("demo", "test", "lint", "notebooks", "bench", "clean"):
        assert re.search(rf"^{target}\s", shown, re.MULTILINE), target


def test_the_package_can_be_run_as_a_module() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "echo_analytics", "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.strip() == f"echo-analytics {echo_analytics.__version__}"
