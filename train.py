#!/usr/bin/env python3
"""`mojika train` under its name of 2019. See `python train.py --help`."""

import sys

try:
    from mojika.runtime.launcher import end_with_launcher

    end_with_launcher()
    from mojika.cli.train import main
except ModuleNotFoundError as missing:
    sys.exit(f"train.py: no {missing.name} here; start it in Mojika's environment: ./run.sh --local python train.py")
except KeyboardInterrupt:  # while libraries are loaded
    print("train.py: interrupted; run the same command again to resume", file=sys.stderr)
    sys.exit(75)

if __name__ == "__main__":
    sys.exit(main())
