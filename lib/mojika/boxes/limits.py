"""Which boxes are kept and how many. The help of flags shows these numbers, so nothing heavy is imported here."""

KEPT_FROM = 0.5  # probability of the false-positive filter
MOST_PREDICTIONS = 1200  # a page; the competition takes no more
