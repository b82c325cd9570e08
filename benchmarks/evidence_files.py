"""The generated evidence: made once per folder from a seed, and its hash checked at every use."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
SHEETS = {"bind": "time_zone: UTC", "postfix": "time_zone: UTC\n    year: 2026"}


class EvidenceFile(NamedTuple):
    """A file, its records, its SHA-256, and the sheet that says what the file leaves open."""

    path: Path
    records: int
    sha256: str
    sheet: Path | None


def provide(kind: str, records: int, folder: Path) -> EvidenceFile:
    """The evidence of that kind with that many records: a capture (normal, flood, names) or a log (of `_SUFFIX`)."""
    path = folder / f"{kind}-{records}{_SUFFIX.get(kind, '.pcap')}"
    noted = path.with_name(path.name + ".sha256")
    if not (noted.exists() and path.exists() and noted.read_text() == sha256(path)):
        made = path.with_name(path.name + ".part")
        _make(kind, records, made, folder)
        made.rename(path)
        noted.write_text(sha256(path))
    return EvidenceFile(path, records, noted.read_text(), _sheet(kind, path))


_QUERY_LOGS = ("bind", "unbound", "zeek")
_SUFFIX = {**dict.fromkeys(_QUERY_LOGS, ".log"), "bind-gz": ".log.gz", "postfix": ".log"}


def _make(kind: str, records: int, path: Path, folder: Path) -> None:
    if kind == "bind-gz":
        plain = provide("bind", records, folder).path
        with plain.open("rb") as source, path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            shutil.copyfileobj(source, packed, 1 << 20)
        return
    arguments = {
        **{log: ["generate_query_log.py", log, str(records), str(path)] for log in _QUERY_LOGS},
        "postfix": ["generate_mail_log.py", "--lines", str(records), str(path)],
    }.get(kind, ["generate_capture.py", str(path), "--packets", str(records), "--variant", kind])
    subprocess.run([sys.executable, str(HERE / arguments[0]), *arguments[1:]], check=True, stdout=subprocess.DEVNULL)


def _sheet(kind: str, path: Path) -> Path | None:
    declared = SHEETS.get(kind.removesuffix("-gz"))
    if declared is None:
        return None
    sheet = path.with_name(path.name + ".yml")
    sheet.write_text(f"evidence:\n  - path: {path.name}\n    {declared}\n")
    return sheet


def sha256(path: Path) -> str:
    """Hash of a file, which this also leaves in the page cache."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
