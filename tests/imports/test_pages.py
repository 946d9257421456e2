"""Annotations of other programs, written by hand, as pages that packing reads."""

import json
import os
from pathlib import Path

import pytest
from made import draw, imported
from PIL import Image

from mojika.cli.main import main
from mojika.data.page_labels import read_page_labels

KA, A = [10.0, 20.0, 30.0, 60.0], [50.0, 25.5, 70.0, 65.5]  # the boxes of か and あ on every page here
BOTH = {"U+304B": KA, "U+3042": A}
SIZE = (100, 200)


def boxes(table: Path) -> dict[str, dict[str, list[float]]]:
    """Image id → label → box; labels occur once on a page here."""
    return {page.image_id: dict(zip(page.labels, page.boxes.tolist(), strict=True)) for page in read_page_labels(table)}


def reasons(report: dict) -> list[str]:
    return [fault["reason"] for fault in report["faults"]]


def coco(*annotations: dict, image: str = "1.png") -> str:
    images = [{"id": 7, "file_name": image, "width": 100, "height": 200}]
    return json.dumps(
        {"images": images, "annotations": list(annotations),
         "categories": [{"id": 1, "name": "か"}, {"id": 2, "name": "U+3042"}, {"id": 3, "name": "かな"}]}
    )  # fmt: skip


def annotation(category: int, bbox: list[float], **more) -> dict:
    return {"id": 1, "image_id": 7, "category_id": category, "bbox": bbox, **more}


def test_coco(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "train2017/1.png", "val2017/1.png", size=SIZE)
    (source / "annotations").mkdir()
    outline = {"id": 2, "image_id": 7, "category_id": 2, "segmentation": [[50, 25.5, 70, 25.5, 70, 65.5]]}
    (source / "annotations" / "instances_train2017.json").write_text(
        coco(annotation(1, [10, 20, 20, 40]), outline, annotation(3, [0, 0, 5, 5]), annotation(9, [0, 0, 5, 5]),
             annotation(1, [0, 0, 5, 5], iscrowd=1), annotation(1, [120, 0, 5, 5]), annotation(1, [5, 5, 0, 5]),
             {"id": 3}, image="train2017/1.png")
    )  # fmt: skip
    (source / "annotations" / "instances_val2017.json").write_text(coco(image="val2017/1.png"))
    report = imported(capsys, source)
    assert (report["shape"], report["kind"], report["train"], report["characters"]) == ("coco", "pages", 2, 2)
    assert boxes(tmp_path / "out" / "train.csv") == {"1": BOTH, "valid_1": {}}
    assert sorted(path.name for path in (tmp_path / "out" / "train_images").iterdir()) == ["1.png", "valid_1.png"]
    assert reasons(report) == [
        "annotation 1: no category 9",
        "annotation 1: a crowd, not one character",
        "expected image_id, found nothing",
        "1.png: expected one character or its code point, found 'かな'",
        "1.png: か at 120 0 125 5: lies outside the page of 100 x 200",
        "1.png: か at 5 5 5 10: expected a width and a height above 0",
    ]


def test_yolo(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "images/train/1.png", "images/val/2.png", "images/val/3.png", size=SIZE)
    (source / "data.yaml").write_text("names: {0: か, 1: あ}\ntrain: images/train\nval: images/val\n")
    for part in ("train", "val"):
        (source / "labels" / part).mkdir(parents=True)
    (source / "labels" / "train" / "1.txt").write_text(
        "0 0.2 0.2 0.2 0.2\n1 0.5 .1275 .7 .1275 .7 .3275\n5 0 0 1 1\n0 1\n"
    )
    (source / "labels" / "val" / "2.txt").write_text("")
    report = imported(capsys, source)
    assert boxes(tmp_path / "out" / "train.csv") == {"1": BOTH, "valid_2": {}}
    assert [(fault["file"], fault["row"], fault["reason"]) for fault in report["faults"]] == [
        ("1.txt", 3, "class 5 has no name"),
        ("1.txt", 4, "expected a class and four numbers, found '0 1'"),
        ("images/val/3.png", None, "no label file"),
    ]
    assert imported(capsys, source / "data.yaml", out="../again")["characters"] == 2


def test_names_of_yolo_are_as_they_are_written(tmp_path: Path, capsys):
    """In YAML a tilde is nothing, and an equals sign has a meaning."""
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    (source / "data.yaml").write_text("names: [~, =]\n")
    (source / "1.txt").write_text("0 0.2 0.2 0.2 0.2\n1 .6 .2275 .2 .2\n")
    imported(capsys, source)
    assert (
        "U+007E" in (tmp_path / "out" / "train.csv").read_text()
        and "U+003D" in (tmp_path / "out" / "train.csv").read_text()
    )
    (source / "data.yaml").write_text("names: {か: 0}\n")
    assert main(["import", str(source), "--out", str(tmp_path / "other")]) == 2


def test_yolo_with_classes_txt(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    (source / "classes.txt").write_text("か\nあ\n")
    (source / "1.txt").write_text("0 0.2 0.2 0.2 0.2\n1 .6 .2275 .2 .2\n")
    assert imported(capsys, source)["shape"] == "yolo"
    assert boxes(tmp_path / "out" / "train.csv") == {"1": BOTH}


VOC = """<annotation><folder>x</folder><filename>{0}.png</filename><size><width>100</width><height>{1}</height></size>
<object><name>か</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>30</xmax><ymax>60</ymax></bndbox></object>
<object><name>あ</name><bndbox><xmin>50</xmin><ymin>25.5</ymin><xmax>70</xmax><ymax>65.5</ymax></bndbox></object>
<object><name>い</name></object></annotation>"""


def test_voc(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", *(f"JPEGImages/{n}.png" for n in range(3)), size=SIZE)
    for folder in ("Annotations", "ImageSets/Main"):
        (source / folder).mkdir(parents=True)
    for number, height in enumerate((200, 200, 201)):
        (source / "Annotations" / f"{number}.xml").write_text(VOC.format(number, height))
    (source / "Annotations" / "3.xml").write_text("<annotation>")
    (source / "ImageSets" / "Main" / "Val.txt").write_text("1\n")
    report = imported(capsys, source)
    assert boxes(tmp_path / "out" / "train.csv") == {"0": BOTH, "valid_1": BOTH}
    assert [fault for fault in reasons(report) if "bndbox" not in fault] == [
        f"{source / 'Annotations' / '3.xml'}: expected XML, found something else",
        "2.png: expected 100 x 201 pixels, the upright image has 100 x 200",
    ]
    assert report["faults"][0] == {
        "file": "Annotations/0.xml object 3", "row": None, "reason": "expected bndbox, found nothing"}  # fmt: skip


def test_labelme(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    shapes = [
        {"label": "か", "shape_type": "rectangle", "points": [[30, 60], [10, 20]]},
        {"label": "あ", "shape_type": "circle", "points": [[60, 45.5], [60, 35.5]]},
        {"label": "い", "shape_type": "point", "points": [[60, 45.5]]},
    ]
    document = {"shapes": shapes, "imagePath": "..\\data\\1.png", "imageHeight": 200, "imageWidth": 100}
    (source / "1.json").write_text(json.dumps(document))
    report = imported(capsys, source)
    assert (report["shape"], reasons(report)) == (
        "labelme", ["expected a rectangle, a polygon or a circle, found a point"])  # fmt: skip
    assert boxes(tmp_path / "out" / "train.csv") == {"1": {"U+304B": KA, "U+3042": [50, 35.5, 70, 55.5]}}


ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v{0}#"><Description><MeasurementUnit>{1}</MeasurementUnit>
<sourceImageInformation><fileName>1.png</fileName></sourceImageInformation></Description><Layout><Page WIDTH="100"
HEIGHT="200"><PrintSpace><TextBlock><TextLine><String CONTENT="かあ"><Glyph CONTENT="か" HPOS="10" VPOS="20" WIDTH="20"
HEIGHT="40"/><Glyph CONTENT="あ" HPOS="50" VPOS="25.5" WIDTH="20" HEIGHT="40"/></String></TextLine></TextBlock>
</PrintSpace></Page></Layout></alto>"""
PAGE = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page imageFilename="1.png"
imageWidth="100" imageHeight="200"><TextRegion><Coords points="0,0 9,9"/><TextLine><Coords points="0,0 9,9"/><Word>
<Glyph><Coords points="10,20 30,20 30,60 10,60"/><TextEquiv index="1"><Unicode>が</Unicode></TextEquiv>
<TextEquiv index="0"><Unicode>か</Unicode></TextEquiv></Glyph></Word></TextLine></TextRegion></Page></PcGts>"""


def test_alto_and_page(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    (source / "1.alto.xml").write_text(ALTO.format(3, "pixel"))
    (source / "2.alto.xml").write_text(ALTO.format(4, "mm10"))
    report = imported(capsys, source)
    assert (report["shape"], reasons(report)) == ("glyphs", ["expected places in pixels, found the unit mm10"])
    assert boxes(tmp_path / "out" / "train.csv") == {"1": BOTH}
    (source / "1.alto.xml").rename(source / "2.alto.xml")
    (source / "1.xml").write_text(PAGE)
    imported(capsys, source / "1.xml", out="../page")
    assert boxes(tmp_path / "page" / "train.csv") == {"1": {"U+304B": KA}}


def test_codh(tmp_path: Path, capsys):
    source = draw(
        tmp_path / "data", "b1/images/b1_1.jpg", "b1/images/b1_2.jpg", "b1/characters/U+304B/x.jpg", size=SIZE
    )
    (source / "b1" / "b1_coordinate.csv").write_text(
        "Unicode,Image,X,Y,Block ID,Char ID,Width,Height\nU+304B,b1_1,10,20,B1,C1,20,40\n"
        "U+3042,b1_1,50,25.5,B1,C2,20,40\nU+3042,b1_9,1,1,B1,C2,2,2\nU+3042,b1_1,x,1,B1,C2,2,2\n"
    )
    report = imported(capsys, source)
    assert (report["shape"], report["train"]) == ("codh", 1)
    assert boxes(tmp_path / "out" / "train.csv") == {"b1_1": BOTH}
    assert [(fault["row"], fault["reason"]) for fault in report["faults"]] == [
        (5, "not in the expected form: could not convert string to float: 'x'"),
        (None, "no image called b1_9"),
    ]
    assert report["notes"] == [
        f"{source}/b1/images: left out, having no row in b1_coordinate.csv: 1 images"]  # fmt: skip


def test_kaggle_and_what_was_imported_before(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "train_images/1.png", "train_images/2.webp", size=SIZE)
    (source / "train.csv").write_text("image_id,labels\n1,U+304B 10 20 20 40 U+3042 50 25.5 20 40\n2,\n")
    assert imported(capsys, source)["shape"] == "kaggle"
    assert boxes(tmp_path / "out" / "train.csv") == {"1": BOTH, "2": {}}
    assert Image.open(tmp_path / "out" / "train_images" / "2.png").size == SIZE
    assert (
        os.stat(tmp_path / "out" / "train_images" / "1.png").st_ino == os.stat(source / "train_images" / "1.png").st_ino
    )
    before = (tmp_path / "out" / "train.csv").read_bytes()
    imported(capsys, tmp_path / "out", out="again")
    assert (tmp_path / "again" / "train.csv").read_bytes() == before
    packing = ["pack", "--labels", str(tmp_path / "out" / "train.csv"), "--out", str(tmp_path / "pack")]
    assert main([*packing, "--scale-size", "8", "--channels", "1"]) == 0


CSV = (
    "filename,width,height,class,xmin,ymin,xmax,ymax\n1.png,100,200,か,10,20,30,60\n1.png,100,200,あ,50,25.5,70,65.5\n"
)
OUTLINE = [[50, 25.5, 70, 25.5, 70, 65.5]]
SHAPES = {
    "imagePath": "1.png", "imageData": "/9j/", "imageHeight": 200, "imageWidth": 100,
    "shapes": [{"label": "か", "shape_type": "rectangle", "points": [[30, 60], [10, 20]], "group_id": None},
               {"label": "あ", "shape_type": "rotation", "points": [[50, 25.5], [70, 25.5], [70, 65.5], [50, 65.5]]}],
}  # fmt: skip
DOCUMENT = coco(annotation(1, [10, 20, 20, 40]), annotation(2, [50, 25.5, 20, 40]))
EMBEDDED = {"imagePath": "scan.jpg", "imageData": "/9j/", "shapes": [], "imageHeight": None, "imageWidth": None}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("_annotations.csv", CSV),  # Roboflow, and LabelImg's successors
        ("boxes.csv", "image;x;y;w;h;unicode\n1;10;20;20;40;U+304B\n1;50;25.5;20;40;U+3042\n"),
        ("instances_default.json", DOCUMENT.replace('"1.png"', '"/home/me/scans/1.png", "license": 0')),
        ("result.json", DOCUMENT.replace("1.png", r"..\\images\\1.png").replace("width", "x").replace("height", "y")),
        ("_annotations.coco.json", coco(annotation(1, ["10", "20", 20, 40]), annotation(2, [], segmentation=OUTLINE))),
        ("1.json", json.dumps(SHAPES)),
        ("labels/1.txt", "0 0.2 0.2 0.2 0.2\n1.0 .6 .2275 .2 .2 0.9\n"),
        ("1.xml", VOC.format("1", "200.0").replace("<object><name>い</name></object>", "<segmented/>")),
        ("x.xml", VOC.format("1", "").replace("<object><name>い</name></object>", "").replace("size", "other")),
    ],
)  # fmt: skip
def test_what_exporters_write(tmp_path: Path, capsys, name: str, text: str):
    source = draw(tmp_path / "data", "export/images/1.png", size=SIZE)
    path = source / "export" / name
    if name.endswith(".csv"):
        path = source / name  # tables are looked for at the root
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    (source / "export" / "classes.txt").write_text("か\nあ\n")
    report = imported(capsys, source)
    assert (boxes(tmp_path / "out" / "train.csv"), report["faults"]) == ({"1": BOTH}, [])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.json", '[{"id": 1, "data": {"image": "1.png"}}]', "x.json is of Label Studio, which is not read"),
        ("x.json", '{"1.png9": {"filename": "1.png", "regions": []}}', "VGG's annotator (VIA)"),
        ("x.json", '[{"image": "1.png", "annotations": []}]', "CreateML"),
        ("x.xml", "<annotations><version>1.1</version></annotations>", "CVAT for images"),
        ("1.json", json.dumps(EMBEDDED), "`labelme_export_json` writes it"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_called_by_its_name(tmp_path: Path, capsys, name: str, text: str, told: str):
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    (source / name).write_text(text)
    assert main(["import", str(source), "--out", str(tmp_path / "out")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert told in line and not (tmp_path / "out").exists()


def test_an_archive_is_to_be_unpacked(tmp_path: Path, capsys):
    (tmp_path / "export.zip").write_bytes(b"PK\3\4")
    assert main(["import", str(tmp_path / "export.zip"), "--out", str(tmp_path / "out")]) == 2
    assert "export.zip: is an archive; unpack it and name the folder" in capsys.readouterr().err


def test_pages_of_one_name_get_their_folders_too(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "book1/1.png", "book2/1.png", size=SIZE)
    for book in ("book1", "book2"):
        (source / book / "1.xml").write_text(VOC.format(1, 200))
    imported(capsys, source)
    assert list(boxes(tmp_path / "out" / "train.csv")) == ["book1_1", "book2_1"]


def test_where_no_page_can_be_used_nothing_is_written(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    (source / "coco.json").write_text(coco(annotation(3, [0, 0, 5, 5])))
    assert main(["import", str(source), "--out", str(tmp_path / "out")]) == 2
    assert "found no page that can be used; the first fault: coco.json: 1.png: expected one" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("text", ["{", "[]", '{"images": 1, "annotations": 2, "categories": 3}', "null", "[" * 10**5])
def test_broken_annotations_are_one_line(tmp_path: Path, capsys, text):
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    (source / "coco.json").write_text(text)
    assert main(["import", str(source), "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_names_that_lead_nowhere_are_faults_and_nothing_leaves_the_folder(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    names = [
        "/etc/passwd",
        "C:\\x.png",
        "a\0b.png",
        "a\nb.png",
        "p" * 300,
        "\u202egnp.png",
        "",
        "..",
        5,
        None,
        "\ud800.png",
    ]
    plain = json.loads(coco(annotation(1, [10, 20, 20, 40])))
    plain["images"] += [{"id": f"{name}", "file_name": name, "width": 100, "height": 200} for name in names]
    (source / "coco.json").write_text(json.dumps(plain))
    report = imported(capsys, source)
    assert (report["train"], len(report["faults"])) == (1, len(names))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]


def test_numbers_of_yolo_that_are_none_are_one_line(tmp_path: Path, capsys):
    source = draw(tmp_path / "data", "1.png", size=SIZE)
    (source / "data.yaml").write_text("names: {x: か}")
    assert main(["import", str(source), "--out", str(tmp_path / "out")]) == 2
    assert "data.yaml: expected names by their numbers" in capsys.readouterr().err
