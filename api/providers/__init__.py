"""What leaves the house through a vendor: a protocol each, and one file per vendor."""
