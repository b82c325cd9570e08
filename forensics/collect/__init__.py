"""What asks the network, and nothing else does: every answer is on disk before it is read."""
