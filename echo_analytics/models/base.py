"""What all models share: frozen, without unknown fields, and with errors that hold no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from echo_analytics.errors import InvalidInput
from echo_analytics.models.fields import OWN_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic_core import ErrorDetails

T = TypeVar("T")

UNSET: Any = None  # Any: it stands for a field of any type that was not given
"""The default of a field of changes. Which fields were given is in ``model_fields_set``."""

_PROBLEMS = {
    "missing": "is needed",
    "string_type": "needs a string",
    "string_unicode": "is not valid Unicode",
    "bool_type": "needs True or False",
    "dict_type": "needs an object",
    "model_type": "needs an object",
    "model_attributes_type": "needs an object",
    "json_invalid": "is not valid JSON",
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __setattr__(self, name: str, value: object) -> None:
        # What pydantic raises shows the value.
        raise InvalidInput(name, f"cannot be set: a {type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise InvalidInput(name, f"cannot be deleted: a {type(self).__name__} is frozen")


class Row(_Frozen):
    """A row as it was read. Two are equal where all fields are; the hash goes by the id."""


class Input(_Frozen):
    """Something to be written, checked when it is made.

    Raises
    ------
    InvalidInput
        A field is wrong, missing or unknown; ``argument`` names it, and no value is shown.
    """

    model_config = ConfigDict(strict=True)

    immutable: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, /, **data: Any) -> None:  # noqa: ANN401 - the fields of any model
        self._checked(lambda: super(Input, self).__init__(**data))

    # The parameters are those of pydantic.
    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:  # noqa: ANN401
        """Make one from a mapping; see the class for errors."""
        return cls._checked(lambda: super(Input, cls).model_validate(obj, **options))

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:  # noqa: ANN401
        """Make one from JSON; see the class for errors."""
        return cls._checked(lambda: super(Input, cls).model_validate_json(json_data, **options))

    @classmethod
    def model_validate_strings(cls, obj: Any, **options: Any) -> Self:  # noqa: ANN401
        """Make one from a mapping of strings; see the class for errors."""
        return cls._checked(lambda: super(Input, cls).model_validate_strings(obj, **options))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values in some fields, checked as new ones are."""
        del deep
        changed = update or {}
        kept = self.model_fields_set - self._replaced_by(changed)
        return type(self)(**{**{name: getattr(self, name) for name in kept}, **changed})

    @classmethod
    def _replaced_by(cls, changed: Mapping[str, Any]) -> frozenset[str]:  # Any: of any field
        """Return the fields that a copy with these changes does not take over."""
        return frozenset(changed)

    @classmethod
    def _checked(cls, make: Callable[[], T]) -> T:
        try:
            return make()
        except ValidationError as error:
            invalid = cls._invalid(error)
        # Outside of the block, so that no context holds the values.
        raise invalid

    @classmethod
    def _invalid(cls, error: ValidationError) -> InvalidInput:
        first = error.errors(include_url=False, include_input=False)[0]
        place = [str(part) for part in first["loc"]]
        inner = first.get("ctx", {}).get("error")
        if isinstance(inner, InvalidInput):
            return InvalidInput(".".join([*place, inner.argument]), inner.problem)
        return InvalidInput(".".join(place) or cls.__name__, cls._problem(first))

    @classmethod
    def _problem(cls, error: ErrorDetails) -> str:
        kind = error["type"]
        if kind == OWN_ERROR:
            return error["msg"]
        if kind == "extra_forbidden":
            if error["loc"][-1] in cls.immutable:
                return "cannot be changed"
            return f"is no field of {cls.__name__}"
        if kind == "literal_error":
            return f"needs one of {error['ctx']['expected']}"
        return _PROBLEMS.get(kind, "is not valid")


class Changes(Input):
    """Fields to be changed: those that were given, and no other."""

    immutable = frozenset({"id", "created_at", "updated_at"})

    def __eq__(self, other: object) -> bool:
        # A field that becomes None is not one that stays.
        if not isinstance(other, Changes) or self.model_fields_set != other.model_fields_set:
            return False
        return super().__eq__(other)

    __hash__ = Input.__hash__

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:  # Any: values of any field
        return [(name, getattr(self, name)) for name in sorted(self.model_fields_set)]
