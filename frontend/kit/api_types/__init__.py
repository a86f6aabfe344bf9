"""Shapes of the API's answers, as far as the dashboard reads them; a room for each noun."""
