"""How a reader reads where nobody has said it: from what its detectors were trained on."""

from collections.abc import Sequence

from mojika.detection.search_scales import spread_sides
from mojika.models.input_spec import PageInputSpec
from mojika.reader.settings import ReaderSettings


def default_settings(detectors: Sequence[PageInputSpec]) -> ReaderSettings:
    """Searching at short sides within those of the training."""
    return ReaderSettings(short_sides=spread_sides([spec.short_sides for spec in detectors]))
