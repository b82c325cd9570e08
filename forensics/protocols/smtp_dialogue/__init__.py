"""SMTP as it passes between two hosts: bytes of both sides in, session and envelopes out (RFC 5321, 2920, 3030, 3207).

Bytes come in the order in which they were seen, each with its `Moment`. How they are cut does not matter. A message is
counted, not kept; of AUTH only the mechanism is kept.
"""

from __future__ import annotations

from forensics.protocols.smtp_dialogue.dialogue import Dialogue
from forensics.protocols.smtp_dialogue.values import Envelope, Moment, Recipient, Reply, Session

__all__ = ["Dialogue", "Envelope", "Moment", "Recipient", "Reply", "Session"]
