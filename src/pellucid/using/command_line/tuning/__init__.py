"""Which settings are best? A search that learns from its trials, which may be interrupted and gone on with."""
