"""How single controls look, and how they are set without asking for anything."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from echo_analytics.arguments import uuids
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

COMPARED = {"previous_period": "Period before", "previous_year": "Year before"}
"""What comparisons are called."""


# Any: whatever there is to choose from.
def dropdown(
    description: str,
    options: Sequence[tuple[str, Any]],
    value: Any,  # noqa: ANN401
    width: str,
) -> ipw.Dropdown:
    """Return a labelled control to choose one of several values."""
    return ipw.Dropdown(
        description=description,
        options=list(options),
        value=value,
        style={"description_width": "initial"},
        layout=ipw.Layout(width=width),
    )


def day_field(description: str, value: date | None) -> ipw.DatePicker:
    """Return a labelled control for a day."""
    return ipw.DatePicker(
        description=description,
        value=value,
        style={"description_width": "initial"},
        layout=ipw.Layout(width="190px"),
    )


def field(description: str, placeholder: str, value: str, width: str) -> ipw.Text:
    """Return a labelled control to write into; it tells of every letter."""
    return ipw.Text(
        description=description,
        placeholder=placeholder,
        value=value,
        continuous_update=True,
        style={"description_width": "initial"},
        layout=ipw.Layout(width=width),
    )


class Quiet:
    """While a thread is in it, what that thread changes is not taken for somebody's wish."""

    def __init__(self) -> None:
        self._inside: int | None = None

    def __enter__(self) -> None:
        self._inside = threading.get_ident()

    def __exit__(self, *exc_info: object) -> None:
        self._inside = None

    @property
    def here(self) -> bool:
        """Whether the thread that asks is in it."""
        return self._inside == threading.get_ident()


def one_id(argument: str, value: object) -> str | None:
    """Return one id as text; None stays None."""
    if value is not None and not isinstance(value, str):
        raise InvalidInput(argument, "needs a UUID")
    found = uuids(argument, value)
    return found[0] if found else None
