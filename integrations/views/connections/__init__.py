"""Pages of connections: the list, connecting a service, testing, pausing and deleting."""
