"""The errors of the package, one tree for reading and writing.

::

    EchoError
    ├── InvalidInput                 an argument is wrong (also a ValueError)
    ├── NotFound                     no such row (also a LookupError)
    ├── UniqueConstraintViolation    .field names the column
    ├── ForeignKeyViolation          .field names the column
    ├── Conflict                     somebody else was faster
    ├── OutcomeUnknown               the connection was lost during COMMIT
    ├── DatabaseError                .sqlstate where the server gave one
    │   ├── ConnectionFailed
    │   ├── QueryTimeout
    │   └── ReadOnly
    ├── DeliveryFailed               a published report did not reach all its readers
    │   └── DeliveryUncertain        it may have reached them, and is not sent again
    ├── TimedOut                     the time that a command was given is over
    ├── MigrationRefused             the database is not one that can be migrated
    ├── NotSupported                 not possible here, and why
    └── MissingExtra                 names the command that installs it

Messages are made from SQLSTATE, the catalogue and the arguments' names. They never hold a row's
values or a password.
"""

from __future__ import annotations


class EchoError(Exception):
    """The base of every error that this package raises on purpose."""

    def __reduce__(self) -> tuple[object, ...]:
        # Python would call the class with the message, which is not what most take.
        return _restored, (type(self), self.args, vars(self))


class InvalidInput(EchoError, ValueError):  # noqa: N818
    """An argument is wrong; nothing was sent to the database.

    Parameters
    ----------
    argument
        The name of the argument.
    problem
        What is wrong with it, and what is accepted.
    """

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"{argument}: {problem}")
        self.argument = argument
        self.problem = problem


class NotFound(EchoError, LookupError):  # noqa: N818
    """No row has this key."""


class UniqueConstraintViolation(EchoError):  # noqa: N818
    """Another row has the same value in ``field``."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: another row has this value already")
        self.field = field


class ForeignKeyViolation(EchoError):  # noqa: N818
    """``field`` refers to a row that is missing, or the row is still referred to."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: the row it refers to is missing, or still in use")
        self.field = field


class Conflict(EchoError):  # noqa: N818
    """The row was changed by somebody else in the meantime."""


class OutcomeUnknown(EchoError):  # noqa: N818
    """The connection was lost during COMMIT: the change may or may not have been made."""


class DatabaseError(EchoError):
    """The server refused a statement.

    Parameters
    ----------
    message
        What happened, without any row's values.
    sqlstate
        The five-character code of the server, None where there is none.
    """

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message if sqlstate is None else f"{message} (SQLSTATE {sqlstate})")
        self.sqlstate = sqlstate


class ConnectionFailed(DatabaseError):  # noqa: N818
    """The server cannot be reached, or it refused the connection."""


class QueryTimeout(DatabaseError):  # noqa: N818
    """A statement ran longer than the statement timeout."""


class ReadOnly(DatabaseError):  # noqa: N818
    """Something tried to write where only reading is allowed."""


class DeliveryFailed(EchoError):  # noqa: N818
    """A published report did not reach all its readers; the next run tries those again."""


class DeliveryUncertain(DeliveryFailed):
    """A report may or may not have reached its readers; it is not sent to them again."""


class TimedOut(EchoError):  # noqa: N818
    """The time that a command was given is over."""


class MigrationRefused(EchoError):  # noqa: N818
    """The database is not one that can be migrated; nothing was changed."""


class NotSupported(EchoError):  # noqa: N818
    """Not possible here; the message says why."""


class SearchIndexWarning(UserWarning):
    """Searches read the posts themselves, for there is no search index; said once a database."""


class MissingExtra(EchoError, ImportError):  # noqa: N818
    """An optional dependency is not installed.

    Parameters
    ----------
    package
        The package that could not be imported.
    extra
        The extra of echo-analytics that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"{package} is not installed. Install it with: pip install 'echo-analytics[{extra}]'"
        )
        self.package = package
        self.extra = extra


def _restored(
    cls: type[EchoError], args: tuple[object, ...], state: dict[str, object]
) -> EchoError:
    """Return an error as it was in another process."""
    error = cls.__new__(cls, *args)
    error.args = args
    vars(error).update(state)
    return error
