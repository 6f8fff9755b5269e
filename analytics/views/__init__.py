"""The pages about predictions."""
