"""How fast Pellucid is beside other libraries, on this machine; `make benchmark` runs it, `README.md` tells how."""
