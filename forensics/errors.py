"""Every error this package raises on purpose.

::

    ForensicsError
    ├── UsageError            the call's words are off                              exit 2
    │   ├── SheetError        an evidence sheet that breaks its grammar
    │   └── RuleError         a rule file that breaks its grammar
    ├── NothingToExamine      no evidence under the paths given                      exit 3
    ├── EvidenceError         a piece of evidence that cannot be read                exit 4
    ├── IntegrityError        evidence, segment or custody chain was altered         exit 5
    ├── NetworkError          the network was refused or failed                      exit 6
    ├── StorageError          a result cannot be written                             exit 74
    ├── CaseLocked            another run holds the case                             exit 75
    └── ProtocolError         text or bytes that fit no grammar (a ValueError too);
                              each grammar has its own child beside it
"""

from __future__ import annotations


class ForensicsError(Exception):
    """The root; catch this to catch everything the package raises on purpose."""

    exit_code = 1


class UsageError(ForensicsError):
    """A command, option or declared fact that makes no sense."""

    exit_code = 2


class SheetError(UsageError):
    """An evidence sheet that cannot be taken as it stands."""


class RuleError(UsageError):
    """A rule that cannot be taken as it stands; the text is `file:line:column: what`."""


class NothingToExamine(ForensicsError):  # noqa: N818 - the name of the outcome
    """No file was found under the paths given."""

    exit_code = 3


class EvidenceError(ForensicsError):
    """A piece of evidence that cannot be read; the rest of the case still is."""

    exit_code = 4


class IntegrityError(ForensicsError):
    """Bytes that no longer match what custody recorded."""

    exit_code = 5


class NetworkError(ForensicsError):
    """The network was not allowed, or refused, or failed."""

    exit_code = 6


class StorageError(ForensicsError):
    """A result that cannot be written: disk full, no permission."""

    exit_code = 74


class CaseLocked(ForensicsError):  # noqa: N818 - the name of the outcome
    """Another run holds the case folder."""

    exit_code = 75


class ProtocolError(ForensicsError, ValueError):
    """Text or bytes that no grammar fits; grammars raise their own child of this."""

    exit_code = 4
