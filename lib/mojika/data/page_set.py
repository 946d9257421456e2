"""A folder of page images with the label file that belongs to it, as checks and packing see them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mojika.data.images import read_image_size
from mojika.data.page_folder import PageFolder, look_into
from mojika.data.page_labels import PageLabels, scan_page_labels
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.urls import Place
from mojika.runtime.parallel import available_cores, ordered_map


@dataclass(frozen=True, eq=False)
class PageSet:
    """`found` in the folder; `pages` of the label file (none where `labels_file` is None), what is wrong with it."""

    folder: Place
    found: PageFolder
    labels_file: Place | None
    pages: list[PageLabels]
    label_faults: list[Fault]

    @classmethod
    def read(cls, folder: Place, labels_file: Place | None) -> "PageSet":
        """Raises `UserError` where the folder or the label file cannot be read as such at all."""
        pages, faults = scan_page_labels(labels_file) if labels_file else ([], [])
        return cls(folder, look_into(folder), labels_file, pages, faults)

    @property
    def files(self) -> dict[str, Path]:
        """The pages' files by image id."""
        return self.found.pages

    @property
    def labels_name(self) -> str:
        """How faults name the label file; empty where there is none, and so no labelled page."""
        return self.labels_file.name if self.labels_file else ""

    @cached_property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Width and height of each labelled page whose image has a readable header."""
        labelled = [page.image_id for page in self.pages if page.image_id in self.files]
        sizes = ordered_map(lambda image_id: _size(self.files[image_id]), labelled, available_cores())
        return {image_id: size for image_id, size in zip(labelled, sizes, strict=True) if size}


def _size(path: Path) -> tuple[int, int] | None:
    try:
        return read_image_size(path)
    except UserError:
        return None  # unreadable_images has the reason
