"""What the characters of a page are read as, when what they look like is weighed against what they stand between."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mojika.language.model import UNKNOWN, LanguageModel
from mojika.language.search import probable_readings
from mojika.language.texts import runs_of_block
from mojika.reading.page import Block, Candidate, Character

_DIGITS = 6  # of probabilities in results
_LEAST = 0.5 * 10**-_DIGITS  # what a probability of 0 may have been before it was rounded


@dataclass(frozen=True, eq=False)
class Context:
    """A language model and how it is weighed: of a reading with the probability p by its looks, and P after what was
    read before it, p ** (1 / `temperature`) · P ** `weight` counts."""

    model: LanguageModel
    weight: float
    temperature: float

    def reread(self, blocks: Iterable[Block], keep: int) -> tuple[Block, ...]:
        """The blocks with their characters' likeliest `keep` readings in the context, and with the probabilities that
        these have there. A character that has only one reading, or a certain one, keeps it."""
        return tuple(self._reread(block, keep) for block in blocks)

    def _reread(self, block: Block, keep: int) -> Block:
        read: dict[tuple[int, int], Character] = {}
        for run in runs_of_block(block):
            characters = [block.columns[number].characters[place] for number, place in run]
            read.update(zip(run, self.read_run(characters, keep), strict=True))
        columns = (
            replace(column, characters=tuple(read[number, place] for place in range(len(column.characters))))
            for number, column in enumerate(block.columns)
        )
        return replace(block, columns=tuple(columns))

    def read_run(self, characters: Sequence[Character], keep: int) -> Iterator[Character]:
        """The characters of one run, read anew."""
        readings = max((len(character.candidates) for character in characters), default=0)
        tokens = np.full((len(characters), readings), UNKNOWN, np.int64)
        seen = np.full(tokens.shape, -np.inf)
        for row, character in enumerate(characters):
            candidates = character.candidates[:1] if character.prob >= 1 else character.candidates
            tokens[row, : len(candidates)] = self.model.encoded([each.char for each in candidates])
            seen[row, : len(candidates)] = np.log([max(each.prob, _LEAST) for each in candidates]) / self.temperature
        found = probable_readings(self.model, tokens, seen, self.weight)
        for character, probabilities in zip(characters, found, strict=True):
            yield _with_probabilities(character, probabilities, keep)


def _with_probabilities(character: Character, probabilities: np.ndarray, keep: int) -> Character:
    if len(character.candidates) == 1 or character.prob >= 1:
        return replace(character, candidates=character.candidates[:keep])
    likeliest = np.argsort(-probabilities[: len(character.candidates)], kind="stable")[:keep]
    chosen = [(character.candidates[row], round(float(probabilities[row]), _DIGITS)) for row in likeliest]
    return replace(character, candidates=tuple(Candidate(each.label, each.char, prob) for each, prob in chosen))
