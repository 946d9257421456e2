"""The language model of a reader: where it lies, and how much it counts."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mojika.errors import ParameterError, UserError
from mojika.files.fingerprints import file_digest
from mojika.language.context import Context
from mojika.language.model_file import LANGUAGE_MODEL, read_language_model

OFF = "off"
WEIGHT, TEMPERATURE = 0.5, 1.0


@dataclass(frozen=True)
class LanguageFile:
    """A language model that has not been loaded; `weight` and `temperature` as in `Context`. `digest` is the file's."""

    path: Path
    digest: str
    weight: float = WEIGHT
    temperature: float = TEMPERATURE

    def __post_init__(self) -> None:
        for name, least in (("weight", 0.0), ("temperature", 0.01)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 100:
                expected = f"expected a number from {least:g} to 100, found {str(value)[:40]}"
                raise UserError(f"{self.path}: {name}: {expected}")

    @classmethod
    def open(cls, path: Path, **numbers: Any) -> "LanguageFile":
        """Raises `UserError` where the file is no language model, or a number has no meaning."""
        LANGUAGE_MODEL.read(path)
        return cls(path, file_digest(path), **numbers)

    def to_plain(self) -> dict[str, Any]:
        """What decides how it reads."""
        return {"sha256": self.digest, "weight": self.weight, "temperature": self.temperature}

    def load(self) -> Context:
        """Raises `UserError` where the file makes no sense."""
        return Context(read_language_model(self.path), self.weight, self.temperature)


def chosen_language(
    own: LanguageFile | None, asked: str | None, weight: float | None = None, temperature: float | None = None
) -> LanguageFile | None:
    """The file that is `asked` for, none for `off`, by default the reader's `own`; with other numbers where given.

    Raises `UserError` where numbers are given for none, or the file is no language model.
    """
    chosen = own
    if asked is not None:
        opened = None if asked == OFF else LanguageFile.open(Path(asked))
        chosen = replace(own, path=opened.path, digest=opened.digest) if own and opened else opened
    given = {"lm_weight": weight, "lm_temperature": temperature}
    for name in (name for name, value in given.items() if value is not None and chosen is None):
        raise ParameterError(f"{{{name}}}: only with a language model, which {{lm}} names")
    if chosen and weight is not None:
        chosen = replace(chosen, weight=weight)
    return replace(chosen, temperature=temperature) if chosen and temperature is not None else chosen
