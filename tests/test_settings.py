from __future__ import annotations

from pathlib import Path

import pytest

from echo_analytics.errors import InvalidInput
from echo_analytics.settings import Settings


def test_without_variables_the_defaults_hold() -> None:
    assert Settings.from_environment({}) == Settings()
    settings = Settings.from_environment({})
    assert (settings.pool_min, settings.pool_max) == (2, 20)
    assert (settings.acquire_timeout, settings.pool_idle) == (30, 600)
    assert settings.database_url is None


def test_every_setting_has_a_variable() -> None:
    settings = Settings.from_environment(
        {
            "ECHO_DATABASE_URL": "postgresql://h/db",
            "ECHO_HOME": "/srv/echo",
            "ECHO_CONNECT_TIMEOUT": "1.5",
            "ECHO_ACQUIRE_TIMEOUT": "2",
            "ECHO_STATEMENT_TIMEOUT": "0",
            "ECHO_IDLE_IN_TRANSACTION_TIMEOUT": "4",
            "ECHO_POOL_MIN": "0",
            "ECHO_POOL_MAX": "6",
            "ECHO_POOL_IDLE": "7",
        }
    )
    assert settings == Settings("postgresql://h/db", Path("/srv/echo"), 1.5, 2, 0, 4, 0, 6, 7)


def test_an_empty_variable_counts_as_none() -> None:
    empty = {"ECHO_DATABASE_URL": "", "ECHO_HOME": "", "ECHO_POOL_MAX": ""}
    assert Settings.from_environment(empty) == Settings()


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", "1e9", "1,5"])
@pytest.mark.parametrize("name", ["ECHO_CONNECT_TIMEOUT", "ECHO_POOL_MAX"])
def test_a_number_that_is_none_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        Settings.from_environment({name: text})


def test_a_pool_of_a_fraction_is_refused() -> None:
    with pytest.raises(InvalidInput, match="ECHO_POOL_MIN: needs a whole number"):
        Settings.from_environment({"ECHO_POOL_MIN": "1.5"})


@pytest.mark.parametrize(("least", "most"), [("3", "2"), ("0", "0")])
def test_a_pool_that_cannot_be_is_refused(least: str, most: str) -> None:
    with pytest.raises(InvalidInput, match="ECHO_POOL_MIN"):
        Settings.from_environment({"ECHO_POOL_MIN": least, "ECHO_POOL_MAX": most})


def test_the_repr_shows_no_password() -> None:
    settings = Settings.from_environment({"ECHO_DATABASE_URL": "postgresql://u:s3cr@h/db"})
    assert "s3cr" not in repr(settings)
