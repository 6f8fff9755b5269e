"""Pages of audiences: making one, its ledger, its people and its runs."""
