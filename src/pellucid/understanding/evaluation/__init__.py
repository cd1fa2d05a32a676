"""How good is it? Reports on data that training did not see."""
