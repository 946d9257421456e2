"""Unpack an archive and the archives in it: python scripts/unpack.py ARCHIVE.zip FOLDER [FOLDER_TO_LEAVE_OUT…]

Files that are there in their size are kept, so an interrupted run continues. `images.zip` in it becomes `images`.
"""

import os
import shutil
import sys
import zipfile
from pathlib import Path, PurePosixPath


def unpack(archive: zipfile.ZipFile, folder: Path, left_out: frozenset[str]) -> int:
    """The number of files written, each whole or not at all. Raises `ValueError` on paths that lead elsewhere."""
    written = 0
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"expected a path in the archive, found {member.filename!r}")
        if member.is_dir() or left_out & set(path.parts[:-1]):
            continue
        if path.suffix.lower() == ".zip":
            with archive.open(member) as inner, zipfile.ZipFile(inner) as nested:
                names = {PurePosixPath(name).parts[0] for name in nested.namelist()}
                own = folder / path.parent if names == {path.stem} else folder / path.with_suffix("")
                written += unpack(nested, own, left_out)
        elif not (target := folder / path).is_file() or target.stat().st_size != member.file_size:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.tmp")
            with archive.open(member) as source, open(temporary, "wb") as copy:
                shutil.copyfileobj(source, copy, 2**20)
            os.replace(temporary, target)
            written += 1
    return written


if __name__ == "__main__":
    try:
        with zipfile.ZipFile(sys.argv[1]) as outer:
            new = unpack(outer, Path(sys.argv[2]), frozenset(sys.argv[3:]))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        print(f"unpack.py: {sys.argv[1]}: {error}; delete it and fetch it again", file=sys.stderr)
        sys.exit(2)
    print(f"{sys.argv[2]}: {new:,} files unpacked")
