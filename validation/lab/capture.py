"""What stands on a wire: a packet capture of a host's link and the flow records made of it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from validation.lab.network import Host, LabError, Network, stop, wait_until


@contextlib.contextmanager
def link(network: Network, host: Host, target: Path) -> Iterator[None]:
    """Capture everything that a host sends or receives, at the switch's end of its link.

    Raises:
        LabError: the kernel dropped packets, so the capture is not the whole link.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    report = host.folder / f"{target.name}.log"
    with report.open("wb") as log:
        sniffer = network.sniff(
            host, "tcpdump", "--interface", "{link}", "--immediate-mode", "-U", "-n", "-s", "0", "-B", "8192", "-Z",
            "root", "-w", str(target), log=log,
        )  # fmt: skip
        try:
            wait_until(lambda: "listening on" in report.read_text(), "tcpdump listens")
            yield
        finally:
            stop(sniffer, signal.SIGINT)
    said = report.read_text()
    if not re.search(r"^0 packets dropped by kernel", said, re.M):
        raise LabError(f"the capture of {host.name} lost packets: {said}")


def flows(capture: Path, folder: Path, stem: str) -> None:
    """Make flow records of a capture: `<stem>.nfcapd` (nfpcapd) and `<stem>.csv` (nfdump's CSV, UTC)."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / "scratch"
    scratch.mkdir()
    _run("nfpcapd", "-r", str(capture), "-w", str(scratch), "-t", "3600")
    made = sorted(path for path in scratch.iterdir() if path.name.startswith("nfcapd.2"))
    if len(made) != 1:
        raise LabError(f"nfpcapd left {[path.name for path in scratch.iterdir()]}, not one file")
    shutil.move(made[0], folder / f"{stem}.nfcapd")
    shutil.rmtree(scratch)
    table = _run("nfdump", "-r", str(folder / f"{stem}.nfcapd"), "-o", "csv")
    (folder / f"{stem}.csv").write_text(table)


def _run(*command: str) -> str:
    environment = {**os.environ, "TZ": "UTC"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise LabError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-400:]}")
    return done.stdout
