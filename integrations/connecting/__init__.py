"""Connections: storing, opening, testing and naming them, and listening to their calls."""
