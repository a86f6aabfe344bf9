"""What every kind of notification shares. A kind is declared beside its noun."""
