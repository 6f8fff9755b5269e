"""A segment while it is being made: its rows, what they would find, and how it is stored."""
