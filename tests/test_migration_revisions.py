from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from drizzle_database import (
    CHECKOUT,
    alembic,
    engine,
    fingerprint,
    load,
    public,
    run,
)

from echo_analytics.catalogue import differences
from echo_analytics.migrate import current, head, migrate
from echo_analytics.migration import revisions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def drizzle(create_database: Callable[..., str]) -> dict[str, str]:
    url = create_database()
    load(url)
    return public(url)


def test_alembic_check_finds_nothing_to_do(database_url: str) -> None:
    before = fingerprint(database_url)
    result = alembic(database_url, "check")
    assert result.returncode == 0, result.stderr
    assert "No new upgrade operations detected." in result.stdout
    assert fingerprint(database_url) == before


def test_alembic_check_finds_a_column_that_is_gone(database_url: str) -> None:
    run(database_url, "alter table public.users drop column bio")
    assert "add_column" in alembic(database_url, "check").stdout


def test_alembic_current_and_check_make_nothing_on_an_empty_database(empty_url: str) -> None:
    before = fingerprint(empty_url)
    assert alembic(empty_url, "current").returncode == 0
    assert "not up to date" in alembic(empty_url, "check").stdout
    assert fingerprint(empty_url) == before


def test_alembic_upgrade_and_downgrade_work_from_the_checkout(
    empty_url: str, drizzle: dict[str, str]
) -> None:
    for _ in range(2):
        result = alembic(empty_url, "upgrade", "head")
        assert result.returncode == 0, result.stderr
        assert differences(drizzle, public(empty_url)) == ()
        assert migrate(empty_url).changed is False
        assert alembic(empty_url, "downgrade", "base").returncode == 0
        assert public(empty_url) == {}


def test_alembic_takes_a_url_or_a_connection_from_its_configuration(
    create_database: Callable[..., str], drizzle: dict[str, str]
) -> None:
    by_url, by_connection = create_database(), create_database()
    config = Config()
    config.set_main_option("script_location", str(CHECKOUT / "migrations"))
    config.set_main_option("sqlalchemy.url", by_url.replace("%", "%%"))
    command.upgrade(config, "head")
    with engine(by_connection).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    for url in (by_url, by_connection):
        assert differences(drizzle, public(url)) == ()
        assert current(url) == head()


def test_alembic_says_which_variable_is_missing() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "ECHO_DATABASE_URL"}
    result = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "ECHO_DATABASE_URL" in result.stdout


def test_revisions_have_descriptive_names() -> None:
    names = [path.stem for path in sorted((CHECKOUT / "migrations" / "versions").glob("*.py"))]
    assert names == [
        "0001_base_tables",
        "0002_user_preferences_roles_and_categories",
        "0003_post_status",
        "0004_indexes",
        "0005_analytics_schema",
        "0006_report_runs",
    ]
    assert [name[:4] for name in names] == list(revisions.titles())


def test_the_revisions_within_the_package_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert revisions.folder() == CHECKOUT / "migrations"
    (tmp_path / "_migrations").mkdir()
    monkeypatch.setattr(revisions, "__file__", str(tmp_path / "migration" / "revisions.py"))
    assert revisions.folder() == tmp_path / "_migrations"


def test_a_folder_with_a_percent_sign_works(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "100% ours"
    folder.symlink_to(CHECKOUT / "migrations")
    monkeypatch.setattr(revisions, "folder", lambda: folder)
    assert migrate(empty_url).changed
