from __future__ import annotations

import os
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import certifi
import fake_servers
import pytest
from psycopg.conninfo import conninfo_to_dict

from echo_analytics.arrow import Statement
from echo_analytics.engine import Writers
from echo_analytics.errors import ConnectionFailed
from echo_analytics.readers import Readers
from echo_analytics.settings import Settings
from echo_analytics.target import Target, ca_file, connection_failed, is_local, target, within

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "s3cr@t/ w?rd%"
SETTINGS = Settings(connect_timeout=2.0, acquire_timeout=5.0)
MARGIN = 3.0


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PG"):
            monkeypatch.delenv(name)


def parameters(url: str) -> dict[str, str]:
    return dict(target(url, Settings()).parameters)


def read(where: Target, settings: Settings) -> None:
    readers = Readers(where, settings)
    try:
        readers.fetch(Statement("SELECT 1::bigint AS one", ()))
    finally:
        readers.close()


def write(where: Target, settings: Settings) -> None:
    writers = Writers(where, settings)
    try:
        writers.engine.connect().close()
    finally:
        writers.close()


def everything_said(error: BaseException) -> str:
    """The texts of an error and of all that led to it, with the trace."""
    said = [*traceback.format_exception(error)]
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        said += [str(one), repr(one), repr(one.args), repr(vars(one))]
        waiting += [one.__cause__, one.__context__]
    return "\n".join(said)


def assert_no_secret(text: str) -> None:
    for spelling in (SECRET, quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET)):
        assert spelling not in text
    for part in ("s3cr", "w?rd", "w%3Frd"):
        assert part not in text


both_ways = pytest.mark.parametrize("use", [read, write], ids=["reading", "writing"])


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:s3cr@h/db",
        "sqlite:///s3cr.db",
        "s3cr",
        "",
        "postgresql://u:s3cr%zz@h/db",
        "postgresql://u:s3cr%@h/db",
        "postgresql://u:s3cr%00@h/db",
        "postgresql://u:w?rd@s3cr@h/db",
        "postgresql://u:pass@s3cr@h/db",
        "postgresql://u:s3cr/pass@h/db",
        "postgresql://u:1234/s3cr@h/db",
        "postgresql://u:s3cr%40h/db",
        "postgresql://h:s3cr/db",
        "postgresql://h:-1/db",
        "postgresql://h:1,i:s3cr/db",
        "postgresql://h/db?password=s3cr&nonsense=1",
        "postgresql://h/db?s3cr",
        "postgresql://u:s3cr@h/db?connect_timeout=soon",
        "postgresql://u:s3cr@h/db?sslrootcert=system&sslmode=require",
        "postgresql://u:s3cr@h/db\0",
        "postgresql://u:s3cr\ud800@h/db",
        "host=h password='s3cr",
        "host=h s3cr",
        "postgresql://u:12?s3cr@h/db/x@y",
    ],
)
def test_a_wrong_url_is_refused_without_repeating_any_part_of_it(url: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        target(url, Settings())
    error = caught.value
    said = f"{error}{error!r}{error.args}{error.__cause__}{error.__context__}"
    assert "s3cr" not in said
    assert "w?rd" not in said
    assert "URL" in str(error)


@pytest.mark.parametrize("url", [None, 5, b"postgresql://h/db", Path("db")])
def test_a_url_that_is_no_string_is_refused(url: object) -> None:
    with pytest.raises(ConnectionFailed, match="must be a string"):
        target(url, Settings())  # type: ignore[arg-type]  # the check is about that


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:pw@localhost:5433/db",
        "postgres://u:pw@localhost:5433/db",
        "postgresql+psycopg://u:pw@localhost:5433/db",
        "POSTGRESQL://u:pw@localhost:5433/db",
        "host=localhost port=5433 user=u password=pw dbname=db",
        "  postgresql://u:pw@localhost:5433/db\n",
    ],
)
def test_every_spelling_of_a_url_means_the_same(url: str) -> None:
    found = parameters(url)
    wanted = {"user": "u", "password": "pw", "host": "localhost", "port": "5433", "dbname": "db"}
    assert {name: found[name] for name in wanted} == wanted
    assert "sslmode" not in found


def test_a_password_with_every_special_character_arrives() -> None:
    url = f"postgresql://u:{quote(SECRET, safe='')}@localhost/db"
    assert conninfo_to_dict(target(url, Settings()).conninfo)["password"] == SECRET
    assert (
        conninfo_to_dict(target("host=h password=a://b+c@d", Settings()).conninfo)["password"]
        == "a://b+c@d"
    )


def test_neither_the_repr_nor_the_name_of_a_target_shows_the_password() -> None:
    where = target(f"postgresql://u:{quote(SECRET, safe='')}@db.example:1/db", Settings())
    assert_no_secret(f"{where!r}{where}{where.where}")
    assert where.where == "db.example port 1, database db"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("postgresql://", True),
        ("postgresql:///db", True),
        ("postgresql:///db?host=/run/postgresql", True),
        ("postgresql://%2Frun%2Fpostgresql/db", True),
        ("postgresql:///db?host=@abstract", True),
        ("postgresql://localhost/db", True),
        ("postgresql://127.0.0.1/db", True),
        ("postgresql://127.8.9.1/db", True),
        ("postgresql://[::1]/db", True),
        ("host=::1", True),
        ("postgresql://localhost,127.0.0.1/db", True),
        ("postgresql://127.0.0.1.example/db", False),
        ("postgresql://127.1/db", False),
        ("postgresql://localhost.example/db", False),
        ("postgresql://128.0.0.1/db", False),
        ("postgresql://[::2]/db", False),
        ("postgresql://localhost,db.example/db", False),
        ("postgresql:///db?host=/run/postgresql,db.example", False),
        ("host=localhost hostaddr=10.0.0.1", False),
        ("host=db.example hostaddr=127.0.0.1", True),
        ("hostaddr=10.0.0.1", False),
        ("service=reports", False),
    ],
)
def test_only_hosts_of_this_machine_go_without_tls(url: str, local: bool) -> None:
    found = parameters(url)
    assert is_local(found) is local
    assert ("sslmode" not in found) is local
    assert (found.get("sslrootcert") is None) is local


def test_without_a_host_the_socket_that_exists_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".s.PGSQL.5432").touch()
    monkeypatch.setattr("echo_analytics.target._SOCKET_FOLDERS", ("/no/such/folder", str(tmp_path)))
    assert parameters("postgresql:///db")["host"] == str(tmp_path)


@pytest.mark.parametrize("variable", ["PGHOST", "PGHOSTADDR"])
@pytest.mark.parametrize(("host", "local"), [("10.1.2.3", False), ("127.0.0.1", True)])
def test_the_host_of_the_environment_counts(
    variable: str, host: str, local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, host)
    assert ("sslmode" not in parameters("postgresql:///db")) is local
    assert host in target("postgresql:///db", Settings()).where


def test_a_service_of_the_environment_counts_as_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGSERVICE", "reports")
    assert parameters("postgresql:///db")["sslmode"] == "verify-full"
    assert "sslmode" not in parameters("postgresql://localhost/db")


def test_without_a_host_both_drivers_are_sent_to_the_same_server() -> None:
    assert parameters("postgresql:///db?port=59999")["host"] == "localhost"


@pytest.mark.parametrize("mode", ["disable", "prefer", "require"])
def test_a_weaker_sslmode_of_the_url_is_respected(mode: str) -> None:
    found = parameters(f"postgresql://db.example/db?sslmode={mode}")
    assert found["sslmode"] == mode
    assert "sslrootcert" not in found


def test_the_ca_file_of_the_url_wins() -> None:
    found = parameters("postgresql://db.example/db?sslrootcert=/my/ca.pem")
    assert (found["sslmode"], found["sslrootcert"]) == ("verify-full", "/my/ca.pem")


def test_the_systems_authorities_are_one_file_for_both_drivers() -> None:
    found = parameters("postgresql://db.example/db?sslrootcert=system")
    assert (found["sslmode"], found["sslrootcert"]) == ("verify-full", ca_file())
    assert Path(ca_file()).read_bytes().count(b"BEGIN CERTIFICATE") > 50


def test_without_a_bundle_of_the_system_certifis_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _: False)
    assert ca_file() == certifi.where()


def test_the_name_and_timeouts_of_the_url_win() -> None:
    assert parameters("postgresql:///db")["application_name"] == "echo_analytics"
    assert parameters("postgresql:///db")["connect_timeout"] == "10"
    found = parameters("postgresql:///db?application_name=me&connect_timeout=3")
    assert (found["application_name"], found["connect_timeout"]) == ("me", "3")
    assert target("postgresql:///db?connect_timeout=0", Settings()).seconds is None


def test_several_hosts_share_the_time() -> None:
    where = target("postgresql://a,b/db", Settings(connect_timeout=10))
    assert where.parameters["connect_timeout"] == "5"
    assert where.seconds == 10


@both_ways
@pytest.mark.parametrize("server", ["silent", "full", "closed", "refusing_tls", "wrong_password"])
def test_a_server_that_fails_is_reported_within_the_timeout_and_without_the_password(
    server: str, use: Callable[[Target, Settings], None]
) -> None:
    tls = "?sslmode=require" if server == "refusing_tls" else ""
    with getattr(fake_servers, server)() as port:
        host = f"127.0.0.1:{port}"
        where = target(f"postgresql://u:{quote(SECRET, safe='')}@{host}/d{tls}", SETTINGS)
        began = time.monotonic()
        with pytest.raises(ConnectionFailed) as caught:
            use(where, SETTINGS)
        took = time.monotonic() - began
    assert took < SETTINGS.connect_timeout + MARGIN
    assert f"127.0.0.1 port {port}, database d" in str(caught.value)
    assert "Check that" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert_no_secret(everything_said(caught.value))


@both_ways
def test_all_addresses_together_get_no_more_than_the_timeout(
    use: Callable[[Target, Settings], None],
) -> None:
    with fake_servers.silent() as port:
        hosts = ",".join([f"127.0.0.1:{port}"] * 6)
        began = time.monotonic()
        with pytest.raises(ConnectionFailed):
            use(target(f"postgresql://u@{hosts}/d", SETTINGS), SETTINGS)
        assert time.monotonic() - began < SETTINGS.connect_timeout + MARGIN


@both_ways
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://u:s3cr@nowhere.invalid/d", "nowhere.invalid"),
        ("postgresql://u:s3cr@/d?host=/no/such/folder", "No such file"),
        ("postgresql://u:s3cr@127.0.0.1:99999/d", "99999"),
        ("postgresql://u:s3cr@127.0.0.1/d?sslmode=nonsense", "sslmode"),
    ],
)
def test_a_place_that_does_not_exist_is_named(
    url: str, reason: str, use: Callable[[Target, Settings], None]
) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        use(target(url, SETTINGS), SETTINGS)
    assert reason in str(caught.value)
    assert "s3cr" not in everything_said(caught.value)


@both_ways
@pytest.mark.parametrize(("part", "name"), [("dbname", "no_such_db"), ("user", "no_such_role")])
def test_a_missing_database_or_role_is_named(
    part: str, name: str, use: Callable[[Target, Settings], None], server_url: str
) -> None:
    where = target(server_url, SETTINGS)
    changed = {**where.parameters, part: name, "password": "s3cr"}
    with pytest.raises(ConnectionFailed, match=name) as caught:
        use(Target(changed, where.seconds), SETTINGS)
    assert "s3cr" not in everything_said(caught.value)


def test_a_connection_that_comes_too_late_is_closed() -> None:
    late, closed = threading.Event(), threading.Event()

    class Connection:
        def close(self) -> None:
            closed.set()

    def connect() -> Connection:
        late.wait(10)
        return Connection()

    with pytest.raises(ConnectionFailed, match=r"within 0\.1 s"):
        within(Target({"host": "h"}, 0.1), connect)
    late.set()
    assert closed.wait(10)


def test_a_password_in_the_drivers_words_is_masked_in_every_spelling() -> None:
    where = Target({"host": "h", "password": SECRET})
    said = f"cannot read {SECRET} or {quote(SECRET, safe='')} or {quote_plus(SECRET)}"
    assert_no_secret(str(connection_failed(where, said)))
