"""Secret links."""
