"""Run a notebook in a kernel of its own, with parameters."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from typing import TYPE_CHECKING

from echo_analytics.errors import EchoError
from echo_analytics.notebook_reports.parameters import TAG, read_notebook
from echo_analytics.notebook_reports.tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_KERNEL = {
    # Figures as data, which the page is made of; every other renderer writes a page of its own.
    "PLOTLY_RENDERER": "plotly_mimetype",
    # The kernel of this environment, not one of the same name in a home directory.
    "JUPYTER_PREFER_ENV_PATH": "1",
}


class NotebookFailed(EchoError):  # noqa: N818 - it is the notebook that did
    """A cell of a notebook failed, or its kernel died; the partial notebook is kept."""


def run(
    path: Path,
    result: Path,
    values: Mapping[str, object],
    environment: Mapping[str, str],
    *,
    progress: bool = False,
) -> None:
    """Run a notebook and write it with its outputs, as far as it came.

    Parameters
    ----------
    path
        The notebook, which is left as it is; its folder is the one it runs in.
    result
        Where it is written, after each cell.
    values
        Its parameters.
    environment
        Variables that its kernel gets besides those of this process.
    progress
        Show a bar.

    Raises
    ------
    NotebookFailed
        A cell failed; the message says which one, and never what its values were.
    """
    papermill = tool("papermill")
    errors = tool("papermill.exceptions")
    client = tool("nbclient.exceptions")
    try:
        with _sockets() as sockets, _variables({**_KERNEL, **sockets, **environment}):
            papermill.execute_notebook(
                str(path),
                str(result),
                parameters=dict(values),
                cwd=str(path.parent),
                kernel_name="python3",
                language="python",
                progress_bar={"disable": None, "file": sys.stderr} if progress else False,
                # By files: over TCP others on this machine could listen, and the kernel says so.
                config=tool("traitlets.config").Config(KernelManager={"transport": "ipc"}),
                extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            )
    except errors.PapermillExecutionError as error:
        number = error.cell_index + 1 - _added_before(path, error.cell_index, values)
        raise NotebookFailed(f"cell {number} of {path.name} failed ({error.ename})") from None
    except (client.DeadKernelError, client.CellControlSignal, RuntimeError) as error:
        raise NotebookFailed(f"the kernel of {path.name} ended ({type(error).__name__})") from None


def _added_before(path: Path, index: int, values: Mapping[str, object]) -> int:
    """Return 1 where the cell that papermill adds for the values stands before another one."""
    tags = [cell.metadata.get("tags", ()) for cell in read_notebook(path).cells]
    if not values or any("injected-parameters" in each for each in tags):
        return 0
    place = next((n for n, each in enumerate(tags, start=1) if TAG in each), 0)
    return int(index > place)


@contextlib.contextmanager
def _sockets() -> Iterator[dict[str, str]]:
    """Give a folder for the sockets of a kernel; the usual one may be too deep for their names."""
    with tempfile.TemporaryDirectory(prefix="echo-kernel-") as folder:
        yield {"JUPYTER_RUNTIME_DIR": folder}


@contextlib.contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process, which kernels inherit, for as long as the block lasts."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
