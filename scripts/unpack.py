"""Unpack an archive and the archives in it: python scripts/unpack.py ARCHIVE.zip FOLDER [FOLDER_TO_LEAVE_OUT…]

Files that are there in their size are kept, so an interrupted run continues. `images.zip` in it becomes `images`.
Archives whose paths lead elsewhere, that are nested deeply or that hold far more than their size are refused.
"""

import os
import shutil
import sys
import zipfile
import zlib
from pathlib import Path, PurePosixPath

_DEEPEST = 3  # archives within each other
_LARGEST_SHARE = 200  # of what is unpacked to the archive; images and tables stay below 20


def unpack(archive: zipfile.ZipFile, folder: Path, left_out: frozenset[str], depth: int = 1) -> int:
    """The number of files written, each whole or not at all. Raises `ValueError` for archives that are refused."""
    members = archive.infolist()
    if sum(each.file_size for each in members) > _LARGEST_SHARE * sum(each.compress_size for each in members):
        raise ValueError(f"expected at most {_LARGEST_SHARE} times its size in an archive, found more")
    written = 0
    for member in members:
        path = _path_of(member)
        if member.is_dir() or left_out & set(path.parts[:-1]):
            continue
        if path.suffix.lower() == ".zip":
            if depth == _DEEPEST:
                raise ValueError(f"expected at most {_DEEPEST} archives within each other, found {member.filename!r}")
            with archive.open(member) as inner, zipfile.ZipFile(inner) as nested:
                names = {_path_of(each).parts[0] for each in nested.infolist()}
                own = folder / path.parent if names == {path.stem} else folder / path.with_suffix("")
                written += unpack(nested, own, left_out, depth + 1)
        elif not (target := folder / path).is_file() or target.stat().st_size != member.file_size:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.tmp")
            with archive.open(member) as source, open(temporary, "wb") as copy:
                shutil.copyfileobj(source, copy, 2**20)
            os.replace(temporary, target)
            written += 1
    return written


def _path_of(member: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(member.filename)
    if path.is_absolute() or not path.name or ".." in (*path.parts, path.stem):  # the stem names a folder
        raise ValueError(f"expected a path in the archive, found {member.filename!r}")
    return path


if __name__ == "__main__":
    try:
        with zipfile.ZipFile(sys.argv[1]) as outer:
            new = unpack(outer, Path(sys.argv[2]), frozenset(sys.argv[3:]))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        print(f"unpack.py: {sys.argv[1]}: {error}; delete it and fetch it again", file=sys.stderr)
        sys.exit(2)
    print(f"{sys.argv[2]}: {new:,} files unpacked")
