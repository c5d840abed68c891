"""Eight threads for a while, all kinds of writes: in the end each one is accounted for."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from echo_analytics import connect
from echo_analytics.errors import Conflict
from echo_analytics.models import NewPost, NewUser, PostChanges, User, UserChanges
from echo_analytics.repositories import PostRepository, UserFilters, UserRepository

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from echo_analytics.database import Database
    from echo_analytics.transactions import IsolationLevel

THREADS = 8
SECONDS = float(os.environ.get("TEST_SECONDS", "8"))
ACCOUNTS, START = 6, 1_000
LEVELS: tuple[IsolationLevel, ...] = ("repeatable read", "serializable")


# Any: no frame is made.
@pytest.fixture
def db(database_url: str) -> Iterator[Database[Any]]:
    with connect(database_url) as database:
        yield database


@dataclass
class Writer:
    """One thread, and what it was told: its own users and posts, and what it did to shared ones."""

    db: Database[Any]
    number: int
    accounts: list[UUID]
    counter: UUID
    users: dict[UUID, User] = field(default_factory=dict)
    posts: dict[UUID, UUID] = field(default_factory=dict)
    balances: Counter[UUID] = field(default_factory=Counter)
    transfers: set[UUID] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)

    def write(self, until: float) -> Writer:
        draw = random.Random(self.number)  # noqa: S311 - no secret depends on it
        deeds = [self.create, self.count, self.count, self.transfer, self.transfer]
        deeds += [self.create_with_post, self.change, self.delete]
        while time.monotonic() < until:
            deed = draw.choice(deeds)
            deed(draw)
            self.done[deed.__name__] += 1
        return self

    def create(self, _: random.Random) -> None:
        user = self.db.users.create(NewUser(email=f"{uuid4()}@example.org", name=self.name))
        self.users[user.id] = user

    def create_with_post(self, _: random.Random) -> None:
        author = NewUser(email=f"{uuid4()}@example.org", name=self.name)
        made = self.db.post_service.create_post_with_author(author, NewPost(title="A", content=""))
        self.users[made.user.id] = made.user
        self.posts[made.post.id] = made.user.id

    def change(self, draw: random.Random) -> None:
        """Change a user of one's own, whom nobody else touches: there can be no conflict."""
        if self.users:
            seen = self.users[draw.choice(list(self.users))]
            changes = UserChanges(bio=str(draw.random()))
            changed = self.db.users.update(seen.id, changes, if_updated_at=seen.updated_at)
            assert changed.updated_at > seen.updated_at
            self.users[seen.id] = changed

    def delete(self, draw: random.Random) -> None:
        if self.users:
            user = self.users.pop(draw.choice(list(self.users)))
            deleted = self.db.users.delete(user.id)
            assert deleted.user == user
            gone = [post for post, author in self.posts.items() if author == user.id]
            assert deleted.posts == len(gone)
            for post in gone:
                del self.posts[post]

    def count(self, _: random.Random) -> None:
        """Add one to a number that everybody counts in, if nobody was faster."""
        seen = self.db.users.get(self.counter)
        changes = UserChanges(bio=str(int(seen.bio or 0) + 1))
        try:
            self.db.users.update(seen.id, changes, if_updated_at=seen.updated_at)
        except Conflict:
            self.done["conflict"] += 1
        else:
            self.done["counted"] += 1

    def transfer(self, draw: random.Random) -> None:
        """Move an amount between two accounts, and keep a record of it as a post."""
        (source, target), amount = draw.sample(self.accounts, 2), draw.randint(1, 9)

        def work(connection: sa.Connection) -> UUID:
            users, posts = UserRepository(connection), PostRepository(connection)
            record = posts.create(NewPost(title=str(amount), content="", author_id=source))
            for account, change in ((source, -amount), (target, amount)):
                balance = int(users.get(account).bio or 0)
                users.update(account, UserChanges(bio=str(balance + change)))
            return posts.update(record.id, PostChanges(status="published")).id

        record = self.db.run(work, isolation_level=draw.choice(LEVELS), attempts=100)
        self.transfers.add(record)
        self.balances.update({source: -amount})
        self.balances.update({target: amount})

    @property
    def name(self) -> str:
        return f"writer {self.number}"


def shared_users(db: Database[Any], number: int, bio: int) -> list[UUID]:
    new = [NewUser(email=f"{uuid4()}@x", name="shared", bio=str(bio)) for _ in range(number)]
    return [user.id for user in db.users.create_many(new)]


def test_every_write_of_eight_threads_is_there_once(
    db: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Those who lost a race try again soon, for more races.
    monkeypatch.setattr("echo_analytics.transactions._LONGEST_PAUSE", 0.1)
    accounts, [counter] = shared_users(db, ACCOUNTS, START), shared_users(db, 1, 0)
    writers = [Writer(db, number, accounts, counter) for number in range(THREADS)]
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda writer: writer.write(until), writers))
    done = sum((writer.done for writer in writers), Counter())

    own = {key: user for writer in writers for key, user in writer.users.items()}
    shared = {user.id: user for user in db.users.iterate(UserFilters(search="shared"))}
    assert {user.id: user for user in db.users.iterate()} == own | shared

    posts = {post.id: post for post in db.posts.iterate()}
    records = {record for writer in writers for record in writer.transfers}
    assert posts.keys() == records | {post for writer in writers for post in writer.posts}
    assert all(posts[record].status == "published" for record in records)

    assert int(shared[counter].bio or 0) == done["counted"]
    for account in accounts:
        wanted = START + sum(writer.balances[account] for writer in writers)
        assert int(shared[account].bio or 0) == wanted
    # What is not done, or meets nobody, proves nothing.
    assert done["conflict"] > 0
    assert min(done[deed] for deed in ("create", "create_with_post", "change", "delete")) > 0
    assert len(records) == done["transfer"] > THREADS
