"""How does a raw thing become X, y? Digits, toys, tables, pictures, splits, preparation."""
