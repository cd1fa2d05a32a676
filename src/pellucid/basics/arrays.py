"""The type of an array of numbers, as annotations name it; shapes stand in docstrings."""

from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
