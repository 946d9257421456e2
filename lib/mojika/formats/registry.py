"""Every format by the name under which it is asked for. A new one is one module, a line here, and its test."""

from mojika.formats import alto
from mojika.formats.format import Format

FORMATS: dict[str, Format] = {
    "alto": Format(".alto.xml", "ALTO 4.4: columns as lines, characters as glyphs with alternatives", alto.write),
}
