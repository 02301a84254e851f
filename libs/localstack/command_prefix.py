"""Command prefixes: run a program without root, and end it together with this process.

``setpriv`` (util-linux) does both, also after ``kill -9``. Without it (macOS) the next start stops
what a killed run left behind (``leftovers``).
"""

import os
import pwd
import signal
import stat
import subprocess
from pathlib import Path

from libs.localstack.errors import StackUnavailable

_ACCOUNT = "nobody"

# With these an account without rights may still pass through folders that are closed to it, such
# as /root above a checkout. Containers grant dac_override, not the narrower dac_read_search; the
# bit is for access(2), which otherwise looks at the bare account.
_PASSAGE = (
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
)


def end_with_parent(stop_signal: signal.Signals) -> tuple[str, ...]:
    """Return a prefix that stops the program when the starting thread ends.

    Empty where ``setpriv`` is missing.
    """
    prefix = ("setpriv", "--pdeathsig", stop_signal.name.removeprefix("SIG"))
    return prefix if _works(prefix) else ()


def unprivileged(stop_signal: signal.Signals, *paths: Path) -> tuple[str, ...]:
    """Return such a prefix for a program that refuses to run as root and uses these paths.

    Raises:
        StackUnavailable: this process is root and cannot change to another account.
    """
    if os.geteuid() != 0:
        return end_with_parent(stop_signal)
    account = pwd.getpwnam(_ACCOUNT)
    prefix = (
        "setpriv",
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
        *(() if all(_is_open(path) for path in paths) else _PASSAGE),
        f"--pdeathsig={stop_signal.name.removeprefix('SIG')}",
    )
    if not _works(prefix):
        raise StackUnavailable(
            "PostgreSQL refuses to run as root, and here root may not lend it another account "
            f"({' '.join(prefix[:-1])} fails). Run this as an ordinary user."
        )
    return prefix


def hand_over(folder: Path) -> None:
    """Give an (empty) folder to the account of ``unprivileged``."""
    if os.geteuid() == 0:
        account = pwd.getpwnam(_ACCOUNT)
        os.chown(folder, account.pw_uid, account.pw_gid)


def _is_open(path: Path) -> bool:
    return all(step.stat().st_mode & stat.S_IXOTH for step in [path, *path.parents])


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603 — our own words
    except FileNotFoundError:
        return False
