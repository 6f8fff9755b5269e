"""Customers as services see them: who they are, normalised, hashed, and the figures sent along."""
