"""A language model of characters: how likely each one is after those before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mojika.language.kneser_ney import Level
from mojika.language.normal_forms import normal_form

Numbers = NDArray[np.int64]
Logarithms = NDArray[np.float32]
UNKNOWN = 0  # the token of all characters that no text had
START = 0  # the node before anything was read
_LEAST = -99.0  # a logarithm that stands for 0


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """n-grams as nodes of a tree, numbered order by order and by parent and token in each; node 0 is the root.

    `characters` are those of tokens 1, 2, …; `parents` and `tokens` `(nodes - 1,)` are those of node 1, 2, …
    `log_probability` `(nodes,)`, of the last token after those before it, and `log_backoff` `(nodes,)`, which is added
    where a token does not follow the node, are natural logarithms; the root has the probability of a character that no
    text had. `suffix` `(nodes,)` is the node of the same n-gram without its first token.
    """

    characters: str
    parents: Numbers
    tokens: Numbers
    log_probability: Logarithms
    log_backoff: Logarithms
    suffix: Numbers

    @classmethod
    def of_levels(cls, characters: str, levels: Sequence[Level], unseen: float) -> "LanguageModel":
        """Raises `ValueError` where a token, or an n-gram without its first token, is missing."""
        firsts = np.cumsum([1, *(len(level.token) for level in levels)])
        before = [0, *firsts[:-1]]
        parents = [level.prefix + first for level, first in zip(levels, before, strict=False)]
        probability = np.concatenate([[unseen], *(level.probability for level in levels)])
        backoff = np.concatenate([[1.0], *(level.backoff for level in levels)])
        tokens = np.concatenate([level.token for level in levels])
        return cls.of_tree(characters, np.concatenate(parents), tokens, _log(probability), _log(backoff))

    @classmethod
    def of_tree(
        cls, characters: str, parents: Numbers, tokens: Numbers, log_probability: Logarithms, log_backoff: Logarithms
    ) -> "LanguageModel":
        """Raises `ValueError` where nodes are not in order, or an n-gram without its first token is not among them."""
        radix = len(characters) + 1
        keys = parents * radix + tokens
        if (np.diff(keys) <= 0).any() or (parents > np.arange(len(parents))).any():
            raise ValueError("expected n-grams in order")
        suffix = np.zeros(len(keys) + 1, np.int64)
        ends = np.flatnonzero(np.diff(_depths(parents))) + 1
        for rows in np.split(np.arange(len(keys)), ends[ends > 0]) if len(keys) else []:
            deep = rows[parents[rows] != START]
            wanted = suffix[parents[deep]] * radix + tokens[deep]
            found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            if (keys[found] != wanted).any():
                raise ValueError("expected of every n-gram also the one without its first character")
            suffix[deep + 1] = found + 1
        return cls(characters, parents, tokens, log_probability, log_backoff, suffix)

    @property
    def order(self) -> int:
        return int(_depths(self.parents).max(initial=0))

    @cached_property
    def _keys(self) -> Numbers:
        return self.parents * (len(self.characters) + 1) + self.tokens

    @cached_property
    def _tokens(self) -> dict[str, int]:
        return {character: token for token, character in enumerate(self.characters, 1)}

    @cached_property
    def _remembered(self) -> Numbers:
        """`(nodes,)`: the longest suffix of each node after which anything is known; the node that stands for it."""
        inner = np.zeros(len(self.suffix), bool)
        inner[self.parents] = inner[START] = True
        node = np.arange(len(self.suffix))
        while not inner[node].all():
            node = np.where(inner[node], node, self.suffix[node])
        return node

    def encoded(self, characters: Sequence[str]) -> Numbers:
        """The tokens `(N,)` of characters, each in its normal form; `UNKNOWN` for all that are none of the model's."""
        return np.array([self._tokens.get(normal_form(character), UNKNOWN) for character in characters], np.int64)

    def step(self, nodes: Numbers, tokens: Numbers) -> tuple[Logarithms, Numbers]:
        """The logarithm of the probability of each of `tokens` after what the node beside it stands for, and the node
        that stands for both; `nodes` and `tokens` are broadcast against each other."""
        nodes, tokens = np.broadcast_arrays(nodes, tokens)
        shape = tokens.shape
        node, wanted = nodes.ravel().copy(), tokens.ravel()
        logarithm, after = np.zeros(len(node), np.float32), np.zeros(len(node), np.int64)
        waiting = np.arange(len(node))
        while len(waiting):
            at = node[waiting]
            keys = at * (len(self.characters) + 1) + wanted[waiting]
            place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            hit = (self._keys[place] == keys) & (wanted[waiting] != UNKNOWN)
            found = np.where(hit, place + 1, START)
            done = hit | (at == START)
            logarithm[waiting] += np.where(done, self.log_probability[found], self.log_backoff[at])
            after[waiting[done]] = self._remembered[found[done]]
            waiting = waiting[~done]
            node[waiting] = self.suffix[node[waiting]]
        return logarithm.reshape(shape), after.reshape(shape)

    def log_probabilities(self, runs: Sequence[Numbers]) -> list[Logarithms]:
        """Of each token of each run after those before it."""
        longest = max(map(len, runs), default=0)
        by_length = sorted(range(len(runs)), key=lambda run: -len(runs[run]))
        found = [np.zeros(len(run), np.float32) for run in runs]
        nodes = np.zeros(len(runs), np.int64)
        for place in range(longest):
            while by_length and len(runs[by_length[-1]]) <= place:
                by_length.pop()
            nodes = nodes[: len(by_length)]
            logarithms, nodes = self.step(nodes, np.array([runs[run][place] for run in by_length], np.int64))
            for run, logarithm in zip(by_length, logarithms, strict=True):
                found[run][place] = logarithm
        return found


def _log(values: NDArray[np.float64]) -> Logarithms:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(values), _LEAST).astype(np.float32)


def _depths(parents: Numbers) -> Numbers:
    """How many tokens the n-grams of nodes 1, 2, … have."""
    depths = np.zeros(len(parents) + 1, np.int64)
    first = 1
    while first <= len(parents):
        # a level is what the nodes before it are the parents of
        end = int(np.searchsorted(parents, first)) + 1
        depths[first:end] = depths[parents[first - 1]] + 1
        if end == first:
            raise ValueError("expected n-grams in order")
        first = end
    return depths[1:]
