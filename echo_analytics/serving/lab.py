"""A folder with the notebooks, and a JupyterLab in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from echo_analytics.errors import MissingExtra


@dataclass(frozen=True, slots=True)
class Copied:
    """Which notebooks were copied, and which were there already."""

    folder: Path
    copied: list[str]
    kept: list[str]

    def text(self) -> str:
        """Return what happened, for people."""
        lines = [f"{self.folder}: {len(self.copied)} notebooks copied"]
        if self.kept:
            lines.append(f"kept as they are: {', '.join(self.kept)}")
        return "\n".join(lines) + "\n"


def notebooks() -> list[Path]:
    """Return the analysts' tour: within the wheel, else that of the checkout."""
    packaged = Path(__file__).parents[1] / "_notebooks"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[2] / "notebooks"
    return sorted(folder.glob("*.ipynb"))


def copy_notebooks(folder: Path) -> Copied:
    """Copy the notebooks into a folder; a file that is there already is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    copied, kept = [], []
    for notebook in notebooks():
        target = folder / notebook.name
        if os.path.lexists(target):
            kept.append(notebook.name)
        else:
            shutil.copyfile(notebook, target)
            copied.append(notebook.name)
    return Copied(folder, copied, kept)


def command(folder: Path, port: int, *, browser: bool) -> list[str]:
    """Return the command that opens a JupyterLab on this machine, with a token of its own.

    Raises
    ------
    MissingExtra
        JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise MissingExtra("jupyterlab", "notebook")
    options = ["--ip=127.0.0.1", f"--port={port}", f"--ServerApp.root_dir={folder.resolve()}"]
    if not browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *options]


def run(wanted: list[str], database_url: str | None) -> int:
    """Run it until it ends, and return its exit code."""
    environment = dict(os.environ)
    if database_url is not None:
        environment["ECHO_DATABASE_URL"] = database_url
    with subprocess.Popen(wanted, env=environment) as process:  # noqa: S603 - made above
        try:
            return process.wait()
        finally:
            process.terminate()
