"""Instructions that Numba has no function for: what `_compiled_code` names, made once Numba compiles something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def load(bits: int) -> Callable[[int], int]:
    """An unchecked load of a number of so many bits from an address; for functions that check the place first."""

    def load(_context: Any, _address: Any) -> Any:
        def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            value = builder.load(pointer, align=1)
            return value if bits == 64 else builder.zext(value, ir.IntType(64))

        return types.int64(types.int64), code

    return cast("Callable[[int], int]", intrinsic(load))


def store() -> Callable[[int, int], int]:
    """An unchecked store of a number of 64 bits to an address; for functions that check the place first."""

    def store(_context: Any, _address: Any, _value: Any) -> Any:
        def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
            builder.store(arguments[1], pointer, align=1)
            return arguments[1]

        return types.int64(types.int64, types.int64), code

    return cast("Callable[[int, int], int]", intrinsic(store))


def fetch() -> Callable[[int], int]:
    """A hint that the bytes at an address are wanted soon; it gives the address, and none is wrong."""

    def fetch(_context: Any, _address: Any) -> Any:
        def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
            pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
            hint = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
            builder.call(hint, [builder.inttoptr(arguments[0], pointer), number(0), number(3), number(1)])
            return arguments[0]

        return types.int64(types.int64), code

    return cast("Callable[[int], int]", intrinsic(fetch))


def trailing_zeros() -> Callable[[Any], Any]:
    """How many zero bits are below the lowest one of a number of 64 bits that is not 0."""

    def trailing_zeros(_context: Any, _value: Any) -> Any:
        def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
            return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

        return types.int64(types.uint64), code

    return cast("Callable[[Any], Any]", intrinsic(trailing_zeros))


def marks(first: int, last: int, size: int) -> Callable[[Any], Any]:
    """An unchecked look at `size` bytes from an address on: the bits of those outside `first` to `last`.

    For functions that check the place first.
    """

    def marks(_context: Any, _address: Any) -> Any:
        def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
            many = ir.VectorType(ir.IntType(8), size)
            pointer = builder.inttoptr(arguments[0], many.as_pointer())
            values = builder.load(pointer, align=1)
            apart = builder.sub(values, ir.Constant(many, [first] * size))
            outside = builder.icmp_unsigned(">", apart, ir.Constant(many, [last - first] * size))
            return builder.zext(builder.bitcast(outside, ir.IntType(size)), ir.IntType(64))

        return types.uint64(types.int64), code

    return cast("Callable[[Any], Any]", intrinsic(marks))


def equals(size: int) -> Callable[[Any, Any], Any]:
    """An unchecked look at `size` bytes from an address on: the bits of those that are the given one.

    For functions that check the place first.
    """

    def equals(_context: Any, _address: Any, _wanted: Any) -> Any:
        def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
            many, byte = ir.VectorType(ir.IntType(8), size), ir.IntType(8)
            pointer = builder.inttoptr(arguments[0], many.as_pointer())
            values = builder.load(pointer, align=1)
            same = builder.icmp_unsigned("==", values, _all(builder, builder.trunc(arguments[1], byte), size))
            return builder.zext(builder.bitcast(same, ir.IntType(size)), ir.IntType(64))

        return types.uint64(types.int64, types.int64), code

    return cast("Callable[[Any, Any], Any]", intrinsic(equals))


def _all(builder: Any, value: Any, size: int) -> Any:
    """A vector of one byte."""
    many, number = ir.VectorType(ir.IntType(8), size), ir.IntType(32)
    one = builder.insert_element(ir.Constant(many, ir.Undefined), value, ir.Constant(number, 0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(number, size), [0] * size))


def first_bytes(*, small: bool) -> Callable[[Any, Any], Any]:
    """An unchecked load of the first 32 bytes of a text of so many, zeros past its end, as four numbers.

    `small` gives capital letters as small ones. For functions that check the place first.
    """

    def first_bytes(_context: Any, _address: Any, _size: Any) -> Any:
        def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
            many, byte = ir.VectorType(ir.IntType(8), 32), ir.IntType(8)
            pointer = builder.inttoptr(arguments[0], many.as_pointer())
            values = builder.load(pointer, align=1)
            if small:
                letter = builder.sub(values, ir.Constant(many, [ord("A")] * 32))
                capital = builder.icmp_unsigned("<", letter, ir.Constant(many, [26] * 32))
                values = builder.select(capital, builder.or_(values, ir.Constant(many, [32] * 32)), values)
            least = builder.icmp_signed("<", arguments[1], ir.Constant(ir.IntType(64), 32))
            size = builder.trunc(builder.select(least, arguments[1], ir.Constant(ir.IntType(64), 32)), byte)
            inside = builder.icmp_unsigned("<", ir.Constant(many, list(range(32))), _all(builder, size, 32))
            kept = builder.select(inside, values, ir.Constant(many, [0] * 32))
            words = builder.bitcast(kept, ir.VectorType(ir.IntType(64), 4))
            found = [builder.extract_element(words, ir.Constant(ir.IntType(32), number)) for number in range(4)]
            return cgutils.pack_array(builder, found)  # type: ignore[no-untyped-call]

        four = types.UniTuple(types.uint64, 4)  # type: ignore[no-untyped-call]
        return four(types.int64, types.int64), code

    return cast("Callable[[Any, Any], Any]", intrinsic(first_bytes))
