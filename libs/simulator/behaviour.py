"""What differs from one HEMIS server or version to another, switchable while it runs."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

LARGEST_PAGE = 200
Rate = Annotated[int, msgspec.Meta(ge=1)]


class Midnight(StrEnum):
    """Whose midnight a date is: most servers send the local one, some the one of UTC."""

    LOCAL = "local"
    UTC = "utc"


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of ``POST /control/settings``."""

    past_end: Literal["clamp", "empty"] = "clamp"
    """A page beyond the last: the last page again (Yii2's habit), or no items."""
    rate_limit_per_second: Rate | None = 10
    """Requests per second and address; null = no limit."""
    largest_page: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE
    """A greater ``limit`` is cut to this, without a word."""
    date_midnight: Midnight = Midnight.LOCAL
    envelope: Literal["object", "array"] = "object"
    """``data`` and ``pagination`` as objects, or as the one-element arrays of the swagger text."""
    without_meta_id: Literal["none", "few", "all"] = "few"
    """Which employee positions come without ``meta_id``."""
    plain_text: bool = False
    """Some classifiers as bare text instead of ``{code, name}``."""
    unknown_student: Literal["404", "success_false"] = "404"
    """``student-info`` for nobody: HTTP 404, or 200 with ``success: false``."""
    new_field: str = ""
    """A field that every item has beside its own, with a small number."""
    dropped_field: str = ""
    """A field that no item has."""
    retyped_field: str = ""
    """A field that comes as ``retyped_to``; null stays null."""
    retyped_to: Literal["string", "object"] = "string"
    """The value as text, or inside of an object."""

    def changed(self, settings: dict[str, Any]) -> "Behaviour":
        """Return it with other values of these settings.

        Raises:
            msgspec.ValidationError: there is no such setting, or it cannot have that value.
        """
        return msgspec.convert({**msgspec.to_builtins(self), **settings}, Behaviour)
