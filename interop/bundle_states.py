"""Values of a bundle's manifest, checked by type and range (docs/bundle-format.md, section 1)."""

import math
from collections.abc import Iterable

import numpy as np

from bundle_container import Refused

LARGEST = 1.7976931348623157e308


def fail(why: str):
    raise Refused("invalid-manifest", why)


def require(holds: bool, why: str) -> None:
    if not holds:
        fail(why)


def fields(value) -> dict:
    require(isinstance(value, dict), "an object is wanted")
    return value


def number(value, low: float = -LARGEST, high: float = LARGEST) -> float:
    require(isinstance(value, float) and low <= value <= high, f"a number from {low} to {high} is wanted")
    return value


def integer(value, low: float = -LARGEST, high: float = 2**53 - 1) -> int:
    require(number(value, low, high).is_integer() and abs(value) < 2**53, "an integer is wanted")
    return int(value)


def string(value) -> str:
    require(isinstance(value, str), "a string is wanted")
    return value


def boolean(value) -> bool:
    require(isinstance(value, bool), "true or false is wanted")
    return value


def one_of(value, choices: Iterable[str]) -> str:
    require(isinstance(value, str) and value in choices, f"one of {choices} is wanted")
    return value


def items(value) -> list:
    require(isinstance(value, list), "a list is wanted")
    return value


def strings(value) -> list[str]:
    return [string(item) for item in items(value)]


def distinct(values: list[str]) -> list[str]:
    require(len(set(values)) == len(values), "distinct strings are wanted")
    return values


def array(value, dtype: str, length: int | None = None, low: float = -math.inf, high: float = math.inf) -> np.ndarray:
    """An array of float64, float32 or int32 numbers, from a tensor of that type or a list."""
    if isinstance(value, np.ndarray):
        require(value.dtype == np.dtype(dtype), f"a tensor of another type than {dtype}")
        made = value
    else:
        require(all(isinstance(item, float) and math.isfinite(item) for item in items(value)), "a list of numbers is wanted")
        given = np.array(value, dtype="float64")
        with np.errstate(over="ignore", invalid="ignore"):
            made = given.astype(dtype)
        require(np.array_equal(made.astype("float64"), given), f"{dtype} does not hold the numbers")
    require(length is None or len(made) == length, f"{length} numbers are wanted")
    require(bool(np.isfinite(made).all() and (made >= low).all() and (made <= high).all()), "numbers out of range")
    return made


def float64(value, length: int | None = None, low: float = -math.inf, high: float = math.inf) -> np.ndarray:
    return array(value, "float64", length, low, high)


def float32(value, length: int | None = None) -> np.ndarray:
    return array(value, "float32", length)


def int32(value, length: int | None = None, low: float = -(2**31), high: float = 2**31 - 1) -> np.ndarray:
    return array(value, "int32", length, low, high)


def ascends(values: np.ndarray, strictly: bool) -> bool:
    before, after = values[:-1], values[1:]
    return bool((before < after).all() if strictly else (before <= after).all())
