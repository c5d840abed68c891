"""Other backfills than that of preferences, and the command."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import sqlalchemy as sa
from users_to_fill import add, connect, filled, rows, run

import echo_analytics as echo
from echo_analytics.backfill import Backfill, run_backfill, work
from echo_analytics.cli import main
from echo_analytics.schema import categories, metadata, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from echo_analytics.database import Database

T = TypeVar("T")

GUIDE = Path(__file__).parent.parent / "docs" / "backfills.md"


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pd.DataFrame]]:
    with echo.connect(database_url) as database:
        yield database


def test_the_guide_shows_a_backfill_of_twenty_lines_that_works(
    db: Database[pd.DataFrame], database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add(database_url, ["42"])
    run(
        database_url,
        "INSERT INTO public.posts (title, content, author_id) SELECT 'A', '', id FROM public.users,"
        " generate_series(1, 5)",
    )
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(block.splitlines()) <= 20
    exec(compile(block, "backfills.md", "exec"), {"db": db})  # noqa: S102 - it is our own text
    assert "5 would be updated" in capsys.readouterr().out
    query = "SELECT count(*) FROM public.posts JOIN public.categories c ON c.id = category_id"
    assert rows(database_url, f"{query} WHERE slug = 'general'") == [(5,)]


def test_values_may_be_expressions_over_the_row(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None] * 3)
    run(database_url, "UPDATE public.users SET bio = 'kept' WHERE email = 'user2@example.org'")
    biographies = Backfill(
        "biographies", users, users.c.bio.is_(None), {"bio": "I am " + users.c.email}
    )
    assert run_backfill(db, biographies, batch_size=2).updated == 2
    found = rows(database_url, "SELECT bio FROM public.users ORDER BY id")
    assert found == [("I am user1@example.org",), ("kept",), ("I am user3@example.org",)]


def test_a_table_without_updated_at_needs_none(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    run(database_url, "UPDATE public.categories SET description = NULL")
    missing = categories.c.description.is_(None)
    report = run_backfill(db, Backfill("descriptions", categories, missing, {"description": "-"}))
    assert report.updated == report.matched > 0
    assert run_backfill(db, Backfill("d", categories, missing, {"description": "-"})).matched == 0


def test_updated_at_stays_where_it_is_named(db: Database[pd.DataFrame], database_url: str) -> None:
    add(database_url, [None])
    run(database_url, "UPDATE public.users SET updated_at = '2020-01-01'")
    values = {"bio": "", "updated_at": users.c.updated_at}
    assert run_backfill(db, Backfill("b", users, users.c.bio.is_(None), values)).updated == 1
    found = rows(database_url, "SELECT bio, updated_at::text FROM public.users")
    assert found == [("", "2020-01-01 00:00:00")]


def test_rows_that_a_trigger_keeps_as_they_are_count_as_skipped(
    db: Database[pd.DataFrame], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PAUSES", (0.01,))
    add(database_url, [None] * 3)
    run(
        database_url,
        """
        CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RETURN CASE WHEN NEW.email = 'user2@example.org' THEN NULL ELSE NEW END; END $$;
        CREATE TRIGGER keep BEFORE UPDATE ON public.users
            FOR EACH ROW EXECUTE FUNCTION public.keep()
        """,
    )
    report = echo.backfill_preferences(db)
    assert (report.updated, report.skipped, report.settled_by_others) == (2, 1, 0)


def test_a_condition_that_still_holds_afterwards_does_not_make_it_endless(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None] * 3)
    always = Backfill("always", users, sa.true(), {"bio": "x"})
    report = run_backfill(db, always)
    assert (report.updated, report.skipped) == (3, 0)


def test_a_definition_is_checked_when_it_is_made() -> None:
    pair = sa.Table(
        "pairs",
        sa.MetaData(),
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.Integer, primary_key=True),
    )
    with pytest.raises(echo.InvalidInput, match="table"):
        Backfill("pairs", pair, sa.true(), {"b": 1})
    with pytest.raises(echo.InvalidInput, match="values"):
        Backfill("nothing", users, sa.true(), {})
    with pytest.raises(echo.InvalidInput, match="values"):
        Backfill("unknown", users, sa.true(), {"no_such_column": 1})


def test_every_table_of_the_application_can_have_one() -> None:
    for table in metadata.tables.values():
        name = table.columns[1].name
        assert Backfill("x", table, table.c[name].is_(None), {name: ""}).key.name == "id"


@pytest.mark.parametrize("kept", [True, False])
def test_a_connection_that_is_lost_now_and_then_loses_nothing(
    db: Database[pd.DataFrame], database_url: str, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    monkeypatch.setattr(work, "PAUSE_WITHOUT_SERVER", 0.01)
    add(database_url, [None] * 100)
    calls, real = iter(range(1_000)), db.run

    # Any: what the database is asked to do, and how.
    def unsteady(task: Callable[[sa.Connection], T], **options: Any) -> T:  # noqa: ANN401
        lost = next(calls) % 3 == 1
        if lost and not kept:
            raise echo.ConnectionFailed("lost")
        done = real(task, **options)
        if lost:
            raise echo.OutcomeUnknown("lost")
        return done

    monkeypatch.setattr(db, "run", unsteady)
    report = echo.backfill_preferences(db, batch_size=10, concurrency=2)
    assert filled(database_url) == 100
    assert report.skipped == 0
    assert report.updated + report.settled_by_others == 100
    assert (report.settled_by_others > 0) == kept


def test_a_server_that_stays_away_is_given_up(
    db: Database[pd.DataFrame], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PAUSE_WITHOUT_SERVER", 0.01)
    monkeypatch.setattr(work, "PATIENCE_WITH_SERVER", 0.1)
    add(database_url, [None] * 100)
    calls, real = iter(range(1_000_000)), db.run

    # Any: what the database is asked to do, and how.
    def lost(task: Callable[[sa.Connection], T], **options: Any) -> T:  # noqa: ANN401
        if next(calls) >= 3:
            raise echo.ConnectionFailed("lost")
        return real(task, **options)

    monkeypatch.setattr(db, "run", lost)
    with pytest.raises(echo.ConnectionFailed) as raised:
        echo.backfill_preferences(db, batch_size=10, concurrency=1)
    (note,) = raised.value.__notes__
    assert "20 updated, which stay; run it again" in note
    assert filled(database_url) == 20


@pytest.fixture
def command(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[object, str, str]]:
    """Run the command with some options; return its exit code and what it wrote."""

    def called(*options: str) -> tuple[object, str, str]:
        arguments = ["echo-analytics", "backfill-preferences", "--database", database_url, *options]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return called


def test_the_command_counts_and_then_fills(
    command: Callable[..., tuple[object, str, str]], database_url: str
) -> None:
    add(database_url, [None, "null", "42"])
    code, said, _ = command("--dry-run")
    assert (code, filled(database_url)) == (0, 0)
    assert said == ("user preferences: 3 rows examined, 2 would be updated; nothing was changed\n")
    code, said, _ = command("--batch-size", "1", "--concurrency", "2")
    assert (code, filled(database_url)) == (0, 2)
    assert re.fullmatch(
        r"user preferences: 3 rows examined, 2 without a value: 2 updated, 0 settled by others,"
        r" 0 skipped; 2 batches in \d+\.\d s\n",
        said,
    )


def test_the_command_says_what_is_wrong_with_its_numbers(
    command: Callable[..., tuple[object, str, str]],
) -> None:
    for option in ("--batch-size", "--concurrency"):
        code, _, said = command(option, "0")
        assert code == 2
        assert said.count("\n") == 1


def test_the_command_ends_with_1_while_rows_are_left(
    command: Callable[..., tuple[object, str, str]],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "PAUSES", (0.01,))
    add(database_url, [None, None])
    with connect(database_url) as writer, writer.transaction():
        writer.execute("SELECT FROM public.users WHERE email = 'user1@example.org' FOR UPDATE")
        code, said, _ = command()
    assert code == 1
    assert "1 updated, 0 settled by others, 1 skipped" in said
