"""The program: `ecrgen`, and `python -m ecrgen`"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, also where Ctrl-C comes while its modules are still being read."""
    try:
        from ecrgen.cli.main import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
