"""The model card of a reader's folder: Markdown with front matter, as the Hugging Face hub shows it.

Its numbers are those of the folder's configuration; the format: https://huggingface.co/docs/hub/model-cards.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from mojika.data.class_list import ClassList
from mojika.data.code_points import code_point_of
from mojika.files.reader_folder import NETWORKS, ONNX

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9.-]*")  # of a licence
_DATASET = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")  # on the hub
_JAPANESE = ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))  # kana, kanji
_METRICS = ("f1", "precision", "recall", "accuracy", "score")
_MEANINGS = {
    r"f1_first|.*_f1_first": "F1 of characters and their places, after the first reading",
    r"f1_nms|.*_f1_nms": "the same, of overlapping boxes only the best",
    r"f1_filter|.*_f1_filter": "the same, after the false-positive filter",
    r"f1_second|.*_f1_second": "the same, by the second models",
    r"f1_final|.*_f1_final": "the same, by the last models and their filter",
    r"f1|precision|recall": "of characters and their places",
    r"real_f1": "F1 of characters and their places on a real page that was not learnt from",
    r".*detection_precision.*": "share of the boxes that hold a character",
    r".*detection_recall.*": "share of the characters that have a box",
    r".*accuracy.*": "share of the characters that are read right",
    r".*macro_recall.*|recall_(root|vowel|consonant)": "share that is read right, averaged over classes",
    r"score.*|valid_score": "the competition's score of graphemes: recall of root (twice), vowel and consonant",
}
_CHARACTERS_OF_SEVERAL = "images of Bengali graphemes, as root, vowel and consonant diacritics"


def model_card(config: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]], classes: dict[str, ClassList]) -> str:
    """The card of a reader with this configuration, these files (size by name) and class lists (by head)."""
    front = yaml.safe_dump(_front_matter(config, classes), sort_keys=False, allow_unicode=True, width=100)
    parts = [_title(config, classes), _use(config), _models(config, files), _scores(config)]
    parts += [_training(config), *_language_model(config), _limits(config, classes), _licence(config)]
    return f"---\n{front}---\n\n" + "\n\n".join(parts) + "\n"


def _front_matter(config: Mapping[str, Any], classes: dict[str, ClassList]) -> dict[str, Any]:
    license, scores = config["license"], _of_the_end(_known(config["scores"]))
    identified = license is None or _IDENTIFIER.fullmatch(license)
    language = _language(classes)
    datasets = [name for name in config["data"] if _DATASET.fullmatch(name)]
    kinds = {"ja": ["kuzushiji", "historical-documents"], "bn": ["bengali", "graphemes"]}.get(language or "", [])
    return {
        **({"language": [language]} if language else {}),
        **({"license": license if identified else "other"} if license else {}),
        **({} if identified else {"license_name": license}),
        "library_name": "mojika",
        "pipeline_tag": "image-to-text",
        "tags": ["mojika", "ocr", "handwriting-recognition", *kinds],
        **({"datasets": datasets} if datasets else {}),
        **({"metrics": sorted(set(map(_metric, scores)))} if scores else {}),
        **({"model-index": [_index(config, scores)]} if scores else {}),
    }


def _index(config: Mapping[str, Any], scores: dict[str, float]) -> dict[str, Any]:
    data = config["data"][0] if config["data"] else "the run's own pages"
    result = {
        "task": {"type": "image-to-text", "name": "Reading handwriting"},
        "dataset": {"name": data, "type": re.sub(r"\W+", "-", data).strip("-").lower() or "data"},
        "metrics": [{"type": _metric(name), "name": name, "value": value} for name, value in scores.items()],
    }
    return {"name": config["name"], "results": [result]}


def _title(config: Mapping[str, Any], classes: dict[str, ClassList]) -> str:
    finds = any(model["kind"] == "detector" for model in config["models"])
    count = " × ".join(f"{len(own):,}" for own in classes.values())
    what = "images of characters"
    if len(classes) > 1:
        what = _CHARACTERS_OF_SEVERAL
    elif finds:
        what = "scanned pages: it finds the characters, reads them, and puts them into reading order"
    known = f" It knows {count} classes." if classes else " It finds characters and does not read them."
    return f"# {config['name']}\n\nA reader of Mojika for {what}.{known}"


def _use(config: Mapping[str, Any]) -> str:
    if config["settings"]:
        command = "mojika recognize page.jpg --models FOLDER --out read"
    elif "mean" in config:
        command = "mojika infer-graphemes --models FOLDER --shards 'test_image_data_*.parquet' --out submission.csv"
    else:
        command = "mojika classify FOLDER --boxes boxes.parquet --images pages --out read.parquet"
    also = "Whatever takes a `.model` file takes the folder, or one of its `.safetensors` files."
    if any(model["file"].endswith(ONNX) for model in config["models"]):
        also = "Its networks are ONNX files: nothing of torch is needed, and other programs can compute them."
    return (
        f"## Use\n\n```\n{command}\n```\n\n`FOLDER` is this folder, or `hf:OWNER/NAME@REVISION` where it lies on a hub "
        f"(for `mojika recognize`). {also}\n\n`mojika bundle --check FOLDER` compares every file with its recorded "
        "size and SHA-256, as does `sha256sum -c SHA256SUMS`. Nothing in the folder is executed."
    )


def _models(config: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| file | what | network | parameters | MB | on its validation list |", "|---|---|---|--:|--:|---|"]
    for model in config["models"]:
        network = model["architecture"].get("model") or "{kind}, {backbone}".format(**model["architecture"])
        shown = ("accuracy", "macro_recall", "score", "precision", "recall", "ap")
        numbers = {name: model["metrics"].get(f"valid_{name}") for name in shown}
        measured = ", ".join(f"{name} {value:.4f}" for name, value in numbers.items() if value is not None)
        size = files[model["file"]]["size"] / 1e6
        cells = f"`{model['file']}`", model["kind"], network, f"{model['parameters']:,}", f"{size:.1f}", measured
        lines.append("| " + " | ".join(cells) + " |")
    others = ", ".join(f"`{name}`" for name in files if not name.endswith(NETWORKS))
    total = sum(each["size"] for each in files.values()) / 1e6
    return "## Models\n\n" + "\n".join(lines) + f"\n\nBeside them: `config.json`, {others}. Together {total:.1f} MB."


def _scores(config: Mapping[str, Any]) -> str:
    scores = _known(config["scores"])
    if not scores:
        return "## Scores\n\nNo scores were given when this folder was made."
    lines = ["| number | value | what it is |", "|---|--:|---|"]
    lines += [f"| {name} | {value:.4f} | {_meaning(name)} |" for name, value in scores.items()]
    return "## Scores\n\nAs the run that made the models measured them:\n\n" + "\n".join(lines)


def _training(config: Mapping[str, Any]) -> str:
    if not config["data"]:
        return "## Trained on\n\nThis was not said when the folder was made."
    return "## Trained on\n\n" + "\n".join(f"- {name}" for name in config["data"])


def _language_model(config: Mapping[str, Any]) -> list[str]:
    about = config.get("language_model")
    if not about:
        return []
    learnt = f"\n\nIts texts:\n\n{chr(10).join(f'- {name}' for name in about['data'])}" if about["data"] else ""
    license = about["license"] or "none was said when it was made"
    return [
        f"## Language model\n\n`{about['file']}`, {about['ngrams']:,} n-grams of up to {about['order']} characters, is "
        f"weighed against what characters look like, with weight {about['weight']:g} and temperature "
        f"{about['temperature']:g}; `mojika recognize --lm off` reads without it. Licence of the n-grams: "
        f"{license}.{learnt}"
    ]


def _limits(config: Mapping[str, Any], classes: dict[str, ClassList]) -> str:
    limits = []
    if classes:
        limits.append("A character that is not among its classes is read as one of them.")
    if sides := [model["input"]["short_sides"] for model in config["models"] if model["kind"] == "detector"]:
        low, high = max(low for low, _ in sides), min(high for _, high in sides)
        searched = ", ".join(map(str, config["settings"]["short_sides"]))
        limits.append(
            f"It learnt to find characters on pages whose short side is {low:,} to {high:,} pixels, and searches at "
            f"{searched}. Characters that are much larger or smaller on the page are missed."
        )
    limits += [f"{name} {_wants(steps)}." for name, steps in _preprocessing(config).items()]
    limits.append("The scores are of the pages that they were measured on; other hands and scans are read worse.")
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _preprocessing(config: Mapping[str, Any]) -> dict[str, Any]:
    of_pages = [model for model in config["models"] if "grapheme_form" not in model["input"]]
    return {f"`{model['file']}`": model["input"].get("page_preprocessing") for model in of_pages}


def _wants(steps: list[str] | None) -> str:
    if steps is None:
        return "does not say how its pages were preprocessed; it is shown pages as they come"
    if not steps:
        return "wants pages as they come"
    return f"wants pages that went through {' and '.join(steps)} (`mojika preprocess`); `mojika recognize` sees to it"


def _licence(config: Mapping[str, Any]) -> str:
    text = "No licence has been chosen." if config["license"] is None else f"{config['license']}."
    return f"## Licence\n\n{text} What the models learnt from has licences of its own."


def _language(classes: dict[str, ClassList]) -> str | None:
    if len(classes) > 1:
        return "bn"
    points = [code_point_of(label) or 0 for own in classes.values() for label in own.labels]
    japanese = sum(any(low <= point <= high for low, high in _JAPANESE) for point in points)
    return "ja" if points and japanese > len(points) / 2 else None


def _known(scores: Mapping[str, Any]) -> dict[str, float]:
    """What was measured, without what was counted."""
    return {name: value for name, value in scores.items() if isinstance(value, float)}


def _of_the_end(scores: dict[str, float]) -> dict[str, float]:
    """Without those of a pipeline's earlier stages, which are not of this reader."""
    return {name: value for name, value in scores.items() if not re.search("_(first|nms|filter|second)$", name)}


def _metric(name: str) -> str:
    """The kind of a number: the hub's name of the metric."""
    return next((metric for metric in _METRICS if metric in name), name)


def _meaning(name: str) -> str:
    return next((text for pattern, text in _MEANINGS.items() if re.fullmatch(pattern, name)), "")
