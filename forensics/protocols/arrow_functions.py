"""Arrow's functions over whole columns, called by their names.

`pyarrow.compute`, and the methods of columns that load it, make a Python function of each of some 280, and
`pyarrow.array` loads NumPy's masked arrays to ask whether it was given one. Either takes longer than most captures
take to read. What is called here is what those functions call.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow._compute import CastOptions, call_function


def column_of(values: Any, known: np.ndarray[Any, Any] | None = None) -> pa.Array:
    """Values as a column; numbers are not copied where they lie as Arrow has them. Those not `known` are null.

    >>> column_of(np.array([True, False])).to_pylist(), column_of(np.array([3, 1], np.uint16)).to_pylist()
    ([True, False], [3, 1])
    >>> column_of(np.array([3, 1]), np.array([False, True])).to_pylist()
    [None, 1]
    """
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf" or not values.dtype.isnative:
        return pa.array(values, mask=None if known is None else ~known)
    if values.dtype.kind == "b":
        kind, held = pa.bool_(), np.packbits(values, bitorder="little")
    else:
        kind, held = pa.from_numpy_dtype(values.dtype), np.ascontiguousarray(values)
    bits = None if known is None or known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [bits, pa.py_buffer(held)])


def encoded(values: pa.Array) -> pa.DictionaryArray:
    """A column with each distinct value written once.

    >>> encoded(pa.array(["a", "b", "a"])).indices.to_pylist()
    [0, 1, 0]
    """
    return values if pa.types.is_dictionary(values.type) else call_function("dictionary_encode", [values])


def taken(values: pa.Array, index: pa.Array | np.ndarray[Any, Any]) -> pa.Array:
    """The values at these places.

    >>> taken(pa.array(["a", "b"]), np.array([1, 1])).to_pylist()
    ['b', 'b']
    """
    return call_function("take", [values, column_of(index)])


def cast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """A column as another type; what that cannot hold is an error.

    >>> cast(column_of(np.array([7])), pa.string()).to_pylist()
    ['7']
    """
    return call_function("cast", [values], CastOptions.safe(kind))


def distinct(values: pa.Array) -> list[Any]:
    """Each value once, in the order in which they come.

    >>> distinct(pa.array(["b", None, "b", "a"]))
    ['b', None, 'a']
    """
    found: list[Any] = call_function("unique", [values]).to_pylist()
    return found


def bounds(values: pa.Array) -> tuple[Any, Any] | None:
    """The least and the greatest value; None where none is known.

    >>> bounds(pa.array([5, None, 2])), bounds(pa.array([None], pa.int64()))
    ((2, 5), None)
    """
    found = call_function("min_max", [values])
    low, high = found["min"].as_py(), found["max"].as_py()
    return None if low is None else (low, high)


def joined(first: pa.Array, second: pa.Array, between: str) -> pa.Array:
    """The texts of two columns in one, row by row.

    >>> joined(pa.array(["10"]), pa.array(["mx.example."]), " ").to_pylist()
    ['10 mx.example.']
    """
    return call_function("binary_join_element_wise", [first, second, pa.scalar(between)])


def replaced(values: pa.Array, where: np.ndarray[Any, Any], others: pa.Array) -> pa.Array:
    """A column with the values at the places that `where` marks given by `others`, in order.

    >>> replaced(pa.array(["a", "b"]), np.array([False, True]), pa.array(["c"])).to_pylist()
    ['a', 'c']
    """
    return call_function("replace_with_mask", [values, column_of(where), others])
