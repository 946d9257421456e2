"""Readers on a hub that speaks Hugging Face's interface: `hf:OWNER/NAME`, `hf:OWNER/NAME@REVISION`."""

import re
from pathlib import Path

from mojika.errors import UserError
from mojika.files.reader_folder import CARD, CONFIG, FILTER, LANGUAGE, NETWORKS, SUMS

HUB = "hf:"
_SPEC = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@(\S+))?")
_FILES = [CONFIG, CARD, SUMS, *(f"*{suffix}" for suffix in NETWORKS), "*.csv", LANGUAGE, f"{FILTER}/*"]


def fetch_reader(spec: str, *, endpoint: str | None = None, cache: Path | None = None) -> Path:
    """The local copy of a reader's folder, fetched where it is not in the cache; without a network what is there.

    The server is the one that HF_ENDPOINT names, the cache below HF_HOME, a token for private ones HF_TOKEN.
    Raises `UserError` where there is no such repository or revision, or neither network nor copy.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    found = _SPEC.fullmatch(spec)
    if not found:
        raise UserError(f"{spec}: expected hf:OWNER/NAME or hf:OWNER/NAME@REVISION")
    name, revision = found.groups()
    try:
        return Path(
            snapshot_download(name, revision=revision, allow_patterns=_FILES, endpoint=endpoint, cache_dir=cache)
        )
    except GatedRepoError:
        raise UserError(f"{spec}: {name} is given to those who asked for it: set HF_TOKEN") from None
    except RevisionNotFoundError:
        raise UserError(f"{spec}: {name} has no revision {revision or 'main'}") from None
    except RepositoryNotFoundError:
        raise UserError(f"{spec}: no such repository, or a private one (set HF_TOKEN)") from None
    except LocalEntryNotFoundError:
        raise UserError(f"{spec}: the server does not answer, and no whole copy is in the cache") from None
    except Exception as error:  # of the web library that this version of huggingface_hub uses
        raise UserError(f"{spec}: {type(error).__name__}: {' '.join(str(error).split())[:200]}") from None
