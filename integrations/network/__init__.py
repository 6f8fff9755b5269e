"""The one way out: checked addresses, time-outs, retries, pace, and words that tell nothing."""
