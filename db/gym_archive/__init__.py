"""Everything of a gym out of the database as files, and into a new gym again."""
