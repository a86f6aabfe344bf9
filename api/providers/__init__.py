"""Outside services: a protocol each, and one file per vendor."""
