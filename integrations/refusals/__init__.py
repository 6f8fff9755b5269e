"""What the refusals of each service mean, in sentences with something to do."""
