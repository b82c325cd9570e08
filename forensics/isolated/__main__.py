"""The process in which a library reads hostile bytes: `python -m forensics.isolated TASK < bytes > answer`."""

from __future__ import annotations

import resource
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import msgspec

MAX_MEMORY_BYTES = 2 << 30
MAX_CPU_S = 20
_REFUSED = frozenset(
    {
        "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system",
        "os.posix_spawn", "os.fork", "os.exec", "os.remove", "os.rename", "shutil.rmtree",
    }
)  # fmt: skip
_TASKS = {
    "message_parts": "forensics.isolated.message_parts",
    "registration_fields": "forensics.isolated.registration_fields",
}


def main() -> None:
    """Read the bytes, answer on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    data = sys.stdin.buffer.read()
    read: Callable[[bytes], dict[str, Any]] = import_module(_TASKS[sys.argv[1]]).read
    sys.addaudithook(_refuse)
    answer = msgspec.json.encode(read(data))
    sys.stdout.buffer.write(answer)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(f"{event} is not for a reader of evidence")


if __name__ == "__main__":
    main()
