"""One SMTP dialogue, command by command, as a client has it: the plan as JSON on stdin, the replies as JSON on stdout.

Plan: {"server", "port", "helo", "tls": bool, "login": [user, password],
       "mails": [{"mail_from", "rcpt_to": [], "data"}], "sealed": bool, "end": "quit" | "drop" | "reset"}
Reply: [[command, code, text], ...]; the text of DATA is not repeated.
"""

from __future__ import annotations

import base64
import json
import smtplib
import socket
import ssl
import struct
import sys
from typing import Any


def talk(plan: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Hold the dialogue that the plan describes."""
    heard: list[tuple[str, int, str]] = []
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    client = smtplib.SMTP(local_hostname=plan["helo"], timeout=20)
    if plan.get("sealed"):
        client = smtplib.SMTP_SSL(local_hostname=plan["helo"], timeout=20, context=unverified)
    client._host = plan["server"]  # smtplib sets it only when it connects at once, and starttls needs it

    def say(words: str, reply: tuple[int, bytes]) -> int:
        heard.append((words, reply[0], reply[1].decode("ascii", "replace")))
        return reply[0]

    say("CONNECT", client.connect(plan["server"], plan["port"]))
    if plan.get("end") != "reset":
        say("EHLO", client.ehlo())
    if plan.get("tls"):
        say("STARTTLS", client.starttls(context=unverified))
        say("EHLO", client.ehlo())
    if plan.get("login"):
        user, password = plan["login"]
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        say("AUTH", client.docmd("AUTH", f"PLAIN {secret}"))
    for mail in plan.get("mails", []):
        say(f"MAIL {mail['mail_from']}", client.mail(mail["mail_from"]))
        accepted = [say(f"RCPT {to}", client.rcpt(to)) < 300 for to in mail["rcpt_to"]]
        if any(accepted) and mail.get("data"):
            say("DATA", client.data(mail["data"]))
        else:
            say("RSET", client.rset())
    if plan.get("end", "quit") == "quit":
        say("QUIT", client.quit())
    elif plan["end"] == "reset" and client.sock is not None:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    return heard


if __name__ == "__main__":
    json.dump(talk(json.load(sys.stdin)), sys.stdout)
