"""What the pages of segments tell: sizes, figures against the shop, overlaps, members."""
