"""The seeded random numbers of @mlsec/preprocess/numeric, written again after their publications.

`make_goldens.py` checks them against the published sequences before it makes anything with them.
"""

import math

import portable_numeric

MASK_32, MASK_64, GAMMA = 2**32 - 1, 2**64 - 1, 0x9E3779B97F4A7C15


def splitmix64(state: int, index: int = 1) -> int:
    """Output number `index` (from 1) of SplitMix64 (Steele, Lea and Flood, 2014) started at `state`."""
    z = (state + index * GAMMA) & MASK_64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK_64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK_64
    return z ^ (z >> 31)


class Xoshiro128:
    """xoshiro128** 1.1 (Blackman and Vigna, 2021)."""

    def __init__(self, state: list[int]):
        self.s = list(state)

    @staticmethod
    def of_key(key: int) -> "Xoshiro128":
        words = [splitmix64(key, 1), splitmix64(key, 2)]
        return Xoshiro128([part for word in words for part in (word & MASK_32, word >> 32)])

    def uint32(self) -> int:
        def rotate(x: int, by: int) -> int:
            return ((x << by) | (x >> (32 - by))) & MASK_32

        s = self.s
        result = (rotate((s[1] * 5) & MASK_32, 7) * 9) & MASK_32
        t = (s[1] << 9) & MASK_32
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 11)
        return result

    def float(self) -> float:
        high, low = self.uint32() >> 5, self.uint32() >> 6
        return (high * 2**26 + low) / 2**53

    def normal(self) -> float:
        """By Marsaglia's polar method."""
        while True:
            u, v = 2 * self.float() - 1, 2 * self.float() - 1
            s = u * u + v * v
            if 0 < s < 1:
                return u * math.sqrt((-2 * portable_numeric.log(s)) / s)

    def exponential(self) -> float:
        return -portable_numeric.log(1 - self.float())

    def below(self, bound: int) -> int:
        while True:
            draw = self.uint32()
            if draw < 2**32 // bound * bound:
                return draw % bound

    def shuffled(self, items: list[int]) -> list[int]:
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def fork_key(key: int, index: int) -> int:
    return splitmix64(splitmix64(key), index)
