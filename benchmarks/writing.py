"""The write side beside the alternatives: one process, one connection each, interleaved.

    python -m benchmarks.writing --runs 300

Every call is a transaction of its own, on a database of demo data. Prints the median of each in
milliseconds, and its ratio to ours. advanced-alchemy joins in where it is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import tempfile
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import orm

import echo_analytics as echo
from benchmarks.database import started
from benchmarks.result import Effort, Result, milliseconds, show
from echo_analytics import schema
from echo_analytics.demo import load_demo
from echo_analytics.migrate import migrate
from echo_analytics.models import NewPost, NewUser, UserChanges
from echo_analytics.repositories import UserRepository
from echo_analytics.services import PostService

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator

OPERATIONS = ("create", "find_by_id", "find_many(10)", "update", "create_post_with_author")

_numbers = itertools.count()


class Base(orm.DeclarativeBase):
    """The ORM's classes stand on the tables of the package."""

    metadata = schema.metadata


class User(Base):
    """A user, as the ORM has them."""

    __table__ = schema.users


class Post(Base):
    """A post, as the ORM has them."""

    __table__ = schema.posts


def email() -> str:
    """Return an address that nobody has yet."""
    return f"someone.{next(_numbers)}@example.org"


class Plain:
    """The statements as one would write them for psycopg."""

    def __init__(self, url: str, user: uuid.UUID) -> None:
        self.connection = psycopg.connect(url)
        self.user = user

    def _run(self, *statements: tuple[str, tuple[object, ...]]) -> list[tuple[Any, ...]]:
        with self.connection.transaction():
            rows: list[tuple[Any, ...]] = []
            for text, values in statements:
                rows = self.connection.execute(text, values).fetchall()
            return rows

    def calls(self) -> dict[str, Callable[[], object]]:
        """Return each operation."""
        return {
            "create": lambda: self._run(
                ("INSERT INTO users (email, name) VALUES (%s, %s) RETURNING *", (email(), "A"))
            ),
            "find_by_id": lambda: self._run(("SELECT * FROM users WHERE id = %s", (self.user,))),
            "find_many(10)": lambda: self._run(
                ("SELECT count(*) FROM users", ()),
                ("SELECT * FROM users ORDER BY created_at DESC, id DESC LIMIT 10", ()),
            ),
            "update": lambda: self._run(
                (
                    "UPDATE users SET name = %s, updated_at = now() WHERE id = %s RETURNING *",
                    ("B", self.user),
                )
            ),
            "create_post_with_author": self._create_post_with_author,
        }

    def _create_post_with_author(self) -> None:
        with self.connection.transaction():
            row = self.connection.execute(
                "INSERT INTO users (email, name) VALUES (%s, %s) RETURNING *", (email(), "A")
            ).fetchone()
            assert row is not None
            self.connection.execute(
                "INSERT INTO posts (title, content, author_id) VALUES (%s, %s, %s) RETURNING *",
                ("Title", "Content", row[0]),
            ).fetchall()


class Ours:
    """Repositories and services over one connection, a transaction a call."""

    def __init__(self, url: str, user: uuid.UUID) -> None:
        self.database = echo.connect(url)
        self.connection = self.database.engine.connect()
        self.users = UserRepository(self.connection)
        self.service = PostService(self.connection)
        self.user = user

    def calls(self) -> dict[str, Callable[[], object]]:
        """Return each operation."""
        calls: dict[str, Callable[[], object]] = {
            "create": lambda: self.users.create(NewUser(email=email(), name="A")),
            "find_by_id": lambda: self.users.find_by_id(self.user),
            "find_many(10)": lambda: self.users.find_many(limit=10),
            "update": lambda: self.users.update(self.user, UserChanges(name="C")),
            "create_post_with_author": lambda: self.service.create_post_with_author(
                NewUser(email=email(), name="A"), NewPost(title="Title", content="Content")
            ),
        }
        return {name: self._in_transaction(call) for name, call in calls.items()}

    def _in_transaction(self, call: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            with self.connection.begin():
                return call()

        return run


class Orm:
    """SQLAlchemy's ORM, a session a call over one connection."""

    def __init__(self, url: str, user: uuid.UUID) -> None:
        engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        self.connection = engine.connect()
        self.user = user

    def calls(self) -> dict[str, Callable[[], object]]:
        """Return each operation."""
        newest = (User.__table__.c.created_at.desc(), User.__table__.c.id.desc())

        def create(session: orm.Session) -> object:
            return self._add(session, User(email=email(), name="A"))

        def find(session: orm.Session) -> object:
            return session.get(User, self.user)

        def find_many(session: orm.Session) -> object:
            session.scalar(sa.select(sa.func.count()).select_from(User))
            return session.scalars(sa.select(User).order_by(*newest).limit(10)).all()

        def update(session: orm.Session) -> object:
            user: Any = session.get(User, self.user)
            user.name = f"D {next(_numbers)}"
            session.flush()
            return user

        def with_author(session: orm.Session) -> object:
            user: Any = self._add(session, User(email=email(), name="A"))
            return self._add(session, Post(title="T", content="C", author_id=user.id))

        works = (create, find, find_many, update, with_author)
        return {name: self._in_session(work) for name, work in zip(OPERATIONS, works, strict=True)}

    def _add(self, session: orm.Session, item: object) -> object:
        session.add(item)
        session.flush()
        session.refresh(item)
        return item

    def _in_session(self, work: Callable[[orm.Session], object]) -> Callable[[], object]:
        def run() -> object:
            with orm.Session(self.connection, expire_on_commit=False) as session, session.begin():
                return work(session)

        return run


class AdvancedAlchemy(Orm):
    """advanced-alchemy's repository, a session a call over one connection."""

    def calls(self) -> dict[str, Callable[[], object]]:
        """Return each operation."""
        from advanced_alchemy.filters import LimitOffset, OrderBy
        from advanced_alchemy.repository import SQLAlchemySyncRepository

        users = type("Users", (SQLAlchemySyncRepository,), {"model_type": User})
        posts = type("Posts", (SQLAlchemySyncRepository,), {"model_type": Post})
        page = (OrderBy("created_at", "desc"), LimitOffset(10, 0))

        def create(session: orm.Session) -> object:
            return users(session=session).add(User(email=email(), name="A"))

        def find(session: orm.Session) -> object:
            return users(session=session).get_one_or_none(id=self.user)

        def find_many(session: orm.Session) -> object:
            return users(session=session).list_and_count(*page)

        def update(session: orm.Session) -> object:
            changed = User(id=self.user, name=f"E {next(_numbers)}")
            return users(session=session).update(changed)

        def with_author(session: orm.Session) -> object:
            user = users(session=session).add(User(email=email(), name="A"))
            return posts(session=session).add(Post(title="T", content="C", author_id=user.id))

        works = (create, find, find_many, update, with_author)
        return {name: self._in_session(work) for name, work in zip(OPERATIONS, works, strict=True)}


@contextlib.contextmanager
def ways(url: str, user: uuid.UUID) -> Iterator[dict[str, dict[str, Callable[[], object]]]]:
    """Give what is compared; ours comes first."""
    compared: dict[str, Any] = {
        "echo_analytics": Ours(url, user),
        "psycopg": Plain(url, user),
        "SQLAlchemy ORM": Orm(url, user),
    }
    if find_spec("advanced_alchemy"):  # it comes with the extra `bench`
        compared["advanced-alchemy"] = AdvancedAlchemy(url, user)
    try:
        yield {name: way.calls() for name, way in compared.items()}
    finally:
        for way in compared.values():
            way.connection.close()
            if isinstance(way, Orm):
                way.connection.engine.dispose()
        compared["echo_analytics"].database.close()


def results(runs: int = 300, seconds: float = 30.0) -> Iterator[Result]:
    """Compare each operation, on a server that is made for it."""
    with tempfile.TemporaryDirectory(prefix="echo-bench-") as home, started(home) as server:
        url = server.url()
        migrate(url)
        with echo.connect(url) as db:
            load_demo(db, 5_000)
            user = db.users.create(NewUser(email=email(), name="Someone")).id
        with ways(url, user) as all_ways:
            for operation in OPERATIONS:
                calls = {way: calls[operation] for way, calls in all_ways.items()}
                yield Result(operation, milliseconds(calls, Effort(runs, seconds)))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    show(results(parser.parse_args().runs))


if __name__ == "__main__":
    main()
