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


def test_what_failed_as_it_began_or_ended_is_gone_on_with(tmp_path):
    folder = SampleFolder(tmp_path, "made", (), ())
    folder.unfinished.mkdir()
    (folder.unfinished / ".parameters.json.0123abcd.tmp").touch()
    assert not folder.is_made(PARAMETERS, force=False)
    folder.begin(PARAMETERS)
    folder.finish(PARAMETERS, {}, [])
    folder.unfinished.mkdir()
    (folder.unfinished / "page.txt").touch()
    assert folder.is_made(PARAMETERS, force=False) and not folder.unfinished.exists()
    with pytest.raises(UserError, match="found other files"):
        SampleFolder(tmp_path / "..", "made", (), ()).is_made(PARAMETERS, force=False)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"parameters": 1}'])
def test_a_damaged_record_is_told(tmp_path, content):
    (tmp_path / "sample.json").write_text(content)
    with pytest.raises(UserError, match=r"sample\.json: expected what says how"):
        SampleFolder(tmp_path, "made", (), ()).is_made(PARAMETERS, force=False)
