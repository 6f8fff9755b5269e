"""Pages of the record and of the house: home, customers, imports, jobs, settings, users."""
