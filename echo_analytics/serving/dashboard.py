"""Serving the dashboard with Voila: a page without code, on this machine only."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import secrets
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import InvalidInput, MissingExtra
from echo_analytics.serving.session import TIMEZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

KERNEL = "echo-analytics"
_PAGE = Path(__file__).parent / "page"
# Nothing but this server may be asked for anything, whatever a library would like.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; frame-ancestors 'self'"
)
_IDLE = 3600


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is served.

    Attributes
    ----------
    host
        The address to listen on.
    port
        A port that is free.
    token
        What has to be known to see the page; None lets everybody in who can reach it.
    """

    host: str
    port: int
    token: str | None

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        name = socket.gethostname() if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        host = f"[{name}]" if ":" in name else name
        return f"http://{host}:{self.port}/" + (f"?token={self.token}" if self.token else "")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def place(host: str, port: int, *, token: bool) -> Place:
    """Return where to serve; port 0 is any that is free.

    Raises
    ------
    InvalidInput
        The port cannot be used on this address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            problem = getattr(error, "strerror", None) or "needs a number from 0 to 65535"
            raise InvalidInput("--host, --port", f"cannot serve there: {problem}") from None
        free = int(probe.getsockname()[1])
    return Place(host, free, secrets.token_urlsafe(24) if token else None)


def serve(where: Place, database_url: str | None, timezone: str, ready: Callable[[], None]) -> None:
    """Serve the page until the process is told to end.

    A kernel stands by for whoever comes next. Kernels that nobody looks at any more are ended.

    Parameters
    ----------
    where
        The address and the token.
    database_url
        The database; None is what ``connect()`` opens.
    timezone
        The zone that the page begins with.
    ready
        Called once the page can be opened.

    Raises
    ------
    MissingExtra
        Voila is not installed.
    """
    try:
        from tornado.ioloop import IOLoop
        from voila.app import Voila
    except ImportError:
        raise MissingExtra("voila", "notebook") from None
    with _folder() as folder, _environment(_variables(folder, where, database_url, timezone)):
        app = Voila(config=_config(where), config_file_paths=[], log_level="ERROR")
        app.initialize([str(folder / "dashboard.ipynb")])
        IOLoop.current().add_callback(ready)
        app.start()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder with the page, its template, and a kernel that is this Python."""
    with tempfile.TemporaryDirectory(prefix="echo-dashboard-") as name:
        folder = Path(name)
        shutil.copytree(_PAGE, folder, dirs_exist_ok=True)
        kernel = folder / "kernels" / KERNEL
        kernel.mkdir(parents=True)
        # One that is ended while it waits would complain of it.
        quiet = "--IPKernelApp.log_level=50"
        command = [sys.executable, "-m", "ipykernel_launcher", quiet, "-f", "{connection_file}"]
        named = {"argv": command, "display_name": "Python 3", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(named))
        yield folder


def _variables(
    folder: Path, where: Place, database_url: str | None, timezone: str
) -> dict[str, str]:
    """What kernels and Jupyter find in their environment."""
    path = [str(folder), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104
    return {
        "JUPYTER_PATH": os.pathsep.join(path),
        # Where a kernel that stands by hears that somebody has come.
        "VOILA_APP_IP": everywhere.get(where.host, where.host),
        TIMEZONE: timezone,
        **({} if database_url is None else {"ECHO_DATABASE_URL": database_url}),
    }


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


# Any: traitlets' own class, which is only there with Jupyter.
def _config(where: Place) -> Any:  # noqa: ANN401
    from traitlets.config import Config

    return Config(
        {
            "Voila": {
                "ip": where.host,
                "port": where.port,
                # Another port than the one that was said would help nobody.
                "port_retries": 0,
                "open_browser": False,
                "token": where.token or "",
                "tornado_settings": {
                    # A page elsewhere cannot reach this one by a name of its own for this machine.
                    "allow_remote_access": not where.is_local,
                    "headers": {"Content-Security-Policy": _POLICY},
                },
            },
            "VoilaConfiguration": {
                "template": "echo",
                "allow_template_override": "NO",
                "allow_theme_override": "NO",
                "preheat_kernel": True,
                "default_pool_size": 1,
                "show_tracebacks": False,
                "file_allowlist": [],
                # Installed with Jupyter, and not needed on the page.
                "extension_denylist": [
                    "@voila-dashboards/jupyterlab-preview",
                    "anywidget",
                    "jupyterlab_pygments",
                ],
            },
            "MappingKernelManager": {"cull_idle_timeout": _IDLE, "cull_interval": 60},
            "KernelManager": {"transport": "ipc"},
        }
    )
