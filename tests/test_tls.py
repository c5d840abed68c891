from __future__ import annotations

from typing import TYPE_CHECKING

import fake_servers
import pytest
import trustme
from psycopg.conninfo import conninfo_to_dict
from tls_proxy import tls_proxy

from echo_analytics.arrow import Statement
from echo_analytics.engine import Writers
from echo_analytics.errors import ConnectionFailed
from echo_analytics.readers import Readers
from echo_analytics.settings import Settings
from echo_analytics.target import Target, target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SETTINGS = Settings(connect_timeout=10.0, pool_min=1)
ENCRYPTED = "SELECT pid::bigint AS pid FROM pg_stat_activity WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_path(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="module")
def port(authority: trustme.CA, server_url: str) -> Iterator[int]:
    with tls_proxy(server_url, authority.issue_cert("db.example")) as number:
        yield number


@pytest.fixture
def url(port: int, server_url: str) -> Callable[..., str]:
    given = conninfo_to_dict(server_url)

    def build(host: str, **more: object) -> str:
        parameters = {
            "host": host,
            "hostaddr": "127.0.0.1",
            "port": port,
            "user": given.get("user", "postgres"),
            "dbname": given["dbname"],
            **({"password": given["password"]} if "password" in given else {}),
            **more,
        }
        return " ".join(f"{name}={value}" for name, value in parameters.items())

    return build


def read(where: Target) -> int:
    readers = Readers(where, SETTINGS)
    try:
        rows: list[dict[str, int]] = readers.fetch(Statement(ENCRYPTED, ())).to_pylist()
    finally:
        readers.close()
    return rows[0]["pid"]


def write(where: Target) -> int:
    writers = Writers(where, SETTINGS)
    try:
        with writers.engine.connect() as connection:
            return int(connection.exec_driver_sql(ENCRYPTED).scalar_one())
    finally:
        writers.close()


both_ways = pytest.mark.parametrize("use", [read, write], ids=["reading", "writing"])


@both_ways
def test_a_server_whose_certificate_is_trusted_is_used(
    use: Callable[[Target], int], url: Callable[..., str], ca_path: Path
) -> None:
    where = target(url("db.example", sslmode="verify-full", sslrootcert=ca_path), SETTINGS)
    assert use(where) > 0


@both_ways
def test_a_host_that_is_not_local_is_verified_by_default(
    use: Callable[[Target], int],
    url: Callable[..., str],
    ca_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The proxy listens here; only the decision is about elsewhere.
    monkeypatch.setattr("echo_analytics.target.is_local", lambda _: False)
    monkeypatch.setattr("echo_analytics.target.ca_file", lambda: str(ca_path))
    assert use(target(url("db.example"), SETTINGS)) > 0
    with pytest.raises(ConnectionFailed, match="certificate"):
        use(target(url("other.example"), SETTINGS))


@both_ways
def test_an_authority_that_is_not_trusted_is_refused(
    use: Callable[[Target], int], url: Callable[..., str]
) -> None:
    with pytest.raises(ConnectionFailed, match="certificate verify failed"):
        use(target(url("db.example", sslmode="verify-full"), SETTINGS))


@both_ways
def test_another_host_name_is_refused(
    use: Callable[[Target], int], url: Callable[..., str], ca_path: Path
) -> None:
    where = target(url("other.example", sslmode="verify-full", sslrootcert=ca_path), SETTINGS)
    with pytest.raises(ConnectionFailed, match="does not match host name"):
        use(where)


@both_ways
def test_a_url_may_ask_for_tls_without_verification(
    use: Callable[[Target], int], url: Callable[..., str]
) -> None:
    assert use(target(url("other.example", sslmode="require"), SETTINGS)) > 0


@both_ways
def test_a_server_without_tls_is_refused_where_tls_is_wanted(
    use: Callable[[Target], int], url: Callable[..., str]
) -> None:
    with fake_servers.refusing_tls() as port:
        where = target(url("db.example", port=port, sslmode="verify-full"), SETTINGS)
        with pytest.raises(ConnectionFailed, match="SSL"):
            use(where)
