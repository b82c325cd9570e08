"""Reports: the result document as sections of blocks, and one renderer per medium."""

from __future__ import annotations

from pathlib import Path

import msgspec

from forensics.errors import StorageError, UsageError
from forensics.model.case_file import CaseFile
from forensics.model.registration_report import RegistrationReport

KINDS = ("json", "html", "pdf")


def write(case_file: CaseFile, path: Path, kind: str | None = None) -> Path:
    """Write a report aside and put it in its place; the kind is that of the path's ending where none is named.

    Raises:
        UsageError: no such kind, or its extra is not installed.
        StorageError: it cannot be written.
    """
    wanted = kind or path.suffix.lstrip(".").lower()
    if wanted not in KINDS:
        raise UsageError(f"{path}: a report ends in .json, .html or .pdf.")
    data = _render(case_file, wanted)
    return _written(data, path)


def write_registration(report: RegistrationReport, path: Path, kind: str) -> Path:
    """Write the registration of a domain as a page (`html`) or on paper (`pdf`), aside first.

    Raises:
        UsageError: the extra `pdf` is not installed.
        StorageError: it cannot be written.
    """
    from forensics.report.sections import registration

    title, items = f"Registration: {report.domain}", registration.build(report)
    if kind == "html":
        from forensics.report.html import page

        data = page(title, items, report).encode()
    else:
        from forensics.report.pdf import pages

        data = pages(title, items, report)
    return _written(data, path)


def write_document(document: msgspec.Struct, path: Path) -> Path:
    """Write a document as JSON, aside first.

    Raises:
        StorageError: it cannot be written.
    """
    from forensics.report.json_document import encode

    return _written(encode(document), path)


def _written(data: bytes, path: Path) -> Path:
    try:
        _put(data, path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}.") from error
    return path


def _put(data: bytes, path: Path) -> None:
    if path.exists() and (path.is_symlink() or not path.is_file()):
        path.write_bytes(data)  # a device, a pipe or a link is written through, never put out of its place
        return
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def _render(case_file: CaseFile, kind: str) -> bytes:
    if kind == "json":
        from forensics.report.json_document import encode

        return encode(case_file)
    if kind == "html":
        from forensics.report.html import render

        return render(case_file).encode()
    from forensics.report.pdf import render as render_pdf

    return render_pdf(case_file)
