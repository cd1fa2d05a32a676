"""What every test may use: how many random examples hypothesis tries, with which seed, and the real data sets.

`pytest --hypothesis-profile=thorough` takes fifty times as many.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from pellucid.basics.errors import DownloadError
from pellucid.data.downloads import fetch

# Timings never decide a test, hence no deadline and no check of slowness.
settings.register_profile(
    "everyday", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("everyday"), derandomize=True)
settings.register_profile("thorough", settings.get_profile("everyday"), max_examples=1000)
settings.load_profile("ci" if os.environ.get("CI") else "everyday")


@pytest.fixture(scope="session")
def real_sets() -> None:
    """MNIST and Fashion-MNIST in the cache; without a network a test is skipped, but not where CI promises one."""
    for name in ("mnist", "fashion-mnist"):
        try:
            fetch(name)
        except DownloadError as error:
            if os.environ.get("CI"):
                pytest.fail(f"{name} can't be fetched: {error}")
            pytest.skip(f"{name} can't be fetched here")


@pytest.fixture(autouse=True)
def _network_or_skip(request: pytest.FixtureRequest) -> None:
    """Every test that is marked so gets the real sets."""
    if request.node.get_closest_marker("network") is not None:
        request.getfixturevalue("real_sets")
