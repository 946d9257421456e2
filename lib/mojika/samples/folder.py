"""The folder of a generated sample: begun, continued, whole; never over what is not its own.

While a sample is being made, `OUT/unfinished/` holds its parameters and what is done of it; a run that finds the same
parameters there resumes it. `OUT/sample.json` is written last: if it exists, the sample is complete.
"""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mojika.errors import ParameterError, UserError
from mojika.files.atomic import atomic_json, remove_leftovers
from mojika.files.faults import well_formed
from mojika.files.fingerprints import differences
from mojika.files.json_text import load_json


@dataclass(frozen=True)
class SampleFolder:
    """`files` are glob patterns, `folders` names: what a sample of this kind writes beside `sample.json`."""

    path: Path
    kind: str
    files: tuple[str, ...]
    folders: tuple[str, ...]

    @property
    def unfinished(self) -> Path:
        return self.path / "unfinished"

    def is_made(self, parameters: dict[str, Any], force: bool) -> bool:
        """Whether the whole sample of these parameters is there already.

        With `force` the sample of this kind is removed, even one with other parameters. What a run left behind that
        failed as it began is no sample, and what one left that failed as it ended is removed.

        Raises:
            UserError: the folder holds a sample of other parameters, or something that is no sample of this kind.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"expected a folder to write to, found a file: {self.path}")
        finished, begun = self.path / "sample.json", self.unfinished / "parameters.json"
        marker = finished if finished.exists() else begun
        if not marker.exists():
            if self.path.exists() and any(map(self._is_foreign, self.path.iterdir())):
                raise UserError(
                    f"expected an empty folder or a generated sample, found other files in {self.path}; choose another"
                )
            return False
        with well_formed(marker, "what says how a sample was made"):
            found = _read(marker)["parameters"] if marker == finished else _read(marker)
            kind = found["kind"]
        if kind != self.kind:
            raise UserError(f"expected a {self.kind} sample or none in {self.path}, found {kind}; choose another")
        if force:
            self.remove()
            return False
        if found != parameters:
            raise ParameterError(
                f"{self.path} holds a sample of other parameters ({differences(found, parameters)}); "
                "choose another folder or replace it with {force}"
            )
        made = marker == finished and self._has_all_images()
        if made:
            shutil.rmtree(self.unfinished, ignore_errors=True)
        return made

    def remove(self) -> None:
        """Remove what a sample of this kind writes, and nothing else."""
        (self.path / "sample.json").unlink(missing_ok=True)  # first: what is being removed is no longer whole
        for pattern in self.files:
            for file in self.path.glob(pattern):
                file.unlink()
        for name in (*self.folders, "unfinished"):
            shutil.rmtree(self.path / name, ignore_errors=True)

    def begin(self, parameters: dict[str, Any]) -> None:
        """Mark the sample as unfinished, and remove the torn files of runs that were killed."""
        atomic_json(self.unfinished / "parameters.json", parameters)
        (self.path / "sample.json").unlink(missing_ok=True)
        for folder in (".", *self.folders, "unfinished"):
            remove_leftovers(self.path / folder)

    def finish(self, parameters: dict[str, Any], report: dict[str, Any], images: Collection[str]) -> None:
        """Mark the sample as whole; `images` are the files without which it is not."""
        atomic_json(self.path / "sample.json", {"parameters": parameters, "report": report, "images": images})
        shutil.rmtree(self.unfinished)

    def report(self) -> dict[str, Any]:
        return _read(self.path / "sample.json")["report"]

    def _is_foreign(self, path: Path) -> bool:
        return path != self.unfinished or not all(each.name.endswith(".tmp") for each in path.iterdir())

    def _has_all_images(self) -> bool:
        with well_formed(self.path / "sample.json", "the images of a sample"):
            return all((self.path / file).exists() for file in _read(self.path / "sample.json")["images"])


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = load_json(file.read_text(encoding="utf-8"))
    return content
