"""Ways of sending SMS."""
