import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import EvidenceError
from forensics.formats import recognise
from forensics.formats._binary_flows import remedy

SAMPLES = Path(__file__).resolve().parents[2] / "sample_evidence"
CSV = "nfdump -r FILE -o csv"
V5 = struct.pack(">HHIIIIBBH", 5, 1, 1000, 1795425693, 125_000_000, 7, 0, 0, 0) + bytes(48)
V9 = struct.pack(">HHIIII", 9, 1, 1000, 1795425693, 7, 1) + struct.pack(">HHHHHH", 0, 12, 256, 1, 8, 4)
IPFIX = struct.pack(">HHIII", 10, 28, 1795425693, 7, 1) + struct.pack(">HHHHHH", 2, 12, 256, 1, 8, 4)


@pytest.mark.parametrize(
    "head",
    [
        bytes.fromhex("0ca50200 00010701 06a9096b"),  # layout 2, little-endian
        bytes.fromhex("a50c0002 00010701"),  # layout 2, big-endian
        bytes.fromhex("0ca50100 00000000"),  # layout 1, little-endian
        bytes.fromhex("a50c0001 00000000"),  # layout 1, big-endian
    ],
)
def test_a_file_of_nfcapd_is_named_with_what_makes_a_readable_one(head):
    with pytest.raises(EvidenceError) as caught:
        recognise(head, "flows/nfcapd.202611230900")

    text = str(caught.value)
    assert text.startswith("flows/nfcapd.202611230900: no known format fits the first bytes: it is a file of nfcapd")
    assert text.endswith(f"{CSV} > FILE.csv")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (V5, "NetFlow v5 packets"), (V5 + V5[:30], "NetFlow v5 packets"), (V9, "NetFlow v9 packets"),
        (IPFIX, "IPFIX messages"),
    ],
)  # fmt: skip
def test_a_stream_of_export_packets_is_named(head, kind):
    with pytest.raises(EvidenceError) as caught:
        recognise(head, "flows.bin")

    assert f"it is a stream of {kind} as exporters send it." in str(caught.value)
    assert CSV in str(caught.value)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x0c\xa5",
        bytes.fromhex("0ca50900 00000000"),
        bytes.fromhex("a50c0200 00000000"),
        V5[:70],
        V5.replace(b"\0\x05\0\x01", b"\0\x05\0\x1f"),
        V5 + b"xx",
        V9[:23],
        V9.replace(b"\0\x09\0\x01", b"\0\x09\0\0"),
        IPFIX.replace(b"\0\x0a\0\x1c", b"\0\x0a\0\x10"),
        IPFIX[:19],
        bytes(100),
        b"2026-11-23 09:28:52,2026-11-23 09:28:53",
    ],
)
def test_other_bytes_are_none_of_them(head):
    assert remedy(head) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_looked_at(head):
    assert remedy(head) is None or CSV in str(remedy(head))


@pytest.mark.program("nfpcapd")
@pytest.mark.program("nfdump")
def test_the_command_that_is_named_makes_a_file_that_is_read(tmp_path: Path):
    capture = SAMPLES / "encrypted_only/evidence/subject-link.pcap"
    subprocess.run(["nfpcapd", "-r", capture, "-l", tmp_path], check=True, capture_output=True)
    (written,) = tmp_path.iterdir()

    assert remedy(written.read_bytes()) is not None
    made = subprocess.run(["nfdump", "-r", written, "-o", "csv"], check=True, capture_output=True)
    assert recognise(made.stdout, "flows.csv").NAME == "nfdump_csv"
