"""Learning from the shop's past: what a refresh fits and tests before it predicts."""
