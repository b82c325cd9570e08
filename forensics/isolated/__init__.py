"""Libraries that were not made for hostile bytes, each run in a process of its own: bounded, and without a network.

`ask` starts the process, gives it the bytes, and takes its answer. What the process may use is set in `__main__`; that
it ends in time is seen to here.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Literal

import msgspec

from forensics.errors import ForensicsError

Task = Literal["message_parts", "registration_fields"]

SECONDS = 10.0
MAX_ANSWER_BYTES = 4 << 20


class IsolationError(ForensicsError):
    """The library did not come to an end with these bytes: too slow, too large, or broken by them."""

    exit_code = 4


def ask(task: Task, data: bytes, *, seconds: float = SECONDS) -> dict[str, Any]:
    """What a library makes of bytes.

    Raises:
        IsolationError: it took too long or too much memory, or failed; the message says which.
    """
    command = [sys.executable, "-m", "forensics.isolated", task]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise IsolationError(f"took longer than {seconds:g} s") from error
    except OSError as error:
        raise IsolationError(f"could not be started: {error.strerror}") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        raise IsolationError(f"failed: {told[-1][:200]}" if told else f"failed with {done.returncode}")
    if len(done.stdout) > MAX_ANSWER_BYTES:
        raise IsolationError(f"gave an answer of more than {MAX_ANSWER_BYTES} bytes")
    try:
        answer = msgspec.json.decode(done.stdout)
    except msgspec.DecodeError as error:
        raise IsolationError(f"gave an answer that is none: {error}") from error
    if not isinstance(answer, dict):
        raise IsolationError("gave an answer that is none")
    return answer
