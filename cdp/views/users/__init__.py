"""Pages of the users."""
