"""Values that flow from wing to wing; frozen, without I/O."""
