"""The schemas of other people, beside the checkout."""

import io
import os
from pathlib import Path

import pytest
from lxml import etree

REAL_DATA = Path(os.environ.get("MOJIKA_REAL_DATA") or Path(__file__).parents[2] / ".." / "shared" / "data")
SCHEMAS = REAL_DATA.parent / "schemas"
XLINK = """<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xlink">
<attributeGroup name="simpleLink"/></schema>"""  # the only thing of it that ALTO names


class _Offline(etree.Resolver):
    def resolve(self, url: str, public_id: str, context: object) -> object:
        return self.resolve_string(XLINK, context) if url.endswith("xlink.xsd") else None


def schema(name: str) -> etree.XMLSchema | etree.RelaxNG:
    """A compiled schema; skips the test where it is not there."""
    if not (SCHEMAS / name).is_file():
        pytest.skip(f"needs a schema ({name} beside $MOJIKA_REAL_DATA); {SCHEMAS} does not have it")
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Offline())
    document = etree.parse(SCHEMAS / name, parser)
    return etree.RelaxNG(document) if name.endswith(".rng") else etree.XMLSchema(document)


def written(write, page) -> bytes:
    file = io.BytesIO()
    write([page], file)
    return file.getvalue()
