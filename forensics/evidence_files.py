"""Files under paths, the hashes of their content, and what a reading of one depends on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from forensics.formats.source import Source
from forensics.model.evidence import Declared, Facts
from forensics.schema import VERSION
from forensics.store.location import shown


def walk(paths: Iterable[Path], leave_out: Path | None = None) -> Iterator[Path]:
    """The files under the paths, in a fixed order; links below a folder are not followed."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders.sort()
            here = Path(folder)
            if leave_out is not None and here.resolve() == leave_out.resolve():
                folders.clear()
                continue
            yield from (here / name for name in sorted(files) if not (here / name).is_symlink())


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, read in pieces.

    Raises:
        EvidenceError: it cannot be read.
    """
    source = Source(path, name=shown(path))
    source.close()
    return source.sha256 or hashlib.sha256().hexdigest()


def reading_of(facts: Facts) -> str:
    """What a reading depends on, as text: the same file with the same text gives the same rows."""
    order = f" dates={facts.date_order}" if facts.date_order else ""
    said = f"format={facts.format} zone={facts.time_zone} year={facts.year} sampling={facts.sampling}{order}"
    return f"schema={VERSION} {said}"


def declared_of(facts: Facts) -> Declared:
    """The part of the facts that only the judgement depends on."""
    covers = facts.covers and (facts.covers[0].isoformat(), facts.covers[1].isoformat())
    return Declared(vantage=facts.vantage, covers=covers)
