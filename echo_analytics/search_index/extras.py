"""What the index has besides itself where the server and the role allow it.

The extension ``pg_trgm`` finds near words, ``unaccent`` helps to mark words with accents. Both come
with PostgreSQL and can be created by the owner of a database. They go into ``analytics`` unless the
database has them already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from echo_analytics.migration import sessions
from echo_analytics.search_index.objects import HEADLINES

if TYPE_CHECKING:
    from sqlalchemy import Connection

TRIGRAMS, ACCENTS = "pg_trgm", "unaccent"

_SCHEMA = """
SELECT quote_ident(n.nspname) FROM pg_extension AS e JOIN pg_namespace AS n
ON n.oid = e.extnamespace WHERE e.extname = :name
"""

# The dictionaries of those kinds of words that can have accents, in their order.
_MAPPINGS = """
SELECT t.alias, string_agg(quote_ident(n.nspname) || '.' || quote_ident(d.dictname), ', '
    ORDER BY m.mapseqno) AS dictionaries
FROM pg_ts_config_map AS m JOIN pg_ts_config AS c ON c.oid = m.mapcfg
JOIN LATERAL ts_token_type(c.cfgparser) AS t ON t.tokid = m.maptokentype
JOIN pg_ts_dict AS d ON d.oid = m.mapdict JOIN pg_namespace AS n ON n.oid = d.dictnamespace
WHERE c.oid = CAST(:configuration AS regconfig) AND t.alias IN ('word', 'hword', 'hword_part')
GROUP BY t.alias
"""


def add(connection: Connection, configuration: str) -> None:
    """Create the extensions and the configuration that marks hits; what is refused is left out."""
    for name in (TRIGRAMS, ACCENTS):
        _attempt(connection, f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA analytics")
    with sessions.transaction(connection):
        connection.exec_driver_sql(
            f"CREATE TEXT SEARCH CONFIGURATION analytics.{HEADLINES} (COPY = {configuration})"
        )
        if (accents := schema_of(connection, ACCENTS)) is None:
            return
        values = {"configuration": configuration}
        for alias, dictionaries in connection.execute(sa.text(_MAPPINGS), values).all():
            connection.exec_driver_sql(
                f"ALTER TEXT SEARCH CONFIGURATION analytics.{HEADLINES} ALTER MAPPING FOR {alias}"
                f" WITH {accents}.{ACCENTS}, {dictionaries}"
            )


def index_words(connection: Connection) -> None:
    """Make the index that finds near words, where the extension is there."""
    schema = schema_of(connection, TRIGRAMS)
    if schema is not None:
        connection.exec_driver_sql(
            "CREATE INDEX IF NOT EXISTS post_search_word_near_idx"
            f" ON analytics.post_search_word USING gin (word {schema}.gin_trgm_ops)"
        )


def schema_of(connection: Connection, extension: str) -> str | None:
    """Return the schema of an extension, quoted; None where it is missing."""
    found: str | None = connection.scalar(sa.text(_SCHEMA), {"name": extension})
    return found


def _attempt(connection: Connection, statement: str) -> None:
    try:
        with sessions.transaction(connection):
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        # The role may not, or the server's files lack it; a lost connection is an error.
        if error.connection_invalidated or connection.closed:
            raise
