"""Seeded random weights, scaled so that activations stay of order one at any depth."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import prod, sqrt
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Gamma: TypeAlias = Literal["positive", "mixed"]

# Of consecutive channels' gamma when it is "mixed": a short period, so that every batch
# normalisation has each kind.
_MIXED_SIGNS = (1, -1, 0)


class BatchNormWeights(NamedTuple):
    """The parameters of a batch normalisation, each float32[channels]."""

    gamma: Float32
    beta: Float32
    mean: Float32
    var: Float32


class Weights:
    """Random weights that depend on nothing but the seed, the layer's name and the shape.

    ``gamma`` chooses the scales of batch normalisations: "positive", or "mixed" for a third
    each of positive, negative and zero, which some rewrites must not touch.
    """

    def __init__(self, seed: int = 0, *, gamma: Gamma = "positive"):
        self._seed = seed
        self._gamma = gamma

    def kernel(self, name: str, shape: Sequence[int], gain: float = 2.0) -> Float32:
        """A weight float32[outputs, ...] of mean 0 and variance ``gain / inputs per output``.

        The layer's output then has ``gain`` times the mean square of its input. He's gain of 2
        makes up for a relu on the input; 1 suits an input without one.
        """
        # Uniform: numpy draws these five times faster than normal ones.
        array = self._generator(name).random(tuple(shape), dtype=np.float32)
        array -= np.float32(0.5)
        array *= np.float32(sqrt(12 * gain / max(prod(shape[1:]), 1)))
        return array

    def bias(self, name: str, size: int) -> Float32:
        """A bias float32[size] of deviation 0.1."""
        return _around_zero(self._generator(name), size)

    def batch_norm(self, name: str, channels: int, gain: float = 1.0) -> BatchNormWeights:
        """Non-trivial statistics: E[(gamma / sqrt(var))^2] is close to ``gain``, and var > 0."""
        generator = self._generator(name)
        gamma = _around_one(generator, channels) * np.float32(sqrt(gain))
        if self._gamma == "mixed":
            gamma *= np.resize(np.array(_MIXED_SIGNS, np.float32), channels)
        return BatchNormWeights(
            gamma=gamma,
            beta=_around_zero(generator, channels),
            mean=_around_zero(generator, channels),
            var=_around_one(generator, channels),
        )

    def layer_norm(self, name: str, channels: int) -> tuple[Float32, Float32]:
        """gamma around 1 and beta around 0, each float32[channels]."""
        generator = self._generator(name)
        return _around_one(generator, channels), _around_zero(generator, channels)

    def _generator(self, name: str) -> np.random.Generator:
        digest = hashlib.blake2b(f"{self._seed}/{name}".encode(), digest_size=16).digest()
        return np.random.Generator(np.random.SFC64(int.from_bytes(digest, "little")))


def _around_one(generator: np.random.Generator, size: int) -> Float32:
    return generator.random(size, dtype=np.float32) * np.float32(0.5) + np.float32(0.75)


def _around_zero(generator: np.random.Generator, size: int) -> Float32:
    return generator.standard_normal(size, dtype=np.float32) * np.float32(0.1)
