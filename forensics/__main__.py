"""`python -m forensics` and the command `forensics`."""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 100_000
"""How many objects are made before unreachable ones are looked for: modules that are being loaded hold none."""

gc.set_threshold(YOUNG_OBJECTS)  # before the first of them is loaded

from forensics.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
