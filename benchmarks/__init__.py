"""Measurements of Regulars against what the database can do at best; see README.md."""
