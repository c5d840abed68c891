"""Users to be created."""

from __future__ import annotations

from typing import Any

from echo_analytics.models import NewUser, NotificationPreferences, UserPreferences

DARK = UserPreferences(theme="dark", notifications=NotificationPreferences(email=True, push=False))


def ada(**fields: Any) -> NewUser:  # noqa: ANN401 - whatever a test wants to give
    return NewUser(**{"email": "ada@example.org", "name": "Ada", **fields})
