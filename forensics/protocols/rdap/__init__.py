"""RDAP answers (RFC 9083) as values: domains as `Registration`, address blocks and AS numbers as `NetworkRegistration`.

Redaction (RFC 9537) is told apart from absence: what the registry says that it hides is named, what is not there is
None.
"""

from __future__ import annotations

from forensics.protocols.rdap.domains import parse
from forensics.protocols.rdap.networks import NetworkRegistration, parse_network

__all__ = ["NetworkRegistration", "parse", "parse_network"]
