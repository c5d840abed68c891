"""Errors travel between processes as they are."""

from __future__ import annotations

import copy
import pickle

import pytest

from echo_analytics.errors import (
    Conflict,
    ConnectionFailed,
    DatabaseError,
    EchoError,
    ForeignKeyViolation,
    InvalidInput,
    MissingExtra,
    NotFound,
    OutcomeUnknown,
    UniqueConstraintViolation,
)


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput("page", "needs a whole number"),
        NotFound("no user has this id"),
        UniqueConstraintViolation("email"),
        ForeignKeyViolation("author_id, category_id"),
        Conflict("somebody was faster"),
        OutcomeUnknown("lost during COMMIT"),
        DatabaseError("refused", "40001"),
        ConnectionFailed("lost"),
        MissingExtra("polars", "polars"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_out_of_another_process_as_it_went_in(error: EchoError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - our own
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
