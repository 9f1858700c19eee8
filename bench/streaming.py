"""Prints by how many MiB the resident set grows while all grants of a catalog are rendered, one at a time."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from ecrgen.catalog.catalog import Catalog


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(path: str, account: str, region: str) -> None:
    catalog = Catalog.load(path)
    gc.collect()
    before = peak = resident()
    with open(os.devnull, "w") as out:
        for number, item in enumerate(catalog.render_all(account=account, region=region)):
            out.write(item.policy.to_json(None))
            if number % 500 == 0:
                peak = max(peak, resident())
    print(max(peak, resident()) - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
