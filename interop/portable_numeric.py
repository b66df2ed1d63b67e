"""The functions of @mlsec/preprocess/numeric, written again with Python's floats.

Both sides are IEEE 754 doubles under + - * / alone, in the same order, so they must give the same bits; what an engine
does otherwise (contracting to fused operations, keeping more digits, its own exp) shows as a difference.
"""

import math
import struct

LOG2_E = 1.4426950408889634
# ln 2 in two parts: the first has 32 trailing zero bits.
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
OVERFLOW, UNDERFLOW = 709.782712893384, -745.1332191019412


def horner(coefficients: list[float], x: float) -> float:
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


# (e^r - 1 - r) / r^2, and (2 artanh(s) - 2 s) / s^3 in s^2: the highest power first.
EXP_SERIES = [1 / math.factorial(n) for n in range(14, 1, -1)]
LOG_SERIES = [2 / n for n in range(25, 1, -2)]


def nearest(x: float) -> int:
    """The nearest integer, halves upward."""
    below = math.floor(x)
    return below + 1 if x - below >= 0.5 else below


def scaled(x: float, k: int) -> float:
    if k > 1023:
        return x * 2.0**1023 * 2.0 ** min(k - 1023, 1023)
    if k < -1022:
        return x * 2.0 ** max(k + 969, -1022) * 2.0**-969
    return x * 2.0**k


def reduced(x: float) -> tuple[int, float]:
    """k and e^r - 1 with x = k ln 2 + r."""
    k = nearest(x * LOG2_E)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    lost = high - r - low
    return k, r + (r * r * horner(EXP_SERIES, r) + (lost + lost * r))


def exp(x: float) -> float:
    if not x <= OVERFLOW:
        return math.inf if x > OVERFLOW else math.nan
    if x < UNDERFLOW:
        return 0.0
    k, fraction = reduced(x)
    return scaled(1 + fraction, k)


def expm1(x: float) -> float:
    if not x <= OVERFLOW:
        return math.inf if x > OVERFLOW else math.nan
    if x < -38:
        return -1.0
    k, fraction = reduced(x)
    if k == 0:
        return x if x == 0 else x + x * x * horner(EXP_SERIES, x)
    if k > 56:
        return scaled(1 + fraction, k)
    scale = scaled(1.0, k)
    return scale - 1 + scale * fraction if k > 0 else scale * fraction + (scale - 1)


def sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + exp(-x))
    e = exp(x)
    return e / (1 + e)


def tanh(x: float) -> float:
    if x < 0:
        return -tanh(-x)
    if not x <= 20:
        return 1.0 if x > 20 else math.nan
    if x < 1e-8:
        return x
    e = expm1(2 * x)
    return e / (e + 2)


def split(x: float) -> tuple[int, float]:
    """x = 2^k (1 + f) with 1 + f between the roots of 1/2 and 2, as far as the upper word tells."""
    mantissa, exponent = math.frexp(x)
    high = struct.unpack(">I", struct.pack(">d", 2 * mantissa)[:4])[0]
    over_root = high >= 0x3FF6A09E
    return (exponent, mantissa - 1) if over_root else (exponent - 1, 2 * mantissa - 1)


def remainder(f: float, s: float) -> float:
    z = s * s
    return s * (0.5 * f * f + z * horner(LOG_SERIES, z))


def log(x: float) -> float:
    if not x > 0:
        return -math.inf if x == 0 else math.nan
    if x == math.inf:
        return x
    k, f = split(x)
    s = f / (2 + f)
    half = 0.5 * f * f
    return k * LN2_HIGH - (half - (remainder(f, s) + k * LN2_LOW) - f)


def log1p(x: float) -> float:
    if not x > -1:
        return -math.inf if x == -1 else math.nan
    if x == math.inf or abs(x) < 1.2e-16:
        return x
    total = 1 + x
    k, f = split(total)
    if k == 0:
        s = x / (2 + x)
        half = 0.5 * x * x
        return x - (half - remainder(x, s))
    lost = (1 - (total - x) if x >= 1 else x - (total - 1)) / total
    s = f / (2 + f)
    half = 0.5 * f * f
    return k * LN2_HIGH - (half - (remainder(f, s) + (k * LN2_LOW + lost)) - f)


def log2(x: float) -> float:
    if not x > 0:
        return -math.inf if x == 0 else math.nan
    if x == math.inf:
        return x
    k, f = split(x)
    return k + log(1 + f) * LOG2_E
