"""How good networks are on tables beside other methods; `make benchmark-tables` runs it, `README.md` tells how."""
