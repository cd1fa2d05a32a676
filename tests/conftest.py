"""What every test may use: how many random examples hypothesis tries, and with which seed.

`pytest --hypothesis-profile=thorough` takes fifty times as many.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Timings never decide a test, hence no deadline and no check of slowness.
settings.register_profile(
    "everyday", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("everyday"), derandomize=True)
settings.register_profile("thorough", settings.get_profile("everyday"), max_examples=1000)
settings.load_profile("ci" if os.environ.get("CI") else "everyday")
