"""HEMIS's ids and id numbers from a place in the population and back: no index is needed."""

from dataclasses import dataclass

UNIVERSITY = "326"
_SERIAL = len(UNIVERSITY) + 2
_LONGEST = 20


@dataclass(frozen=True)
class Numbering:
    """Place n ↔ id and id number; place 0 is the guide's example.

    An id number is the university, two digits of a year and ``digits`` digits that are unique for
    the first 10**digits places; further places append more digits, so any volume is unique.
    """

    first_id: int
    example_id: int
    first_serial: int
    digits: int

    # Not a multiple of 2 or 5, so that n ↦ step · n mod 10**digits is one to one.
    step: int = 37_001

    def id_of(self, n: int) -> int:
        return self.first_id + self._exchanged(n)

    def place_of_id(self, hemis_id: int) -> int | None:
        n = self._exchanged(hemis_id - self.first_id)
        return n if n >= 0 else None

    def number_of(self, n: int, year: int) -> str:
        block, rest = divmod(n, self._size)
        serial = (self.first_serial + self.step * rest) % self._size
        return f"{UNIVERSITY}{year % 100:02}{serial:0{self.digits}}{block or ''}"

    def place_of_number(self, number: str) -> int | None:
        """The only place that can have this number (its year is for the caller to compare)."""
        if not (number.isascii() and number.isdigit() and number.startswith(UNIVERSITY)):
            return None
        if not _SERIAL + self.digits <= len(number) <= _LONGEST:
            return None
        serial, block = number[_SERIAL:][: self.digits], number[_SERIAL + self.digits :]
        inverse = pow(self.step, -1, self._size)
        rest = (int(serial) - self.first_serial) * inverse % self._size
        return int(block or 0) * self._size + rest

    @property
    def _size(self) -> int:
        return int(10**self.digits)

    def _exchanged(self, n: int) -> int:
        """Exchange place 0 and the example's natural place; its own inverse."""
        example = self.example_id - self.first_id
        return {0: example, example: 0}.get(n, n)


STUDENTS = Numbering(first_id=50_000, example_id=50_421, first_serial=1_200_658, digits=7)
EMPLOYEES = Numbering(first_id=1_800, example_id=1_826, first_serial=11_010, digits=5)
