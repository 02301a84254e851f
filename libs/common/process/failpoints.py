"""Points where a process kills or freezes itself, so that tests can show what survives it.

``HEMIS_FAIL_POINT=SIGKILL@after-stage#3`` kills the process the third time that it reaches the
point ``after-stage``. It is for tests only, so no list of settings has it.
"""

import os
import re
import signal
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator
from pydantic_settings import BaseSettings

_FORM = re.compile(r"(?P<signal>SIGKILL|SIGSTOP)@(?P<name>[a-z-]+)#(?P<time>[1-9]\d*)")


@dataclass(slots=True)
class FailPoint:
    """The signal that the process sends itself when it reaches a point for the n-th time."""

    name: str
    signal: signal.Signals
    times: int

    def reached(self, name: str) -> None:
        if name != self.name:
            return
        self.times -= 1
        if self.times == 0:
            os.kill(os.getpid(), self.signal)


NEVER = FailPoint("", signal.SIGKILL, 0)


def parse(text: str) -> FailPoint:
    """Read ``SIGKILL@name#n``; an empty text is a point that is never reached.

    Raises:
        ValueError: the text has another form.
    """
    if not text:
        return NEVER
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("expected SIGKILL@name#1")
    return FailPoint(found["name"], signal.Signals[found["signal"]], int(found["time"]))


def _checked(text: str) -> str:
    parse(text)
    return text


class FailPointSettings(BaseSettings):
    """Not among the settings of a service, as only tests set it."""

    hemis_fail_point: Annotated[str, AfterValidator(_checked)] = ""
