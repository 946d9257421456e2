"""Readers that lie where they usually do."""

from collections.abc import Iterator
from pathlib import Path

import mojika
from mojika.errors import UserError
from mojika.files.reader_folder import is_reader_folder
from mojika.reader.pipeline_models import is_run, pipeline_models

MODELS = Path("models")
STARTER = Path(mojika.__file__).parents[2] / "models" / "starter"  # in a checkout; packages do not contain it


def readers_below(folder: Path, starter: Path = STARTER) -> Iterator[Path]:
    """Readers' folders in `folder` and in its subfolders, then folders in which a pipeline left a detector and
    classifiers; each kind by name, those that lie higher up first. Last, wherever `folder` is, the one that comes with
    Mojika, `starter`."""
    children = sorted(path for path in folder.glob("[!.]*/") if path.resolve() != starter.resolve())
    grandchildren = [path for child in children for path in sorted(child.glob("[!.]*/"))]
    yield from filter(is_reader_folder, (folder, *children, *grandchildren))
    yield from filter(_is_pipeline, (folder, *children))
    if is_reader_folder(starter):
        yield starter


def default_models(folder: Path = MODELS, starter: Path = STARTER) -> tuple[str, str]:
    """The first of `readers_below`, and a line that says what was chosen; raises `UserError` where there is none."""
    chosen, *others = [*map(str, readers_below(folder, starter))] or [""]
    others = [other for other in others if other != str(starter)]
    if chosen == str(starter):
        return chosen, f"models: {chosen}, which comes with Mojika; `mojika finetune` adapts it to a book"
    if not chosen:
        raise UserError(
            f"no models: expected a reader's folder or a pipeline's runs below {folder}, found none; name a reader's "
            "folder, a pipeline's models/, .model files or hf:OWNER/NAME; Mojika's repository has one, models/starter"
        )
    more = f"; not {', '.join(others)}: name the one to read with" if others else ""
    return chosen, f"models: {chosen}{more}"


def _is_pipeline(folder: Path) -> bool:
    if is_run(folder):
        return False
    models, _, _ = pipeline_models(folder)
    return len({model.parent.name.startswith("00_") for model in models}) == 2
