"""One parser for all commands: names, abbreviations, lists, files of flags, and errors."""

import argparse
from pathlib import Path

import pytest
import yaml

from mojika.parameters.argument_types import whole_numbers
from mojika.parameters.parser import Parser


def detector() -> Parser:
    """Several positional arguments at the front."""
    parser = Parser(prog="detect")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--images", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--short-sides", type=whole_numbers, metavar="PIXELS,…")
    parser.add_argument("--score-threshold", type=float, default=0.05)
    parser.add_argument("--books", nargs="+")
    parser.add_argument("--hold-out", action="append")
    parser.add_argument("--gray", action=argparse.BooleanOptionalAction)
    parser.add_argument("--json", action="store_true")
    return parser


def trainer() -> Parser:
    """Two positional arguments of one word each."""
    parser = Parser(prog="train.py")
    parser.add_argument("train")
    parser.add_argument("valid")
    parser.add_argument("--model", "-m", default="resnet18")
    parser.add_argument("--optimizer", choices=["sgd", "adam", "adamw", *map(str, range(20))], default="sgd")
    parser.add_argument("--base-lr", type=float, default=0.1)
    parser.add_argument("--lr-factor", type=float, default=0.1)
    parser.add_argument("--lr-step-epochs", default="10,20")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--scale-size", metavar="PX|HxW")
    parser.add_argument("--amp", choices=["auto", "off"], default="auto")
    parser.add_argument("--mixup", action="store_true")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--from-scratch", action="store_true")
    ways.add_argument("--pretrained")
    parser.add_argument("--workers", type=int, default=-1)
    return parser


def refused(parser: Parser, line: str, capsys) -> str:
    """The line of an error; there is one more, that names `--help`."""
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(line.split())
    error, where = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 2 and where == f"`{parser.prog} --help` shows what there is"
    return error


DETECTED = "m.model --images pages --out boxes"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("m.model --images pages --output boxes", "out", "boxes"),
        ("m.model --images pages -o boxes", "out", "boxes"),
        ("m.model --images pages --output=boxes", "out", "boxes"),
        ("--model m.model --images pages --ou boxes", "models", ["m.model"]),
        ("--images pages --models a b --out boxes", "models", ["a", "b"]),
        (f"{DETECTED} --short-sides 750,900", "short_sides", (750, 900)),
        (f"{DETECTED} --short-sides 750 900", "short_sides", (750, 900)),
        (f"{DETECTED} --short-sides 750, 900", "short_sides", (750, 900)),
        ("--short-sides 750 m.model --images pages --out boxes", "models", ["m.model"]),
        (f"{DETECTED} --books a b", "books", ["a", "b"]),
        (f"{DETECTED} --books a,b --books c", "books", ["a", "b", "c"]),
        (f"{DETECTED} --books s3://a,b", "books", ["s3://a,b"]),
        (f"{DETECTED} --hold-out a --hold-out b", "hold_out", ["a", "b"]),
        (f"{DETECTED} --hold-out a,b", "hold_out", ["a", "b"]),
        (f"{DETECTED} --hold-out a b", "hold_out", ["a", "b"]),
        ("--hold-out a m.model --images pages --out boxes", "models", ["m.model"]),
        (f"{DETECTED} --score 0.3", "score_threshold", 0.3),
        (f"{DETECTED} --no-gray", "gray", False),
        ("--images pages --out boxes -- -m.model", "models", ["-m.model"]),
    ],
)
def test_one_name_for_one_thing_and_lists_as_people_write_them(line: str, name: str, value: object):
    assert getattr(detector().parse_args(line.split()), name) == value


@pytest.mark.parametrize(
    "line",
    ["t v", "--train t v", "--valid v t", "t --valid v", "--valid=v --json --train=t", "--json t v"],
)
def test_positional_arguments_may_be_named(line: str):
    parser = trainer()
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(line.split())
    assert (args.train, args.valid) == ("t", "v")


def test_a_file_with_a_comma_in_its_name_stays_whole(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a,b").touch()
    assert detector().parse_args([*DETECTED.split(), "--books", "a,b", "c,d"]).books == ["a,b", "c", "d"]


@pytest.mark.parametrize(("line", "lr"), [("--lr 0.2", 0.2), ("--learning-rate=0.3", 0.3), ("--base 0.4", 0.4)])
def test_the_rate_has_the_names_that_people_type(line: str, lr: float):
    assert trainer().parse_args(["t", "v", *line.split()]).base_lr == lr


def test_a_flag_of_its_own_comes_before_the_alias_of_another():
    parser = Parser()
    for name in ("--page-preprocessing", "--steps"):
        parser.add_argument(name)
    assert vars(parser.parse_args(["--steps", "3"])) == {"page_preprocessing": None, "steps": "3"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("t v --optimiserr adam", "unknown flag --optimiserr; did you mean --optimizer?"),
        ("t v --zzz", "unknown flag --zzz"),
        ("--pretraned x", "unknown flag --pretraned; did you mean --pretrained?"),  # before what is missing
        ("t v --lr- 0.1", "--lr-: could be --lr-factor or --lr-step-epochs"),
        ("t v --optimizer adan", "argument --optimizer: there is no adan; did you mean adam or adamw?"),
        ("t v --amp of", "argument --amp: expected auto or off, found of; did you mean off?"),
        ("t v --steps x", "argument --steps: invalid int value: 'x'"),
        ("t", "the following arguments are required: valid"),
        ("t v --config", "argument --config: expected one argument"),
        ("t v --set mixup", "--set mixup: expected KEY=VALUE"),
        ("t v --set mixup=3", "mixup: expected true or false, found 3"),
        ("t v --set basse_lr=3", "unknown flag --basse-lr; did you mean --base-lr?"),
        ("t v --set version=true", "version: only on the command line itself"),
        ("t v --config nowhere.yaml", "--config nowhere.yaml: no such file"),
    ],
)
def test_an_error_is_two_lines_with_the_nearest_names(line: str, said: str, capsys):
    assert refused(trainer(), line, capsys) == f"train.py: error: {said}"


def test_subcommands_have_the_same_conventions(capsys):
    parser = Parser(prog="sample", settings=False)
    parser.add_subparsers(dest="kind").add_parser("pages").add_argument("--books", type=int)
    assert vars(parser.parse_args(["pages", "--set", "books=3"])) == {"kind": "pages", "books": 3}
    with pytest.raises(SystemExit):
        parser.parse_args(["pages", "--boks", "3"])
    assert capsys.readouterr().err.startswith("sample pages: error: unknown flag --boks; did you mean --books?\n")


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as stopped:
        trainer().parse_args(["--version"])
    assert stopped.value.code == 0 and capsys.readouterr().out.startswith("mojika 0")


SETTINGS = {
    "train": "t",
    "valid": "v",
    "base_lr": 1e-3,
    "lr_step_epochs": [5, 7],
    "scale_size": [137, 236],
    "mixup": True,
    "amp": False,  # YAML 1.1 reads `off` as false
    "steps": None,
    "workers": -1,
    "pretrained": "timm",
    "from_scratch": False,
    "head_kind": "linear",
    "mixing": {"mixup": 1.0},
    "schedule": "multi-step",
}


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "args.yaml"
    path.write_text(yaml.safe_dump(SETTINGS))
    return str(path)


def test_a_file_gives_all_flags(config: str):
    line = "t v --base-lr 0.001 --lr-step-epochs 5,7 --scale-size 137x236 --mixup --amp off --pretrained timm"
    expected = trainer().parse_args(line.split())
    assert trainer().parse_args(["--config", config]) == expected


def test_the_command_line_wins_over_set_and_set_over_the_file(config: str):
    line = f"--config {config} --set base-lr=0.5 --set mixup=false --set steps=3 --steps 4 --from-scratch a b"
    args = trainer().parse_args(line.split())
    assert (args.train, args.valid, args.base_lr, args.mixup, args.steps) == ("a", "b", 0.5, False, 4)
    assert args.from_scratch and args.pretrained is None  # the file's choice excludes that of the command line


def test_lists_in_a_file(tmp_path: Path):
    path = tmp_path / "flags.yaml"
    path.write_text(
        "models: [a, b]\nimages: pages\nout: x\nshort-sides: [3, 4]\nhold_out: [p, q]\nbooks: r\ngray: false"
    )
    args = detector().parse_args(["--config", str(path), "--hold-out", "z"])
    assert (args.models, args.short_sides, args.hold_out) == (["a", "b"], (3, 4), ["z"])
    assert (args.books, args.gray) == (["r"], False)


@pytest.mark.parametrize("content", ["- 1", "a: b: c", "\x00"])
def test_a_file_that_is_no_table_is_one_line(content: str, tmp_path: Path, capsys):
    path = tmp_path / "flags.yaml"
    path.write_text(content)
    assert f"--config {path}: " in refused(trainer(), f"--config {path}", capsys)
