"""Bringing an audience in line with its segment: difference, removals, additions, confirmations."""
