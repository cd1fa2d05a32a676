"""How shares are written, in text and on figures alike."""


def percent(share: float, digits: int = 1) -> str:
    """A share as per cent that is rounded to 0 or 100 only when it is exactly that.

    Parameters
    ----------
    share : float
        0 … 1.
    digits : int
        Decimals.

    Examples
    --------
    >>> percent(0.9981), percent(0.99999), percent(1.0), percent(0.0001)
    ('99.8 %', '> 99.9 %', '100.0 %', '< 0.1 %')
    """
    least = 10.0**-digits
    if 0 < 100 * share < least / 2:
        return f"< {least:.{digits}f} %"
    if 100 - least / 2 <= 100 * share < 100:
        return f"> {100 - least:.{digits}f} %"
    return f"{100 * share:.{digits}f} %"
