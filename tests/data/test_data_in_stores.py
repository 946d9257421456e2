"""The commands of data and training on what lies in a local S3 server and on a web server on loopback."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from grapheme_files import CLASS_MAP, images_of, write_labels, write_shard
from loopback import WebServer, web_server
from PIL import Image

from mojika.cli.main import main
from mojika.data.pack import Pack
from mojika.data.split_list import read_split_lists
from mojika.detection.training_pages import read_training_pages
from mojika.errors import UserError

pytest.importorskip("aiohttp", reason="needs the extra: pip install 'mojika[http]'")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    pytest.importorskip("s3fs", reason="needs the extra: pip install 'mojika[s3]'")
    pytest.importorskip("flask", reason="the local S3 server needs flask and flask-cors")
    server_of = pytest.importorskip("moto.server", reason="needs a local S3 server: pip install 'moto[s3]'")
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path, str], None]]:
    """`upload(folder, under)`: all files below the folder go to `s3://data/<under>/…`."""
    s3fs = pytest.importorskip("s3fs")
    settings = {"AWS_ENDPOINT_URL": s3_endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in (settings | {"AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1"}).items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    store = s3fs.S3FileSystem()
    if store.exists("data"):
        store.rm("data", recursive=True)
    store.mkdir("data")
    yield lambda folder, under: store.put(f"{folder}/", f"data/{under}/", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


def split(*packs: str, out: Path) -> list[str]:
    return ["split", *packs, "--hold-out", "b", "--fill", "0", "--out", str(out)]


def test_a_list_and_its_packs_on_a_web_server(web: WebServer, make_pack: Callable[..., Pack], tmp_path: Path, cache):
    pack = make_pack(["x", "y", "x", "y"], groups=["a", "a", "b", "b"], name="packs/gray 4")
    assert main(split(str(pack.folder), out=tmp_path / "splits" / "b")) == 0
    web.publish(tmp_path / "packs", "/data/packs")
    web.publish(tmp_path / "splits", "/data/splits")
    names = [f"{web.address}/data/splits/b/{name}.csv" for name in ("train", "valid")]
    train, valid = read_split_lists(names, scale_size=4, channels=1, cache=cache)
    local, _ = read_split_lists([tmp_path / "splits" / "b" / "train.csv"] * 2, scale_size=4, channels=1, cache=cache)
    assert train.packs[0] is valid.packs[0]
    assert np.array_equal(train.packs[0].images, pack.images) and train.packs[0].fingerprint == pack.fingerprint
    assert np.array_equal(train.row, local.row) and np.array_equal(train.targets, local.targets)
    assert sorted(web.fetches()) == sorted(set(web.fetches())), "each object is fetched once"


def test_a_split_of_a_pack_in_a_bucket_names_its_address(
    bucket: Callable, make_pack: Callable[..., Pack], tmp_path: Path, cache: Path
):
    pack = make_pack(["x", "y", "x", "y"], groups=["a", "a", "b", "b"])
    bucket(pack.folder, "packs/gray4")
    shutil.rmtree(pack.folder)
    out = tmp_path / "split"
    assert main(split("s3://data/packs/gray4", out=out)) == 0
    assert (out / "train.csv").read_text().splitlines()[1] == "s3://data/packs/gray4,0,x,1,100,0"
    train, valid = read_split_lists([out / "train.csv", out / "valid.csv"], scale_size=4, channels=1, cache=cache)
    assert len(train) == len(valid) == 2 and str(train.packs[0].place) == "s3://data/packs/gray4"


def test_a_pack_that_is_not_there_and_no_pack_are_one_line(bucket: Callable, tmp_path: Path, capsys):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "meta.json").write_text("{}")
    bucket(tmp_path / "other", "other")
    assert main(split("s3://data/packs/none", out=tmp_path / "split")) == 2
    assert "s3://data/packs/none/meta.json: no such object" in capsys.readouterr().err
    assert main(split("s3://data/other", out=tmp_path / "split")) == 2
    assert "s3://data/other: expected pack schema 2" in capsys.readouterr().err
    assert main(split("s3://nowhere/pack", out=tmp_path / "split")) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not (tmp_path / "split").exists()


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"},
            "no answer",
        ),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "access is refused"),
    ],
)
def test_no_network_and_no_credentials_are_one_line(tmp_path: Path, environment: dict[str, str], line: str):
    pytest.importorskip("s3fs", reason="needs the extra: pip install 'mojika[s3]'")
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    quick = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "AWS_CONFIG_FILE": "/dev/null"}
    none = {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_DEFAULT_REGION": "us-east-1"}
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    program = "import sys; from mojika.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, *split("s3://data/packs/gray4", out=tmp_path / "split")]
    ended = subprocess.run(command, env=own | quick | none | nobody | environment, capture_output=True, text=True)
    assert ended.returncode == 2 and line in ended.stderr and ended.stderr.count("\n") == 1, ended.stderr


def test_an_image_list_in_a_bucket(bucket: Callable, tmp_path: Path, cache: Path):
    (tmp_path / "data" / "images").mkdir(parents=True)
    for level in (10, 200):
        Image.fromarray(np.full((8, 8), level, np.uint8)).save(tmp_path / "data" / "images" / f"{level}.png")
    (tmp_path / "data" / "train.csv").write_text("dark,images/10.png\nlight,images/200.png\n")
    (tmp_path / "data" / "wrong.csv").write_text(f"dark,{tmp_path}/data/images/10.png\n")
    bucket(tmp_path / "data", "lists")
    (of_images,) = read_split_lists(["s3://data/lists/train.csv"], scale_size=8, channels=1, cache=cache)
    assert of_images.packs[0].images[:, 0, 0, 0].tolist() == [10, 200]
    assert of_images.packs[0].samples["image_id"].tolist() == [f"s3://data/lists/images/{n}.png" for n in (10, 200)]
    with pytest.raises(UserError, match="cannot name files of this machine"):
        read_split_lists(["s3://data/lists/wrong.csv"], scale_size=8, channels=1, cache=cache)


@pytest.fixture
def graphemes(tmp_path: Path) -> Path:
    """Two shards of three images with their labels, and the class map."""
    folder = tmp_path / "bengali"
    folder.mkdir()
    lines = [f"{head},{i},{glyph}" for head, glyphs in CLASS_MAP.items() for i, glyph in enumerate(glyphs)]
    (folder / "class_map.csv").write_text("\n".join(["component_type,label,component", *lines]) + "\n")
    for shard in range(2):
        ids = [f"Train_{3 * shard + i}" for i in range(3)]
        write_shard(folder / f"train_image_data_{shard}.parquet", ids, images_of(3, seed=shard))
    write_labels(folder / "train.csv", [(f"Train_{i}", i, i % 3, i % 2) for i in range(6)])
    return folder


def test_grapheme_shards_in_a_bucket(bucket: Callable, graphemes: Path, tmp_path: Path, capsys):
    bucket(graphemes, "bengali")

    def pack(place: str, out: str) -> int:
        shards = f"{place}/train_image_data_*.parquet"
        return main(["pack", "--labels", f"{place}/train.csv", "--shards", shards, "--out", str(tmp_path / out)])

    assert pack(str(graphemes), "local") == pack("s3://data/bengali", "remote") == 0
    local, remote = Pack.open(tmp_path / "local"), Pack.open(tmp_path / "remote")
    assert np.array_equal(local.images, remote.images) and local.samples.equals(remote.samples)
    shutil.rmtree(tmp_path / "cache")
    capsys.readouterr()
    assert pack("s3://data/bengali", "remote") == 0
    assert "up to date" in capsys.readouterr().out, "what was fetched anew is the same input"
    assert main(["check", "s3://data/bengali", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faults"] == 0


def test_patterns_need_a_bucket(web: WebServer, tmp_path: Path, capsys):
    shards = f"{web.address}/train_image_data_*.parquet"
    web.objects["/train.csv"] = b"image_id,grapheme_root,vowel_diacritic,consonant_diacritic\nTrain_0,0,0,0\n"
    lines = [f"{head},{i},{glyph}" for head, glyphs in CLASS_MAP.items() for i, glyph in enumerate(glyphs)]
    web.objects["/class_map.csv"] = "\n".join(["component_type,label,component", *lines]).encode()
    assert main(["pack", "--labels", f"{web.address}/train.csv", "--shards", shards, "--out", str(tmp_path / "p")]) == 2
    assert "a web server cannot say which files it has" in capsys.readouterr().err


def test_pages_in_a_bucket(bucket: Callable, make_pages: Callable[..., Path], tmp_path: Path, capsys):
    labels = make_pages(
        [("100_1", (60, 40), [("U+304B", (2, 3, 20, 30))]), ("200_1", (60, 40), [("U+304B", (5, 5, 9, 9))])]
    )
    (tmp_path / "kuzushiji").mkdir()
    labels.rename(tmp_path / "kuzushiji" / "train.csv")
    (tmp_path / "train_images").rename(tmp_path / "kuzushiji" / "train_images")
    bucket(tmp_path / "kuzushiji", "kuzushiji")

    def pack(place: str, out: str) -> Pack:
        command = ["pack", "--labels", f"{place}/train.csv", "--scale-size", "8", "--channels", "1"]
        assert main([*command, "--out", str(tmp_path / out)]) == 0
        return Pack.open(tmp_path / out)

    folders = [str(tmp_path / "kuzushiji"), "s3://data/kuzushiji"]
    local, remote = pack(folders[0], "local"), pack(folders[1], "remote")
    assert np.array_equal(local.images, remote.images) and local.samples.equals(remote.samples)
    learnt, also_learnt = (
        read_training_pages(f"{at}/train.csv", f"{at}/train_images", ["200"], by_book=True) for at in folders
    )
    assert [page.image_id for page in learnt.train] == [page.image_id for page in also_learnt.train] == ["100_1"]
    assert main(["check", "s3://data/kuzushiji"]) == 0
    assert "no faults" in capsys.readouterr().out


def test_outputs_stay_on_this_machine(tmp_path: Path, make_pack: Callable[..., Pack], monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pack = make_pack(["x", "y"], groups=["a", "b"])
    assert main(["split", str(pack.folder), "--hold-out", "b", "--out", "s3://data/split"]) == 2
    assert "outputs are written to this machine only" in capsys.readouterr().err
    assert not Path("s3:").exists()
