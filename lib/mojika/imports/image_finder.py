"""Image files by the names that other files give them."""

from collections import defaultdict
from contextlib import suppress
from functools import cached_property
from pathlib import Path, PureWindowsPath

from mojika.data.class_folders import files_below, is_image
from mojika.errors import UserError


class ImageFinder:
    """Images of the folder `images`, or else of `root`. It is only searched where a name does not lead to a file."""

    def __init__(self, root: Path, images: Path | None = None) -> None:
        self.root = images or root

    def find(self, name: str, beside: Path) -> Path:
        """The image that a file in the folder `beside` calls `name`, with or without suffix, folders and drive.

        Looked for from the root, beside that file, from the working directory, and then below the root by the longest
        part of its path that is there. Raises `UserError` where there is none, or several.
        """
        wanted = PureWindowsPath(name).as_posix()
        for candidate in (self.root / wanted, beside / wanted, Path(wanted)):
            with suppress(OSError):  # of names longer than any file's
                if candidate.is_file() and is_image(candidate):
                    return candidate
        parts = [part for part in PureWindowsPath(wanted).parts if part not in ("..", ".")]
        for start in range(len(parts)):
            found = self._by_end.get("/".join(parts[start:]), [])
            if len(found) > 1:
                others = ", ".join(str(path.relative_to(self.root)) for path in found[:2])
                raise UserError(f"expected one image called {name}, found {others}")
            if found:
                return found[0]
        raise UserError(f"no image called {name[:200]}")

    @property
    def images(self) -> list[Path]:
        """All images below the root."""
        return [path for path in self._files if is_image(path)]

    @cached_property
    def _files(self) -> list[Path]:
        return files_below(self.root)

    @cached_property
    def _by_end(self) -> dict[str, list[Path]]:
        """Images by each end of their path, with and without suffix."""
        ends: dict[str, list[Path]] = defaultdict(list)
        for path in self.images:
            parts = path.relative_to(self.root).parts
            for start in range(len(parts)):
                end = "/".join(parts[start:])
                ends[end].append(path)
                ends[end.removesuffix(path.suffix)].append(path)
        return ends
