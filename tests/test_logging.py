"""The log: silent unless asked for, an event for each write and job, and no value in any record."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from posts_files import post, write
from reading_roles import new_name, removed

import echo_analytics as echo
from echo_analytics import migrate
from echo_analytics.cli import main
from echo_analytics.models import (
    CategoryChanges,
    NewCategory,
    NewPost,
    NewUser,
    PostChanges,
    UserChanges,
)
from echo_analytics.repositories import UserRepository
from echo_analytics.transactions import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    Database = echo.Database[pa.Table]

ROOT = Path(__file__).parent.parent
SECRET = "s3cr3t" + "v4lu3"
PASSWORD = "p4ssw0rd" + "0f0urs"
ADA = NewUser(email=f"{SECRET}@example.org", name=SECRET, bio=SECRET)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    url = sa.make_url(database_url).set(password=PASSWORD).render_as_string(hide_password=False)
    with echo.connect(url, frame="arrow") as database:
        yield database


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[str], list[logging.LogRecord]]]:
    """What a logger of the package has said since the last time that was asked."""
    with caplog.at_level(logging.INFO, "echo_analytics"):

        def since(name: str) -> list[logging.LogRecord]:
            found = [each for each in caplog.records if each.name == f"echo_analytics.{name}"]
            caplog.clear()
            return found

        yield since


def said(records: list[logging.LogRecord]) -> list[str]:
    return [record.getMessage() for record in records]


def test_nothing_is_said_unless_somebody_wants_to_hear(database_url: str) -> None:
    script = f"""
import logging
import echo_analytics as echo
from echo_analytics.models import NewUser, NewPost
with echo.connect({database_url!r}) as db:
    made = db.post_service.create_post_with_author(
        NewUser(email="a@b", name="A"), NewPost(title="T", content="c"))
    try:
        db.post_service.create_post_with_author(
            NewUser(email="a@b", name="A"), NewPost(title="T", content="c"))
    except echo.UniqueConstraintViolation:
        logging.getLogger("echo_analytics.services").warning("heard by nobody")
    db.users.delete(made.user.id)
"""
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "")


def one_write(records: list[logging.LogRecord], *ids: UUID) -> None:
    """There is one event, and it names these rows and how long it took."""
    assert [record.levelname for record in records] == ["INFO"]
    facts = vars(records[0])
    assert facts["ids"] == [str(each) for each in ids]
    assert isinstance(facts["duration_ms"], float)
    assert facts["duration_ms"] > 0
    assert re.search(r" in \d+\.\d ms$", records[0].getMessage())


def test_each_write_of_a_user_is_one_event(
    db: Database, records: Callable[[str], list[logging.LogRecord]]
) -> None:
    ada = db.users.create(ADA)
    one_write(records("repositories"), ada.id)
    several = db.users.create_many([NewUser(email=f"{n}@x", name="X") for n in range(3)])
    one_write(records("repositories"), *(each.id for each in several))
    db.users.update(ada.id, UserChanges(name=SECRET))
    one_write(records("repositories"), ada.id)
    for name in ("X", "Y"):
        upserted = db.users.upsert(NewUser(email="new@x", name=name)).item
        one_write(records("repositories"), upserted.id)
    db.users.delete(ada.id)
    one_write(records("repositories"), ada.id)


def test_each_write_of_a_post_or_a_category_is_one_event(
    db: Database, records: Callable[[str], list[logging.LogRecord]]
) -> None:
    category = db.categories.create(NewCategory(name="New", slug="new"))
    one_write(records("repositories"), category.id)
    db.categories.update(category.id, CategoryChanges(name=SECRET))
    one_write(records("repositories"), category.id)
    author = db.users.create(ADA)
    records("repositories")
    made = db.posts.create(NewPost(title=SECRET, content=SECRET, author_id=author.id))
    one_write(records("repositories"), made.id)
    db.posts.update(made.id, PostChanges(title="other"))
    one_write(records("repositories"), made.id)
    db.posts.delete(made.id)
    one_write(records("repositories"), made.id)
    db.categories.delete(category.id)
    one_write(records("repositories"), category.id)


def test_what_writes_nothing_is_no_event(
    db: Database, records: Callable[[str], list[logging.LogRecord]]
) -> None:
    ada = db.users.create(ADA)
    records("repositories")
    db.users.update(ada.id, UserChanges())
    db.users.find_many()
    list(db.users.iterate())
    with pytest.raises(echo.NotFound):
        db.users.delete(UUID(int=0))
    with pytest.raises(echo.UniqueConstraintViolation):
        db.users.create(ADA)
    assert records("repositories") == []


def test_a_transaction_that_is_not_kept_is_told(
    db: Database, records: Callable[[str], list[logging.LogRecord]]
) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as connection:
        UserRepository(connection).create(ADA.model_copy(update={"name": 1 // 0}))
    assert said(records("transactions")) == ["a transaction was rolled back (ZeroDivisionError)"]
    with pytest.raises(echo.DatabaseError), db.transaction() as connection:
        connection.execute(sa.text("select 1 / 0"))
    told = said(records("transactions"))
    assert told == ["a transaction was rolled back (DatabaseError, SQLSTATE 22012)"]
    with db.transaction() as connection:
        UserRepository(connection).create(ADA)
    assert said(records("transactions")) == []


SERVICES: dict[str, tuple[Callable[[Database, UUID], object], str, str]] = {
    "publish": (
        lambda db, key: db.post_service.publish(key),
        "publishing post",
        "post published",
    ),
    "unpublish": (
        lambda db, key: db.post_service.unpublish(str(key)),
        "unpublishing post",
        "post unpublished",
    ),
    "archive": (
        lambda db, key: db.post_service.archive(key),
        "archiving post",
        "post archived",
    ),
    "move": (
        lambda db, key: db.post_service.move_to_category(key, None),
        "moving post to category",
        "post moved to category",
    ),
}


@pytest.mark.parametrize(("service", "what", "landed"), SERVICES.values(), ids=SERVICES)
def test_each_service_takes_off_and_lands_or_turns_back(
    db: Database,
    records: Callable[[str], list[logging.LogRecord]],
    service: Callable[[Database, UUID], object],
    what: str,
    landed: str,
) -> None:
    made = db.post_service.create_post_with_author(ADA, NewPost(title="T", content="c"))
    records("services")
    service(db, made.post.id)
    told = records("services")
    assert said(told) == [f"🛫 Taking off: {what}", f"🛬 Landing: {landed}"]
    assert [vars(record)["post_id"] for record in told] == [str(made.post.id)] * 2
    assert vars(told[1])["duration_ms"] > 0
    with pytest.raises(echo.NotFound):
        service(db, UUID(int=0))
    assert said(records("services")) == [
        f"🛫 Taking off: {what}",
        f"Turned back: {what} (NotFound)",
    ]


def test_an_import_takes_off_and_lands_with_its_counts(
    db: Database, records: Callable[[str], list[logging.LogRecord]], tmp_path: Path
) -> None:
    file = write(tmp_path / "posts.csv", [post(1), post(2)])
    echo.import_posts(db, file)
    told = records("ingest")
    assert said(told)[0] == f"🛫 Taking off: import of {file}"
    assert said(told)[1].startswith(f"🛬 Landing: import of {file}: 2 rows: 2 posts created")
    facts = vars(told[1])
    assert (facts["rows"], facts["posts_created"], facts["users_created"]) == (2, 2, 2)
    assert facts["duration_ms"] > 0
    bad = write(tmp_path / "bad.csv", [post(1, title="")])
    with pytest.raises(echo.InvalidInput):
        echo.import_posts(db, bad)
    assert said(records("ingest"))[-1] == f"Turned back: import of {bad} (ImportRejected)"


def test_a_migration_takes_off_and_lands(
    empty_url: str, records: Callable[[str], list[logging.LogRecord]]
) -> None:
    migrate.migrate(empty_url, check=True)
    assert records("migrate") == []
    report = migrate.migrate(empty_url)
    told = records("migrate")
    assert said(told) == [
        "🛫 Taking off: migration",
        f"🛬 Landing: migration from None to {report.to_revision}",
    ]
    assert vars(told[1])["revision"] == report.to_revision
    migrate.migrate(empty_url)
    assert said(records("migrate"))[-1] == "🛬 Landing: migration: nothing to do"
    migrate.downgrade(empty_url)
    assert said(records("migrate")) == [
        "🛫 Taking off: downgrade",
        "🛬 Landing: downgrade to None",
    ]
    with pytest.raises(echo.ConnectionFailed):
        migrate.migrate("postgresql://127.0.0.1:1/none")
    assert said(records("migrate"))[-1] == "Turned back: migration (ConnectionFailed)"


def test_demo_data_rollups_and_the_role_for_reading_take_off_and_land(
    db: Database, database_url: str, records: Callable[[str], list[logging.LogRecord]]
) -> None:
    name = new_name()
    echo.load_demo(db, 20)
    assert said(records("demo"))[-1] == "🛬 Landing: 20 posts of the demo loaded"
    echo.load_demo(db, 20)
    assert said(records("demo")) == [
        "🛫 Taking off: loading the demo data",
        "🛬 Landing: the demo data were there already",
    ]
    db.rollups.enable("Europe/Berlin")
    db.rollups.refresh()
    db.rollups.disable()
    with pytest.raises(echo.NotSupported):
        db.rollups.refresh()
    assert said(records("rollups")) == [
        "🛫 Taking off: enabling rollups of Europe/Berlin",
        "🛬 Landing: rollups of Europe/Berlin enabled",
        "🛫 Taking off: refresh of rollups",
        "🛬 Landing: refresh of rollups",
        "🛫 Taking off: disabling rollups of every zone",
        "🛬 Landing: rollups of every zone disabled",
        "🛫 Taking off: refresh of rollups",
        "Turned back: refresh of rollups (NotSupported)",
    ]
    with removed(database_url, name):
        echo.create_reader_role(db, name, password=PASSWORD)
    assert said(records("reader_role")) == [
        f"🛫 Taking off: making the role {name}",
        f"🛬 Landing: role {name} for reading made",
    ]


def test_a_backfill_takes_off_and_lands(
    db: Database, records: Callable[[str], list[logging.LogRecord]]
) -> None:
    echo.backfill_preferences(db)
    told = said(records("backfill"))
    assert [line.partition(": ")[0] for line in told] == ["🛫 Taking off", "🛬 Landing"]


def do_everything(db: Database, url: str, folder: Path) -> None:
    """Every write and job, with values that nobody may hear of, some of them wrong."""
    made = db.post_service.create_post_with_author(ADA, NewPost(title=SECRET, content=SECRET))
    db.post_service.archive(made.post.id)
    wrong: list[Callable[[], object]] = [
        lambda: db.post_service.create_post_with_author(ADA, NewPost(title=SECRET, content="")),
        lambda: db.post_service.archive(SECRET),
        lambda: db.post_service.move_to_category(made.post.id, UUID(int=0)),
        lambda: db.users.create(ADA),
        lambda: echo.import_posts(db, write(folder / "bad.csv", [post(1, created_at=SECRET)])),
        lambda: db.rollups.enable(SECRET),
        lambda: echo.create_reader_role(db, f"pg_{SECRET}"),
        lambda: echo.create_reader_role(db, password=f"{SECRET}\0"),
        lambda: echo.load_demo(db, 10),
        lambda: echo.search_posts(db, SECRET * 1_000, limit=0),
        lambda: migrate.downgrade(db.engine, SECRET),
    ]
    for call in wrong:
        with pytest.raises(echo.EchoError):
            call()
    rows = [post(n, title=SECRET, author_email=f"{n}{SECRET}@x", category=SECRET) for n in (1, 2)]
    echo.import_posts(
        db, write(folder / "posts.csv", [*rows, post(3, title=f"{SECRET}\x01\x00")][:2])
    )
    mixed = write(folder / "mixed.csv", [*rows, post(4, created_at=SECRET)])
    echo.import_posts(db, mixed, skip_bad_rows=True)
    echo.bulk_create(db, users=[NewUser(email=f"bulk{SECRET}@x", name=SECRET)])
    echo.backfill_preferences(db)
    db.rollups.enable()
    db.rollups.refresh(full=True)
    for analysis in (echo.user_stats, echo.posts):
        assert SECRET in str(analysis(db).to_pylist())
    assert echo.search_posts(db, SECRET).num_rows == 2
    with db.transaction() as connection:
        assert connection.scalar(sa.text("select name from public.users limit 1"))
    name = new_name()
    with removed(url, name):
        echo.create_reader_role(db, name, password=PASSWORD)
    db.health()
    migrate.migrate(db.engine)
    migrate.downgrade(db.engine)


def test_no_record_of_any_logger_holds_a_value_or_a_password(
    db: Database, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "sqlalchemy"):
        do_everything(db, database_url, tmp_path)
    assert {"echo_analytics.services", "echo_analytics.ingest"} <= {
        record.name for record in caplog.records
    }
    assert any(record.name.startswith("sqlalchemy.engine") for record in caplog.records)
    for record in caplog.records:
        told = f"{record.getMessage()} {vars(record)} {record.exc_text}"
        assert SECRET not in told, record.name
        assert PASSWORD not in told, record.name


def test_a_transaction_that_is_run_again_is_a_warning(
    db: Database, records: Callable[[str], list[logging.LogRecord]]
) -> None:
    left = [echo.DatabaseError("no", "40001"), None]

    def work(_: sa.Connection) -> None:
        if problem := left.pop(0):
            raise problem

    run(db.transaction, work, 2)
    assert said(records("transactions")) == [
        "a transaction was rolled back (DatabaseError, SQLSTATE 40001)",
        "a transaction is run again (40001): 2 of 2",
    ]


def test_verbose_says_on_standard_error_what_a_command_writes(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = logging.getLogger("echo_analytics")
    before, level = list(logger.handlers), logger.level
    file = str(write(tmp_path / "posts.csv", [post(1)]))
    spoken = {}
    for options in ((), ("-v",)):
        arguments = [*options, "import", file, "--database", database_url]
        monkeypatch.setattr(sys, "argv", ["echo-analytics", *arguments])
        with pytest.raises(SystemExit, match="0"):
            main()
        spoken[options] = capsys.readouterr()
    for handler in set(logger.handlers) - set(before):
        logger.removeHandler(handler)
    logger.setLevel(level)
    assert "Taking off" not in spoken[()].err + spoken[()].out
    assert f"INFO echo_analytics.ingest: 🛫 Taking off: import of {file}" in spoken[("-v",)].err
    assert "Taking off" not in spoken[("-v",)].out


def test_the_guide_names_every_logger_that_speaks_at_info() -> None:
    guide = (ROOT / "docs" / "logging.md").read_text()
    named = set(re.findall(r"^\| `(echo_analytics\.\w+)` \|", guide, re.MULTILINE))
    sources = "".join(path.read_text() for path in (ROOT / "echo_analytics").rglob("*.py"))
    made = re.findall(r'\nlogger = logging\.getLogger\("(echo_analytics\.\w+)"\)', sources)
    assert set(made) == named


def test_the_code_in_the_guide_runs() -> None:
    guide = (ROOT / "docs" / "logging.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    logger = logging.getLogger("echo_analytics")
    level, handlers = logger.level, list(logging.getLogger().handlers)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "logging.md", "exec"), names)  # noqa: S102 - it is our own text
    assert logger.isEnabledFor(logging.INFO)
    logger.setLevel(level)
    for handler in set(logging.getLogger().handlers) - set(handlers):
        logging.getLogger().removeHandler(handler)
