"""Money that members owe: so far, reminding them of it."""
