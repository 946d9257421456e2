import os
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("MOJIKA_REAL_DATA") or Path(__file__).parents[1] / ".." / "shared" / "data")


@pytest.fixture
def kuzushiji_pages() -> Path:
    folder = REAL_DATA / "kuzushiji_pages"
    if not folder.is_dir():
        pytest.skip(f"needs the real pages ($MOJIKA_REAL_DATA/kuzushiji_pages); {folder} is not there")
    return folder
