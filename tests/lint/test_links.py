"""Every relative link of a Markdown file leads to a file of the repository, and every `#anchor` to a heading."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], capture_output=True, text=True, cwd=ROOT, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


def without_fences(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings: lower case, punctuation removed, hyphens for spaces."""
    headings = re.findall(r"^#+ (.*)$", without_fences(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    broken = []
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", without_fences(page))):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(f"{page}: {target}")
    return broken


def test_relative_links_and_anchors_resolve():
    assert [link for page in pages() for link in broken_links(page)] == []


def test_every_page_of_the_documentation_is_in_the_index_of_the_readme():
    targets = LINK.findall((ROOT / "README.md").read_text())
    assert [page.name for page in sorted((ROOT / "docs").glob("*.md")) if f"docs/{page.name}" not in targets] == []


def test_a_broken_link_would_be_seen(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# `mojika x`: a, b\n[a](#mojika-x-a-b) [b](#nowhere) [c](missing.md)\n```\n[d](missing.md)\n```\n")
    assert broken_links(page) == [f"{page}: #nowhere", f"{page}: missing.md"]
