from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mojika.errors import UserError
from mojika.files.urls import Url, place, place_from, printable


def test_paths_stay_paths():
    assert place("input/train.csv") == Path("input/train.csv")
    assert place(Path("a")) == Path("a")
    assert printable("./input/train.csv") == "./input/train.csv"


@pytest.mark.parametrize("scheme", ["s3", "gs", "http", "https", "S3"])
def test_an_address_has_the_parts_of_a_path(scheme: str):
    url = place(f"{scheme}://store/packs/gray124/meta.json")
    assert isinstance(url, Url)
    assert (url.name, url.stem, str(url.parent)) == ("meta.json", "meta", f"{scheme.lower()}://store/packs/gray124")
    assert str(url.with_name("images.npy")) == f"{scheme.lower()}://store/packs/gray124/images.npy"


@pytest.mark.parametrize(
    "text",
    [
        "file:///etc/passwd",
        "ftp://host/a",
        "memory://a",
        "simplecache::s3://bucket/a",
        "local:///etc/passwd",
        "http:///a",
        "://",
        "https://host/a#part",
    ],
)
def test_other_schemes_are_refused(text: str):
    with pytest.raises(UserError, match="expected"):
        place(text)


@pytest.mark.parametrize("text", ["https://me:swordfish@host/a", "s3://key:swordfish@bucket/a"])
def test_credentials_in_an_address_are_refused_and_not_repeated(text: str):
    with pytest.raises(UserError, match="without credentials") as refused:
        place(text)
    assert "swordfish" not in str(refused.value)


def test_queries_are_sent_but_never_shown():
    url = place("https://host/a.csv?X-Amz-Signature=swordfish")
    assert isinstance(url, Url) and url.secret.endswith("?X-Amz-Signature=swordfish")
    assert str(url) == "https://host/a.csv?…" == printable("https://host/a.csv?X-Amz-Signature=swordfish")
    assert "swordfish" not in repr(url)
    assert "swordfish" not in (url.parent / "b").secret, "a signature is for one object only"


def test_names_in_a_list_are_relative_to_it():
    folder = place("https://host/splits/1")
    assert str(place_from(folder, "../../packs/gray 124?")) == "https://host/packs/gray%20124%3F"
    assert str(place_from(folder, "s3://bucket/pack")) == "s3://bucket/pack"
    assert place_from(Path("splits"), "pack") == Path("splits/pack")
    assert place_from(Path("splits"), "/packs/a") == Path("/packs/a")
    assert str(place_from(Path("splits"), "s3://bucket/pack")) == "s3://bucket/pack"


def test_a_list_in_a_store_names_no_file_of_this_machine():
    for name in ("/etc/passwd", "file:///etc/passwd"):
        with pytest.raises(UserError):
            place_from(place("s3://bucket/splits"), name)


@given(st.text(min_size=1, max_size=40).filter(lambda text: "://" not in text and not text.startswith("/")))
def test_whatever_a_list_says_stays_in_the_bucket_and_on_the_server(name: str):
    for start in ("s3://bucket/lists", "https://host/lists"):
        reached = place_from(place(start), name)
        assert isinstance(reached, Url) and (reached.host, reached.query) == (place(start).host, "")
        assert ".." not in reached.path.split("/")
