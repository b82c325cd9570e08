"""One module per story: `tell(network, folder, out)` lets it happen and hands the evidence over."""
