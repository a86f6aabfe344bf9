"""What is believed of what comes in, whichever way it comes: typed in, in bulk or in a file."""

from datetime import date

EARLIEST_DAY, LATEST_DAY = date(1900, 1, 1), date(2200, 1, 1)
"""Of birth, joining or a membership; beyond them is a slip of the keyboard."""

EARLIEST_YEAR = 1990
"""Nobody wrote visits down by computer before: the clock was reset, or the year is a slip."""
