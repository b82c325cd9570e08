"""Hosts on one switch: a network, mount, process and host-name namespace each, gone when the lab closes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

HOME = Path("/srv")  # where a host sees its own folder; so no log names a path of the machine that runs the lab
_SWITCH = "switch"


class LabError(Exception):
    """A server did not start, or a program of the lab failed; says which and what it wrote."""


class Host:
    """One machine of the lab.

    Everything started on it lives in its process namespace, so that ending its first process ends all of them.
    """

    def __init__(self, name: str, hostname: str, pid: int, folder: Path, addresses: tuple[str, ...]) -> None:
        self.name = name
        self.hostname = hostname
        self.folder = folder
        self.addresses = addresses
        self._pid = pid

    @property
    def address(self) -> str:
        """The first address."""
        return self.addresses[0]

    def run(self, *command: str, check: bool = True, timeout: float = 60, **options: object) -> str:
        """Run a program on this host and give its standard output.

        Raises:
            LabError: the program failed and `check` is set, or ran longer than `timeout` seconds.
        """
        words = [*self._enter(), *command]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, **options)  # type: ignore[call-overload]
        except subprocess.TimeoutExpired as error:
            raise LabError(f"{self.name}: {' '.join(command)}: no end in {timeout} s") from error
        if check and done.returncode:
            raise LabError(f"{self.name}: {' '.join(command)}: exit {done.returncode}: {done.stderr[-600:]}")
        return str(done.stdout)

    def start(self, *command: str, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """Start a program on this host and leave it running."""
        sink = log if log is not None else subprocess.DEVNULL
        return subprocess.Popen(
            [*self._enter(), *command], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
        )

    def mount(self, source: Path, target: str) -> None:
        """Show a folder or file of the lab at a path of this host; other hosts do not see it there."""
        self.run("mount", "--bind", str(source), target)

    def resolve_with(self, resolver: str | None) -> None:
        """Let this host's programs ask a resolver; None: nobody, so that they fail at once."""
        # The root as search list: the stub must not complete names from the host's own domain.
        (self.folder / "resolv.conf").write_text(
            f"search .\nnameserver {resolver or '127.0.0.1'}\noptions timeout:2 attempts:1\n"
        )
        (self.folder / "hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.hostname}\n")
        for name in ("resolv.conf", "hosts"):
            self.mount(self.folder / name, f"/etc/{name}")

    def _enter(self) -> list[str]:
        return ["nsenter", "--target", str(self._pid), "--net", "--mount", "--uts", "--pid", "--", "env", "TZ=UTC"]


class Network:
    """A switch and the hosts on it; use as a context manager. Needs root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tag = f"elab{os.getpid()}"
        self._inits: list[subprocess.Popen[bytes]] = []
        self._namespaces: list[str] = []

    def __enter__(self) -> Network:
        if os.geteuid():
            raise LabError("network namespaces need root")
        self._namespace(_SWITCH)
        self._in_switch("ip", "link", "set", "lo", "up")
        self._in_switch("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        self._in_switch("ip", "link", "set", "br0", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for init in self._inits:
            for child in _children(init.pid):
                os.kill(child, signal.SIGKILL)
            init.wait()
        for namespace in self._namespaces:
            subprocess.run(["ip", "netns", "del", namespace], check=False)

    def host(self, name: str, hostname: str, *addresses: str) -> Host:
        """Add a host with these addresses (IPv4 or IPv6); every other address is reached over the switch."""
        namespace = self._namespace(name)
        self._wire(namespace, name, addresses)
        folder = self.folder / name
        folder.mkdir(mode=0o755)
        init = subprocess.Popen(
            ["ip", "netns", "exec", namespace, "unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child",
             "--mount-proc", "sh", "-c", 'hostname "$1" && echo up && exec sleep infinity', "sh", hostname],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._inits.append(init)
        assert init.stdout is not None
        if init.stdout.readline() != b"up\n":
            raise LabError(f"{name}: the host did not start")
        host = Host(name, hostname, _children(init.pid)[0], folder, addresses)
        host.mount(folder, str(HOME))
        host.resolve_with(None)
        return host

    def sniff(self, host: Host, *command: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program at the switch's end of a host's link; `{link}` in the command is that interface."""
        words = [word.replace("{link}", host.name) for word in command]
        namespace = f"{self._tag}-{_SWITCH}"
        return subprocess.Popen(
            ["ip", "netns", "exec", namespace, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )

    def _namespace(self, name: str) -> str:
        namespace = f"{self._tag}-{name}"
        _ip("netns", "add", namespace)
        self._namespaces.append(namespace)
        return namespace

    def _wire(self, namespace: str, name: str, addresses: Sequence[str]) -> None:
        switch = f"{self._tag}-{_SWITCH}"
        self._in_switch("ip", "link", "add", "name", name, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        self._in_switch("ip", "link", "set", "dev", name, "master", "br0", "up")
        inside = ("ip", "netns", "exec", namespace)
        if not any(":" in address for address in addresses):
            _run(*inside, "sysctl", "-q", "net.ipv6.conf.all.disable_ipv6=1")
        _run(*inside, "sysctl", "-q", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.eth0.accept_dad=0")
        _run("ip", "netns", "exec", switch, "sysctl", "-q", "net.ipv6.conf.all.disable_ipv6=1")
        # Checksums are computed by the sender, not left to a card that does not exist: the capture shows real ones.
        _run(*inside, "ethtool", "-K", "eth0", "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "link", "set", "eth0", "up")
        for address in addresses:
            width = "/128" if ":" in address else "/32"
            _run(*inside, "ip", "address", "add", address + width, "dev", "eth0")
        _run(*inside, "ip", "route", "add", "default", "dev", "eth0", "src", addresses[0])
        if any(":" in address for address in addresses):
            _run(*inside, "ip", "-6", "route", "add", "default", "dev", "eth0")

    def _in_switch(self, *command: str) -> None:
        _run("ip", "netns", "exec", f"{self._tag}-{_SWITCH}", *command)


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Wait until something is the case.

    Raises:
        LabError: it was not within `seconds`.
    """
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise LabError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM, seconds: float = 10) -> None:
    """End a program that was started with `Host.start` or `Network.sniff`, by force after some seconds.

    `nsenter` passes no signals on: those of its session (it was started in one of its own) get the signal.
    """
    with contextlib.suppress(ProcessLookupError):
        if os.getsid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a program running for the time of a block."""
    try:
        yield process
    finally:
        stop(process)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _ip(*words: str) -> None:
    _run("ip", *words)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip()}")
