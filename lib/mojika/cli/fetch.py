"""`mojika fetch`: files of other people from web servers and object stores, with a record of what they are."""

import argparse

from mojika.cli.stage import Report, add_flags, add_out, made

EXAMPLE = """example:
  mojika fetch https://example.org/releases/resnet152.model --out models/released
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", nargs="+", metavar="URL", help="address of a file (https://, http://, s3:// or gs://)")
    add_out(
        parser, "DIR", "folder of the files, and fetched.json with their sizes and SHA-256, which are compared later,"
    )
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.errors import UserError
    from mojika.files.recorded import fetch_recorded
    from mojika.files.urls import Url

    urls = [Url.parse(text) for text in args.url]
    names = [url.name for url in urls]
    if len(set(names)) < len(names):
        raise UserError("expected files of different names, found two of the same; fetch them into two folders")
    new = sum(fetch_recorded(url, args.out) for url in urls)
    text = f"{new:,} files fetched, {len(urls) - new:,} were there already"
    return made(args.out, {"files": len(urls), "fetched": new}, text, existed=new == 0)
