"""What was compiled before is known to be so."""

import importlib.util
import sys

import pytest

pytest.importorskip("numba", reason="the extra `fast` is not installed")

SOURCE = """
from forensics.formats._compiled_code import kept_with

@kept_with(__file__)
def double(value):
    return 2 * value
"""


def test_a_function_is_kept_once_it_was_compiled(tmp_path, monkeypatch):
    from forensics.formats._compiled_code import is_kept

    (tmp_path / "doubling.py").write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("doubling", tmp_path / "doubling.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "doubling", module)
    spec.loader.exec_module(module)

    assert not is_kept(module.double)
    assert module.double(21) == 42
    assert is_kept(module.double)
