"""Secrets of connections: sealed, stored, and sealed anew under another key."""
