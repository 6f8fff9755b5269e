"""Pages of segments: list, builder, the segment itself, exports and secret links."""
