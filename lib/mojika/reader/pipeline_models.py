"""The models that a pipeline leaves: which of its runs read pages at the end."""

import re
from pathlib import Path

_BEST = "best.model"  # as mojika.training.checkpoints has it, which needs torch
_RUN = re.compile(r"(\d+)_.+")
_GENERATIONS = {"refined": re.compile(r"\d+_refine_.+"), "second": re.compile(r".+_pseudo"), "first": re.compile(".+")}
_FILTERS = ("final", "second", "first")


def is_run(path: Path) -> bool:
    """Whether it is the folder of a run that has left a model."""
    return bool(models_of_run(path))


def models_of_run(path: Path) -> list[Path]:
    """The snapshots of a detector that its run has kept, else the best model, where there is one."""
    return sorted(path.glob("iteration-*.model")) or sorted(path.glob(_BEST))


def pipeline_models(folder: Path) -> tuple[list[Path], Path | None, str]:
    """Models and filter of the last reading, as scripts/reproduce.sh leaves them, or of what has come to exist of it.

    Runs are told by their names: 00_… is the detector, 01_refine_… was refined, …_pseudo trained on pseudo-labels. The
    text says what was chosen. No model, where the folder holds no runs.
    """
    runs = {run.name: models_of_run(run) for run in sorted(folder.glob("[0-9]*_*")) if _RUN.fullmatch(run.name)}
    detectors = [model for name, models in runs.items() if _number(name) == 0 for model in models]
    readers = {name: models for name, models in runs.items() if _number(name) > 0 and models}
    generations = {
        generation: [models[-1] for name, models in readers.items() if pattern.fullmatch(name)]
        for generation, pattern in _GENERATIONS.items()
    }
    generation, chosen = next(((name, models) for name, models in generations.items() if models), ("", []))
    filters = (folder / f"{name}_filter" / "boosters" for name in _FILTERS)
    filter_folder = next((path for path in filters if path.is_dir()), None) if detectors else None
    parts = [f"{each.parent.name}/{each.stem}" for each in detectors]
    parts += [f"the {generation} classifiers {', '.join(each.parent.name for each in chosen)}"] * bool(chosen)
    parts += [f"{filter_folder.parent.name}"] if filter_folder else ["no filter"] * bool(detectors)
    return detectors + chosen, filter_folder, f"{folder}: {', '.join(parts)}"


def _number(run: str) -> int:
    found = _RUN.fullmatch(run)
    return int(found[1]) if found else -1
