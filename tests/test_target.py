"""What a URL means, and what of it is refused."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import certifi
import pytest
from psycopg.conninfo import conninfo_to_dict
from said_of_failures import SECRET, assert_no_secret

from echo_analytics.errors import ConnectionFailed
from echo_analytics.settings import Settings
from echo_analytics.target import ca_file, is_local, target

SETTINGS = Settings(connect_timeout=2.0, acquire_timeout=5.0)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PG"):
            monkeypatch.delenv(name)


def parameters(url: str) -> dict[str, str]:
    return dict(target(url, Settings()).parameters)


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
