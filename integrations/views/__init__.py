"""Pages of connections and audiences."""
