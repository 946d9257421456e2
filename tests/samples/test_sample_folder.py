import pytest

from mojika.errors import UserError
from mojika.files.atomic import atomic_write
from mojika.samples.folder import SampleFolder

PARAMETERS = {"kind": "made", "seed": 1}


def test_files_that_another_process_is_writing_stay(tmp_path):
    folder = SampleFolder(tmp_path, "made", ("train.csv",), ("images",))
    torn = tmp_path / "images" / ".page.jpg.0123abcd.tmp"
    torn.parent.mkdir()
    torn.write_bytes(b"cut o")
    with atomic_write(tmp_path / "images" / "other.jpg") as in_flight:
        folder.begin(PARAMETERS)
        in_flight.write(b"whole")
    assert not torn.exists()
    assert (tmp_path / "images" / "other.jpg").read_bytes() == b"whole"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"parameters": 1}'])
def test_a_damaged_record_is_told(tmp_path, content):
    (tmp_path / "sample.json").write_text(content)
    with pytest.raises(UserError, match=r"sample\.json: expected what says how"):
        SampleFolder(tmp_path, "made", (), ()).is_made(PARAMETERS, force=False)
