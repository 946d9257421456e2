"""One name for one thing: command lines with the names of earlier versions mean what they meant."""

import shlex

import pytest

from mojika.cli.main import SUBCOMMANDS, main, subcommand_parser
from mojika.parameters.aliases import ALIASES


@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        ("recognize --input a b --output o", "recognize a b --out o"),
        ("score --truth t.csv --boxes b", "score --labels t.csv --boxes b"),
        ("classify m --truth-boxes t.csv --images i --out o", "classify m --labels t.csv --images i -o o"),
        ("classify m --boxes b --images i --out o --pages-went-through none",
         "classify --models m --boxes b --images i --out o --page-preprocessing none"),
        ("infer-graphemes --models m --parquet 'a*' --method geometric --out o.csv --truth t.csv",
         "infer-graphemes --model m --shards 'a*' --mean geometric --output o.csv --labels t.csv"),
        ("split pack --random 0.2 --out o", "split --packs pack --valid-fraction 0.2 --out o"),
        ("split pack --hold-out a --hold-out b --out o", "split pack --hold-out a b --out o"),
        ("filter-apply b --filter f --threshold 1 --out o", "filter-apply b --filter f --filter-threshold 1 --out o"),
        ("filter-train b --truth t.csv --books a b --out o", "filter-train b --labels t.csv --books a,b --out o"),
        ("preprocess in out --steps denoise", "preprocess --images in --out out --page-preprocessing denoise"),
        ("overlay b --images i --out o --at-most 3", "overlay --boxes b --images i --out o --first 3"),
        ("classify-books m --images i --at-most 0.3", "classify-books m --images i --largest-share 0.3"),
        ("train-detector --labels l --images i --hold-out a,b --iterations 3 --base-lr 0.1",
         "train-detector --truth l --images i --hold-out a b --steps 3 --lr 0.1"),
    ],
)  # fmt: skip
def test_earlier_names_are_understood(earlier: str, now: str):
    first, second = (shlex.split(line) for line in (earlier, now))
    parser = subcommand_parser(first[0])
    assert vars(parser.parse_args(first[1:])) == vars(parser.parse_args(second[1:]))


@pytest.mark.parametrize("name", [name for name in SUBCOMMANDS if name != "sample"])
def test_another_name_means_one_flag_of_a_command(name: str):
    names = subcommand_parser(name).names()
    meant = [other for flag, others in ALIASES.items() if flag in names for other in others if other not in names]
    assert len(meant) == len(set(meant))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("read scans", "there is no read; did you mean recognize?"),
        ("trains", "there is no trains; did you mean train"),
        ("xyzzy", "there is no xyzzy\n"),
        ("sample kuzushiji out --books 200015779", "expected how many books to generate, at most 100,000"),
    ],
)
def test_what_is_not_there_is_answered_shortly(capsys, words, said):
    with pytest.raises(SystemExit):
        main(words.split())
    error = capsys.readouterr().err
    assert said in error and len(error) < 300


@pytest.mark.parametrize(
    ("words", "said"), [("help nms", "usage: mojika nms"), ("help", "subcommands:"), ("version", "mojika ")]
)
def test_help_and_version_are_words_too(capsys, words, said):
    with pytest.raises(SystemExit) as end:
        main(words.split())
    assert end.value.code == 0 and said in capsys.readouterr().out
