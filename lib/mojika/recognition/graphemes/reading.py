"""All shards of a set read by several models, shard by shard, so that the work can stop and resume."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mojika.data.grapheme_shards import GraphemeShard
from mojika.files.fingerprints import digest, files_digest
from mojika.recognition.graphemes.inference import common_classes, read_shard
from mojika.recognition.graphemes.probabilities import GraphemeProbabilities, read_probabilities, write_probabilities
from mojika.runtime.progress import track
from mojika.training.model_file import ReadingModel


def read_shards(
    models: Sequence[ReadingModel],
    shards: Sequence[GraphemeShard],
    made_from: dict[str, Any],
    parts: Path,
    **reading: Any,
) -> GraphemeProbabilities:
    """The probabilities of all images, `made_from` the models, the shards and how they are read.

    Those of each shard are kept in the folder `parts`, where another call finds them; `reading` are the keywords of
    `read_shard`.
    """
    ids = tuple(image_id for shard in shards for image_id in shard.ids)
    whole = GraphemeProbabilities.empty(ids, common_classes(models), made_from)
    images = _shard_by_shard(models, shards, whole, parts, **reading)
    for _ in track(images, total=len(ids), description="reading", unit="image"):
        pass
    return whole


def _shard_by_shard(
    models: Sequence[ReadingModel],
    shards: Sequence[GraphemeShard],
    whole: GraphemeProbabilities,
    parts: Path,
    **reading: Any,
) -> Iterator[str]:
    first = 0
    for shard in shards:
        made_from = {**whole.made_from, "shards": files_digest([shard.path])}
        path = parts / f"{digest(made_from)[:32]}.parquet"
        if path.exists():
            part = read_probabilities(path)
            yield from part.image_ids
        else:
            part = GraphemeProbabilities.empty(shard.ids, whole.classes, made_from)
            yield from read_shard(models, shard, part, **reading)
            write_probabilities(path, part)
        whole.take(first, part)
        first += len(shard.ids)
