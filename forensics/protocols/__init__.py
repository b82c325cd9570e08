"""Pure grammar and pure evaluation: bytes or text in, frozen values out. No I/O, no clock, no opinion."""
