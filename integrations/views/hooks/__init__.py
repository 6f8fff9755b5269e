"""The address at which services call us."""
