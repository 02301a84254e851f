"""Places where a process ends or freezes itself, so that tests can show what survives it.

Off unless ``HEMIS_FAIL_POINT`` says otherwise, as in ``SIGKILL@after-stage#3``: at the third time
that this process comes by. For tests only, so it stands in no list of settings.
"""

import os
import re
import signal
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator
from pydantic_settings import BaseSettings

_FORM = re.compile(r"(?P<signal>SIGKILL|SIGSTOP)@(?P<place>[a-z-]+)#(?P<time>[1-9]\d*)")


@dataclass(slots=True)
class FailPoint:
    """The signal this process sends itself when it comes by a place for the n-th time."""

    place: str
    signal: signal.Signals
    times: int

    def reached(self, place: str) -> None:
        if place != self.place:
            return
        self.times -= 1
        if self.times == 0:
            os.kill(os.getpid(), self.signal)


NEVER = FailPoint("", signal.SIGKILL, 0)


def parse(text: str) -> FailPoint:
    """Read ``SIGKILL@place#n``; nothing is a point that is never reached.

    Raises:
        ValueError: the text has another form.
    """
    if not text:
        return NEVER
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("expected SIGKILL@place#1")
    return FailPoint(found["place"], signal.Signals[found["signal"]], int(found["time"]))


def _checked(text: str) -> str:
    parse(text)
    return text


class FailPointSettings(BaseSettings):
    """Read apart from a service's own settings: no person ever sets it."""

    hemis_fail_point: Annotated[str, AfterValidator(_checked)] = ""
