"""The segment builder: rows made and changed by hand, with a live result."""
