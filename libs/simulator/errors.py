"""What HEMIS answers instead of an item, by HTTP status.

::

    HemisRefusal
    ├── MissingParameter   400
    ├── UnknownStudent     404 (or 200 with ``success: false``, see ``Behaviour``)
    └── ServerError        500: what a filter of the wrong type does to the real server
"""

from typing import ClassVar


class HemisRefusal(Exception):
    """An answer in the failure envelope; the text is HEMIS's own Uzbek."""

    status: ClassVar[int]


class MissingParameter(HemisRefusal):
    status = 400

    def __init__(self, name: str) -> None:
        super().__init__(f"Kerakli parametrlar yetishmayapti: {name}")


class UnknownStudent(HemisRefusal):
    status = 404

    def __init__(self) -> None:
        super().__init__("Talaba topilmadi")


class ServerError(HemisRefusal):
    status = 500

    def __init__(self) -> None:
        super().__init__("Ichki server xatosi")
