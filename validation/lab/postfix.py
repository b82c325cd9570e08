"""A mail server: Postfix with its own configuration, queue and log on one host."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from validation.lab.network import HOME, Host, LabError, stop, wait_until

_OWN = {"etc": "/etc/postfix", "spool": "/var/spool/postfix", "data": "/var/lib/postfix", "log": "/var/log"}
_MAIL_UID = 5000
_SERVICES = """
pickup    unix  n - n 60    1 pickup
cleanup   unix  n - n -     0 cleanup
qmgr      unix  n - n 300   1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -     - trivial-rewrite
bounce    unix  - - n -     0 bounce
defer     unix  - - n -     0 bounce
trace     unix  - - n -     0 bounce
verify    unix  - - n -     1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -     - proxymap
smtp      unix  - - n -     - smtp
relay     unix  - - n -     - smtp
error     unix  - - n -     - error
retry     unix  - - n -     - error
discard   unix  - - n -     - discard
local     unix  - n n -     - local
virtual   unix  - n n -     - virtual
anvil     unix  - - n -     1 anvil
scache    unix  - - n -     1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one mail server is for; `ports` maps a port to the options of its smtpd.

    Postfix writes its log itself, unless `log_format` names a template of rsyslog.
    """

    domain: str
    users: tuple[str, ...]
    networks: tuple[str, ...] = ()
    ports: dict[str, dict[str, str]] = field(default_factory=lambda: {"25": {}})
    passwords: dict[str, str] = field(default_factory=dict)
    tls: bool = False
    log_format: str | None = None
    more: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def server(host: Host, settings: Settings, resolver: str) -> Iterator[None]:
    """Run Postfix on a host; leaves `log/mail.log` and `mail/<domain>/<user>/Maildir` in its folder."""
    _prepare(host, settings, resolver)
    with contextlib.ExitStack() as stack:
        if settings.passwords:
            stack.enter_context(_logins(host, settings.passwords))
        if settings.log_format:
            stack.enter_context(_syslog(host, settings.log_format))
        host.run("postfix", "start")
        stack.callback(host.run, "postfix", "stop")
        ports = list(settings.ports)
        wait_until(
            lambda: all(f":{port} " in host.run("ss", "-ltnH") for port in ports), f"{host.name}: postfix listens"
        )
        yield


def log_of(host: Host) -> Path:
    """The server's log."""
    return host.folder / "log" / "mail.log"


def messages_of(host: Host) -> list[Path]:
    """The messages in the users' mailboxes, oldest first."""
    return sorted((host.folder / "mail").rglob("Maildir/new/*"), key=lambda path: path.name)


def queue_is_empty(host: Host) -> bool:
    """Whether nothing waits for delivery."""
    queues = ("incoming", "active", "deferred", "maildrop")
    return not any(path.is_file() for queue in queues for path in (host.folder / "spool" / queue).rglob("*"))


def _prepare(host: Host, settings: Settings, resolver: str) -> None:
    folder = host.folder
    shutil.copytree("/etc/postfix", folder / "etc")
    for name in ("spool", "data", "log", "mail"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix", "postfix")
    shutil.chown(folder / "mail", _MAIL_UID, _MAIL_UID)
    users = "".join(f"{user}@{settings.domain} {settings.domain}/{user}/Maildir/\n" for user in settings.users)
    (folder / "etc" / "users").write_text(users)
    if settings.tls:
        _certificate(folder / "etc", host.hostname)
    (folder / "etc" / "main.cf").write_text(_main(host, settings))
    (folder / "etc" / "master.cf").write_text(_master(settings))
    for name, target in _OWN.items():
        host.mount(folder / name, target)
    host.resolve_with(resolver)


def _main(host: Host, settings: Settings) -> str:
    values = {
        "compatibility_level": "3.6",
        "myhostname": host.hostname,
        "mydestination": "",
        "mynetworks": " ".join(("127.0.0.0/8", *settings.networks)),
        "inet_protocols": "all" if any(":" in address for address in host.addresses) else "ipv4",
        "alias_maps": "",
        "alias_database": "",
        "smtp_host_lookup": "dns",
        "virtual_mailbox_domains": settings.domain,
        "virtual_mailbox_maps": "texthash:/etc/postfix/users",
        "virtual_mailbox_base": str(HOME / "mail"),
        "virtual_uid_maps": f"static:{_MAIL_UID}",
        "virtual_gid_maps": f"static:{_MAIL_UID}",
        "smtpd_relay_restrictions": "permit_mynetworks permit_sasl_authenticated reject_unauth_destination",
        "smtp_tls_security_level": "none",
        "minimal_backoff_time": "5s",
        "queue_run_delay": "5s",
    }
    if not settings.log_format:
        values["maillog_file"] = "/var/log/mail.log"
    if settings.tls:
        values |= {
            "smtpd_tls_security_level": "may",
            "smtpd_tls_loglevel": "1",
            "smtpd_tls_cert_file": "/etc/postfix/cert.pem",
            "smtpd_tls_key_file": "/etc/postfix/key.pem",
        }
    if settings.passwords:
        values |= {"smtpd_sasl_type": "dovecot", "smtpd_sasl_path": str(HOME / "auth.sock")}
    return "".join(f"{name} = {value}\n" for name, value in (values | settings.more).items())


def _master(settings: Settings) -> str:
    listeners = ""
    for port, options in settings.ports.items():
        listeners += f"{port} inet n - n - - smtpd\n"
        listeners += "".join(f"    -o {name}={value}\n" for name, value in options.items())
    return listeners + _SERVICES


def _certificate(folder: Path, name: str) -> None:
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "90", "-subj", f"/CN={name}", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise LabError(f"no certificate for {name}: {done.stderr.decode()[-300:]}")


@contextlib.contextmanager
def _logins(host: Host, passwords: dict[str, str]) -> Iterator[None]:
    """Answer Postfix's questions about passwords for the time of a block."""
    words = [f"{user}:{password}" for user, password in passwords.items()]
    script = str(Path(__file__).with_name("login.py"))
    with (host.folder / "login.log").open("ab") as log:
        process = host.start(sys.executable, script, str(HOME / "auth.sock"), *words, log=log)
        try:
            wait_until(lambda: (host.folder / "auth.sock").exists(), f"{host.name}: the login socket")
            yield
        finally:
            stop(process)


@contextlib.contextmanager
def _syslog(host: Host, template: str) -> Iterator[None]:
    """Collect a host's syslog with rsyslog into its mail log, in one of rsyslog's own formats.

    Programs write to `/dev/log`; the host gets a `/dev` of its own, so that the machine's is left alone.
    """
    devices = host.folder / "dev"
    devices.mkdir()
    for name, minor in (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)):
        os.mknod(devices / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        (devices / name).chmod(0o666)
    host.mount(devices, "/dev")
    (host.folder / "rsyslog.conf").write_text(
        f'module(load="imuxsock" SysSock.Name="/dev/log")\n'
        f'mail.* action(type="omfile" file="/var/log/mail.log" template="{template}")\n'
    )
    with (host.folder / "rsyslog.log").open("ab") as log:
        process = host.start(
            "rsyslogd", "-n", "-f", str(HOME / "rsyslog.conf"), "-i", str(HOME / "rsyslog.pid"), log=log
        )
        try:
            wait_until(lambda: (devices / "log").exists(), f"{host.name}: rsyslog listens")
            yield
        finally:
            stop(process)
