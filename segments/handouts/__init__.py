"""What leaves the house: files made by a job, and secret links."""
