"""Where the command takes the password of the role from: never from its arguments."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD_VARIABLE = "ECHO_READER_PASSWORD"  # noqa: S105 - the name of a variable

_OPTION = "--password-file"
_BYTES = 24


def given_password(file: Path | None) -> str | None:
    """Return the first line of ``file``, else what the environment says, else None.

    A file that is not there is made, with a new password that only its owner can read.

    Raises
    ------
    InvalidInput
        The file holds no password, or cannot be read or made.
    """
    if file is None:
        return os.environ.get(PASSWORD_VARIABLE) or None
    try:
        if not file.exists():
            _make(file)
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidInput(_OPTION, f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInput(_OPTION, f"{file} is not text in UTF-8") from None
    if not lines or not lines[0]:
        raise InvalidInput(_OPTION, f"{file} has no password on its first line")
    return lines[0]


def _make(file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"{secrets.token_urlsafe(_BYTES)}\n")
