import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mojika.data.class_list import ClassList
from mojika.data.crops import cut_crops
from mojika.data.derived_packs import fitting_pack
from mojika.data.images import read_image
from mojika.data.pack import Pack
from mojika.data.pack_pages import pack_pages, plan_pages
from mojika.data.page_labels import read_page_labels
from mojika.errors import UserError

A, KA, NO = "U+3042", "U+304B", "U+306E"
PAGES = [
    ("bookb_2", (60, 50), [(NO, (10, 10, 30, 30)), (A, (5, 5, 15, 25)), (NO, (50, 40, 70, 55))]),
    ("booka_1", (40, 30), []),
    ("brsk001-2", (40, 30), [(KA, (0, 0, 8, 8))]),
]


def cut(labels_file, out, **options) -> tuple[dict[str, int], Pack]:
    options = {"size": 8, "channels": 1} | options
    packing = plan_pages(labels_file, labels_file.parent / "train_images", **options)
    return pack_pages(packing, out, workers=2), Pack.open(out)


def test_rows_follow_pages_and_labels_and_hold_their_crops(make_pages, tmp_path):
    report, pack = cut(make_pages(PAGES), tmp_path / "pack", padding=0.05)
    samples = pack.samples
    assert samples["label"].tolist() == [NO, A, NO, KA]
    assert samples["image_id"].tolist() == ["bookb_2"] * 3 + ["brsk001-2"]
    assert samples["group"].tolist() == ["bookb"] * 3 + ["brsk"]
    assert set(samples["source"]) == {"train"} and set(samples["weight"]) == {1}
    boxes = samples[["x1", "y1", "x2", "y2"]].to_numpy()
    np.testing.assert_array_equal(boxes, [[10, 10, 30, 30], [5, 5, 15, 25], [50, 40, 60, 50], [0, 0, 8, 8]])
    page = read_image(tmp_path / "train_images" / "bookb_2.png")
    np.testing.assert_array_equal(pack.images[:3], cut_crops(page, boxes[:3], 8, 0.05))
    assert pack.classes["label"] == ClassList((A, KA, NO), (1, 1, 2))
    assert report == {"crops": 4, "pages": 2, "books": 2, "classes": 3, "clipped": 1, "skipped": 0}


def test_colour_packs_have_three_channels(make_pages, tmp_path):
    _, pack = cut(make_pages(PAGES), tmp_path / "pack", channels=3)
    assert pack.images.shape == (4, 8, 8, 3)
    assert (pack.images[..., 0] == pack.images[..., 2]).all()  # the pages are gray


def test_one_thread_and_many_give_the_same_pack(make_pages, tmp_path):
    labels_file = make_pages([(f"p{i}", (40, 30), [(A, (i, 0, i + 9, 9))]) for i in range(12)])
    packing = plan_pages(labels_file, tmp_path / "train_images", size=8, channels=1)
    for workers in (1, 5):
        pack_pages(packing, tmp_path / str(workers), workers)
    one, many = Pack.open(tmp_path / "1"), Pack.open(tmp_path / "5")
    np.testing.assert_array_equal(one.images, many.images)
    pd.testing.assert_frame_equal(one.samples, many.samples)
    assert one.fingerprint == many.fingerprint


def test_the_fingerprint_tells_what_changed(make_pages, tmp_path):
    labels_file = make_pages(PAGES)

    def made_from(**options):
        options = {"size": 8, "channels": 1} | options
        return plan_pages(labels_file, tmp_path / "train_images", **options).made_from()

    first = made_from()
    assert made_from() == first
    assert made_from(padding=0.1) != first and made_from(size=9) != first and made_from(channels=3) != first
    Image.fromarray(np.zeros((50, 60), np.uint8)).save(tmp_path / "train_images" / "bookb_2.png")
    assert {key for key, value in made_from().items() if value != first[key]} == {"pages"}
    labels_file.write_text(labels_file.read_text().replace(KA, A))
    assert {key for key, value in made_from().items() if value != first[key]} == {"pages", "labels", "classes"}


def test_a_given_class_list_keeps_its_order_and_counts_anew(make_pages, tmp_path):
    ClassList((NO, "U+4E00", KA, A), (9, 9, 9, 9)).write(tmp_path / "classes.csv")
    _, pack = cut(make_pages(PAGES), tmp_path / "pack", classes_file=tmp_path / "classes.csv")
    assert pack.classes["label"] == ClassList((NO, "U+4E00", KA, A), (2, 0, 1, 1))
    assert pack.targets[:, 0].tolist() == [0, 3, 0, 2]


@pytest.fixture
def bad_pages(make_pages, tmp_path):
    """Of each kind of bad data one, and two good crops."""
    labels_file = make_pages(
        [
            ("good_1", (40, 30), [(A, (0, 0, 9, 9)), (NO, (0, 0, 9, 9)), (A, (40, 0, 50, 9)), (A, (3, 3, 9, 9))]),
            ("cut_1", (40, 30), [(A, (0, 0, 9, 9))]),
            ("gone_1", (40, 30), [(A, (0, 0, 9, 9))]),
        ]
    )
    labels_file.write_text(labels_file.read_text() + "good_2,U+3042 1\n")
    images = tmp_path / "train_images"
    (images / "gone_1.png").unlink()
    whole = (images / "cut_1.png").read_bytes()
    (images / "cut_1.png").write_bytes(whole[: len(whole) // 2])
    ClassList((A,), (0,)).write(tmp_path / "classes.csv")
    return labels_file


def test_bad_data_are_refused_before_any_image_is_decoded(bad_pages, tmp_path, monkeypatch):
    monkeypatch.setattr("mojika.data.pages.read_image", None)
    with pytest.raises(UserError, match="5 faults, the first: train.csv row 5: expected a multiple of 5 fields"):
        cut(bad_pages, tmp_path / "pack", classes_file=tmp_path / "classes.csv")
    assert not (tmp_path / "pack").exists()


def test_skipping_bad_data_leaves_them_out_and_lists_them(bad_pages, tmp_path):
    report, pack = cut(bad_pages, tmp_path / "pack", classes_file=tmp_path / "classes.csv", skip_bad=True)
    assert pack.samples[["image_id", "x1"]].to_numpy().tolist() == [["good_1", 0], ["good_1", 3]]
    assert pack.images.shape == (2, 8, 8, 1)
    skipped = pd.read_csv(tmp_path / "pack" / "skipped.csv")
    assert report["skipped"] == len(skipped) == 6
    assert sorted(skipped["reason"].str.extract("(fields|no image|outside|not in classes|truncated)")[0].dropna()) == [
        "fields", "no image", "no image", "not in classes", "outside", "truncated"]  # fmt: skip


def test_an_image_that_breaks_in_the_middle_ends_the_work_without_a_pack(make_pages, tmp_path):
    labels_file = make_pages(PAGES)
    path = tmp_path / "train_images" / "brsk001-2.png"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match="1 fault: train_images/brsk001-2.png: .*mojika check"):
        cut(labels_file, tmp_path / "pack")
    assert not list(tmp_path.glob("*pack*"))


def test_labels_without_any_page_are_refused(make_pages, tmp_path):
    labels_file = make_pages(PAGES[1:2])
    with pytest.raises(UserError, match="expected labelled characters, found none"):
        cut(labels_file, tmp_path / "pack")


def test_whole_pages_are_scaled_to_the_square_and_labelled_with_their_book(make_pages, tmp_path):
    report, pack = cut(make_pages(PAGES), tmp_path / "pack", channels=3, padding=0, whole_pages=True)
    samples = pack.samples
    assert samples["label"].tolist() == samples["group"].tolist() == ["bookb", "booka", "brsk"]
    assert samples["image_id"].tolist() == ["bookb_2", "booka_1", "brsk001-2"]  # also the page without characters
    boxes = samples[["x1", "y1", "x2", "y2"]].to_numpy()
    np.testing.assert_array_equal(boxes, [[0, 0, 60, 50], [0, 0, 40, 30], [0, 0, 40, 30]])
    for image, image_id in zip(pack.images, samples["image_id"], strict=True):
        page = Image.open(tmp_path / "train_images" / f"{image_id}.png").convert("RGB")
        np.testing.assert_array_equal(image, np.asarray(page.resize((8, 8), Image.Resampling.BICUBIC)))
    assert pack.classes["label"] == ClassList(("booka", "bookb", "brsk"), (1, 1, 1))
    assert report == {"crops": 3, "pages": 3, "books": 3, "classes": 3, "clipped": 0, "skipped": 0}


def test_bad_whole_pages_are_refused_or_left_out_like_crops(make_pages, tmp_path):
    labels_file = make_pages([(name, (40, 30), []) for name in ("a_1", "a_2", "b_1", "b_2")])
    images = tmp_path / "train_images"
    (images / "a_2.png").unlink()
    (images / "b_1.png").write_bytes((images / "b_1.png").read_bytes()[:-40])
    (images / "b_2.png").write_bytes(b"no image at all")
    with pytest.raises(UserError, match="1 fault: train.csv row 3: a_2: no image in train_images"):
        cut(labels_file, tmp_path / "pack", whole_pages=True)
    report, pack = cut(labels_file, tmp_path / "pack", whole_pages=True, skip_bad=True)
    assert pack.samples["image_id"].tolist() == ["a_1"] and report["skipped"] == 3
    skipped = pd.read_csv(tmp_path / "pack" / "skipped.csv")
    assert skipped["file"].tolist() == ["train.csv", "train_images/b_1.png", "train_images/b_2.png"]


def test_real_pages_become_386_crops_with_ink(kuzushiji_pages, tmp_path):
    report, pack = cut(kuzushiji_pages / "train.csv", tmp_path / "pack", size=32)
    assert (report["crops"], report["pages"], report["books"]) == (386, 4, 1)
    labels = [label for page in read_page_labels(kuzushiji_pages / "train.csv") for label in page.labels]
    assert pack.samples["label"].tolist() == labels
    contrast = np.ptp(pack.images.astype(np.int64), axis=(1, 2, 3))
    assert contrast.min() > 60  # ink on paper in every crop


def test_a_pack_says_what_its_pages_went_through(make_pages, tmp_path):
    labels = make_pages(PAGES)
    _, original = cut(labels, tmp_path / "original")
    (tmp_path / "train_images" / "preprocess.json").write_text('{"steps": [{"name": "ben-graham", "sigma": 10}]}')
    _, cleaned = cut(labels, tmp_path / "cleaned")
    assert original.preprocessing == {"page_preprocessing": []}
    assert cleaned.preprocessing == {"page_preprocessing": ["ben-graham"]}
    assert original.fingerprint == cleaned.fingerprint, "packs of earlier versions stay what they were made from"
    assert fitting_pack(cleaned, 4, 3, tmp_path / "cache").preprocessing == cleaned.preprocessing
