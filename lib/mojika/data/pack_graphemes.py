"""From grapheme shards and their labels to a pack with three label columns, as a stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.data.grapheme_labels import HEADS, label_faults, read_class_map, read_grapheme_labels, without_faults
from mojika.data.grapheme_shards import GraphemeShard, duplicate_ids, find_shards
from mojika.data.near_ids import NearIds
from mojika.data.pack_writer import write_pack
from mojika.errors import UserError
from mojika.files.faults import Fault, FaultLog, refuse, write_faults
from mojika.files.fingerprints import digest, files_digest
from mojika.files.urls import Place
from mojika.preprocessing.graphemes import HEIGHT, WIDTH, GraphemeForm
from mojika.runtime.parallel import ordered_map
from mojika.runtime.progress import track


@dataclass(frozen=True, eq=False)
class GraphemePacking:
    """What is to be packed, and how; `faults` is what had to be left out, empty unless bad data are skipped."""

    labels: pd.DataFrame
    shards: list[GraphemeShard]
    folder: Place
    classes: dict[str, ClassList]
    faults: list[Fault]
    form: GraphemeForm
    skip_bad: bool

    def made_from(self) -> dict[str, Any]:
        """All that decides the pack's content, for its fingerprint."""
        return {
            "stage": "pack graphemes",
            "grapheme_size": str(self.form),
            "skip_bad": self.skip_bad,
            "labels": digest(self.labels.to_dict("list")),
            "shards": files_digest(shard.path for shard in self.shards),
            "classes": digest({head: class_list.digest for head, class_list in self.classes.items()}),
        }


def plan_graphemes(
    labels_file: Place, shard_patterns: list[str], class_map: Place, form: GraphemeForm, skip_bad: bool = False
) -> GraphemePacking:
    """Read and check labels, class map and the shards' layout and ids, without decoding an image.

    Raises `UserError` on labels missing from the class map, duplicate ids, images without labels and labels
    without image, and shards that cannot be read, unless `skip_bad` leaves them out.
    """
    classes, labels = read_class_map(class_map), read_grapheme_labels(labels_file)
    faults = list(label_faults(labels, classes, labels_file.name))
    shards, shard_faults = open_shards(find_shards(shard_patterns))
    faults += [*shard_faults, *duplicate_ids(shards), *unmatched_ids(labels, shards, labels_file.name)]
    if not skip_bad:
        refuse(faults, labels_file.parent)
    labels = without_faults(labels, classes)
    labels = labels[labels["image_id"].isin({image_id for shard in shards for image_id in shard.ids})]
    if labels.empty:
        raise UserError(f"{labels_file}: expected labels of images in {', '.join(shard_patterns)}, found none")
    return GraphemePacking(labels, shards, labels_file.parent, classes, faults, form, skip_bad)


def open_shards(paths: list[Path]) -> tuple[list[GraphemeShard], list[Fault]]:
    """The shards that can be opened, and a fault for each of the others."""
    shards, faults = [], []
    for path in paths:
        try:
            shards.append(GraphemeShard.open(path))
        except UserError as error:
            faults.append(Fault.of_file(path, error))
    return shards, faults


def unmatched_ids(labels: pd.DataFrame, shards: list[GraphemeShard], name: str) -> Iterator[Fault]:
    """Labels of the file `name` whose image is in no shard, and images that it does not label."""
    ids, labelled = {image_id for shard in shards for image_id in shard.ids}, set(labels["image_id"])
    near = NearIds(ids)
    for index, image_id in labels["image_id"][~labels["image_id"].isin(ids | {""})].items():
        yield Fault(name, int(str(index)) + 2, f"{image_id}: no image in the shards{near.hint(image_id)}")
    for shard in shards:
        for row, image_id in enumerate(shard.ids, start=1):
            if image_id not in labelled:
                yield Fault(shard.path.name, row, f"{image_id}: no row in {name}")


def pack_graphemes(packing: GraphemePacking, out: Path, workers: int) -> dict[str, int]:
    """Write the pack; rows follow the shards. The label columns are `HEADS`, the group is the writer where known.

    Returns the numbers `images`, `graphemes` (distinct triples of labels), `writers` and `skipped` (faults; listed in
    `skipped.csv` within the pack). Raises `UserError` at a shard that is damaged within; where bad data are skipped,
    the images before the damage are kept.
    """
    log = FaultLog(packing.skip_bad, partial(refuse, folder=packing.folder), list(packing.faults))
    found = []
    labels = packing.labels.set_index("image_id")
    lots = ordered_map(lambda lot: (lot[0], packing.form.prepare(lot[1])), _wanted(packing, log), workers)
    one_by_one = ((image_id, image) for ids, images in lots for image_id, image in zip(ids, images, strict=True))
    with write_pack(out, size=packing.form.size, channels=1, expected_count=len(labels)) as writer:
        for image_id, image in track(one_by_one, total=len(labels), description="packing", unit="image"):
            writer.append(image[None])
            found.append(image_id)
        if not found:
            raise UserError(f"{packing.folder}: none of the labelled images can be read; see `mojika check`")
        samples = _samples(labels.loc[found])
        if log.faults:
            write_faults(writer.folder / "skipped.csv", log.faults)
        report = {
            "images": len(samples),
            "graphemes": len(samples[list(HEADS)].drop_duplicates()),
            "writers": samples["group"].nunique() if "writer" in labels else 0,
            "skipped": len(log.faults),
        }
        classes = {head: packing.classes[head].recounted(samples[head]) for head in HEADS}
        writer.finish(samples, classes, packing.made_from(), report)
    return report


def _wanted(packing: GraphemePacking, log: FaultLog) -> Iterator[tuple[list[str], np.ndarray]]:
    """Ids and images of the shards that are labelled, each once."""
    missing = set(packing.labels["image_id"])
    for shard in packing.shards:
        try:
            for ids, images in shard.batches():
                rows = []
                for row, image_id in enumerate(ids):
                    if image_id in missing:
                        missing.discard(image_id)
                        rows.append(row)
                yield [ids[row] for row in rows], images[rows]
        except UserError as error:
            log.add(Fault.of_file(shard.path, error))


def _samples(labels: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **{head: labels[head].astype("str").array for head in HEADS},
            "image_id": labels.index.to_numpy(),
            **{name: np.float32(value) for name, value in {"x1": 0, "y1": 0, "x2": WIDTH, "y2": HEIGHT}.items()},
            "group": labels["writer"].to_numpy() if "writer" in labels else "",
            "source": "train",
            "weight": np.float32(1),
            **({"grapheme": labels["grapheme"].to_numpy()} if "grapheme" in labels else {}),
        }
    )
