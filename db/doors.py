"""What is believed about visits, whichever way they come: typed in, in bulk or in a file."""

EARLIEST_YEAR = 1990
"""Nobody wrote visits down by computer before: the clock was reset, or the year is a slip."""
