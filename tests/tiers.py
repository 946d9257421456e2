"""Which tests are in which tier, by path, from measured durations."""

from collections.abc import Sequence
from pathlib import Path

TESTS = Path(__file__).parent
CAMPAIGN = "campaign"  # in the tier `faults` alone: processes killed, writes refused
# What `--tier quick` leaves out, the longest first: one worker begins with them while others do the rest.
LONG = ("pipeline/test_reproduce.py", "pipeline/test_bengali_reproduce.py")
SHARDS = (  # wide Parquet tables, a column for each pixel
    "cli/test_infer_graphemes_command.py",
    "cli/test_pack_graphemes_command.py",
    "data/test_grapheme_checks.py",
    "data/test_grapheme_shards.py",
    "samples/graphemes/test_bengali_sample.py",
)
STORES = (  # servers on loopback, other processes
    "files/test_fetching.py",
    "files/test_recorded.py",
    "data/test_data_in_stores.py",
    "reader/test_hub.py",
    "scans/test_web.py",
)
EXPORTS = (
    "reader/test_onnx_export.py",
    "reader/test_onnx_engine.py",
    "reader/test_onnx_int8.py",
)  # networks as ONNX files, several seconds
TYPES = "lint/test_types.py"  # mypy over the library, 45 s of a core without its cache
CLUSTERS = ("reader/test_ray_workers.py",)  # a dozen processes
FAULTY_FILES = ("inspection/test_check_is_use.py", "inspection/test_fuzzing.py")  # hundreds, each read twice
NETWORKS = ("detection/test_detection_task.py", "detection/test_detector.py", "models/test_activations.py")
SWEEPS = ("cli/test_faults_of_files.py",)  # models, packs and boxes for a line of every command
FILTERS = ("boxes/test_filter_search.py", "cli/test_filter_commands.py")  # searches, each with a study of its own
WHOLE = (
    *LONG,
    "pipeline",
    *SHARDS,
    "samples/test_sample_dataset.py",
    *NETWORKS,
    *FILTERS,
    *SWEEPS,
    *STORES,
    *EXPORTS,
    *CLUSTERS,
    *FAULTY_FILES,
    TYPES,
)
LONG_TIMEOUT = 3600  # seconds


def place_among(paths: Sequence[str], path: Path) -> int:
    """Number of the first of `paths` that is or holds this file; their count if none does."""
    name = path.relative_to(TESTS).as_posix()
    return next((at for at, each in enumerate(paths) if name == each or name.startswith(f"{each}/")), len(paths))
