"""Parquet tables that may come from anyone: a file of some kilobytes can stand for gigabytes of equal values."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PARQUET_ERRORS = (pa.ArrowException, OSError, ValueError, LookupError)  # that Arrow raises of damaged files
_MUCH, _TIMES = 2**30, 200  # bytes that any table may have; how many times its file a larger one may be
_BYTES = 8  # of a value, about


def read_parquet(path: Path | str) -> pa.Table:
    """The whole table. Raises one of `PARQUET_ERRORS` where there is none, or one out of proportion to its file."""
    with pq.ParquetFile(path) as file:
        file.scan_contents()  # raises where `column` aborts the process: sizes of a damaged footer that disagree
        about, schema = file.metadata, file.schema_arrow
    groups = map(about.row_group, range(about.num_row_groups))
    values = sum(group.column(number).num_values for group in groups for number in range(group.num_columns))
    expect_proportion(path, _BYTES * values)
    names = [field.name for field in schema if _is_text(field.type)]
    table = pq.read_table(path, read_dictionary=names, page_checksum_verification=True)
    texts = [each for each in table.columns if pa.types.is_dictionary(each.type) and _is_text(each.type.value_type)]
    expect_proportion(path, sum(_unpacked(chunk) for column in texts for chunk in column.chunks))
    return table.cast(schema)


def expect_proportion(path: Path | str, unpacked: int) -> None:
    """Raises `pyarrow.ArrowInvalid`, a `ValueError`, where so many bytes are too many for this file."""
    size = Path(path).stat().st_size
    if unpacked > max(_MUCH, _TIMES * size):
        raise pa.ArrowInvalid(f"{unpacked / 2**30:,.1f} GiB of values in a file of {size:,} bytes")


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string())


def _unpacked(texts: pa.DictionaryArray) -> int:
    return pc.sum(pc.binary_length(texts.dictionary).take(texts.indices)).as_py() or 0
