"""Many rows at once, as columns: what hot readers yield instead of single rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from forensics.schema import Row


class ColumnBatch(NamedTuple):
    """Rows of one table as equally long columns; a column left out is None in every row.

    Text may be dictionary-encoded. `record_no`, `offset` and `length` are always there.
    """

    table: type[Row]
    columns: Mapping[str, pa.Array | np.ndarray]

    def each(self) -> Iterator[Row]:
        """The rows, one by one."""
        lists = [
            values.to_pylist() if hasattr(values, "to_pylist") else values.tolist() for values in self.columns.values()
        ]
        for values in zip(*lists, strict=True):
            yield self.table(**dict(zip(self.columns, values, strict=True)))

    @property
    def rows(self) -> int:
        """How many rows the batch holds."""
        return len(next(iter(self.columns.values())))
