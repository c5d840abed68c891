"""Execute notebooks on throw-away demo data and save them with their outputs.

Saving twice gives the same bytes: what differs from run to run is left out.

    python scripts/execute_notebooks.py notebooks
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from echo_analytics import connect, embedded
from echo_analytics.demo import load_demo
from echo_analytics.migrate import migrate

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def execute(path: Path) -> None:
    """Execute one notebook in its folder and write it back."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        # How many messages a text comes in is chance.
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--KernelManager.transport=ipc"],
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            # The widget that it names ends with the kernel.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    nbformat.write(notebook, path)


def main(folder: Path) -> None:
    """Execute every notebook of a folder, each on its own copy of the demo data."""
    with tempfile.TemporaryDirectory(prefix="echo-notebooks-") as home:
        # The server of a superuser runs as another user, who has to get in.
        Path(home).chmod(0o711)
        with embedded.start(Path(home), durable=False) as server:
            for path in sorted(folder.glob("*.ipynb")):
                url = server.url(path.stem)
                server.ensure_database(path.stem)
                migrate(url)
                with connect(url) as db:
                    load_demo(db)
                os.environ["ECHO_DATABASE_URL"] = url
                execute(path)
                sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
