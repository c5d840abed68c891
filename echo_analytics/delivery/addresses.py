"""Addresses of e-mail, checked before anything is made: no header can be smuggled in by one."""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import TYPE_CHECKING

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

# The lengths are those of RFC 5321, section 4.5.3.1.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]{1,63})*")
_LONGEST_LOCAL, _LONGEST = 64, 254


def recipients(argument: str, given: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses, each once, in the order they were given.

    Raises
    ------
    InvalidInput
        One of them is no address such as ``team@example.org``.
    """
    found: dict[str, str] = {}
    for text in given:
        checked = _address(text)
        if checked is None:
            raise InvalidInput(argument, f"{text!a} is no address such as team@example.org")
        found.setdefault(checked.lower(), checked)
    return tuple(found.values())


def sender(argument: str, text: str) -> tuple[str, str]:
    """Return the name and the address of ``Reports <reports@example.org>``; the name may miss.

    Raises
    ------
    InvalidInput
        There is no such address in it, or a character that no header can hold.
    """
    if text.isprintable():
        name, address = parseaddr(text)
        checked = _address(address)
        if checked is not None:
            return name, checked
    raise InvalidInput(argument, "is no address such as Reports <reports@example.org>")


def _address(text: object) -> str | None:
    if not isinstance(text, str):
        return None
    local, at, domain = text.strip(" ").rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    fits = len(local) <= _LONGEST_LOCAL and len(local) + 1 + len(domain) <= _LONGEST
    if at and fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain):
        return f"{local}@{domain}"
    return None
