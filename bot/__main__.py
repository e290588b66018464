"""`python -m bot`."""

import sys

if __name__ == "__main__":
    # httpx imports a command line of its own wherever it finds click, and keeps 6 MB of it.
    sys.modules.setdefault("click", None)  # type: ignore[arg-type]

    from bot.app import main

    sys.exit(main())
