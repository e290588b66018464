"""`python -m bot`."""

import sys

if __name__ == "__main__":
    # If click is installed, httpx imports its own command line, which takes 6 MB.
    sys.modules.setdefault("click", None)  # type: ignore[arg-type]

    from bot.startup import main

    sys.exit(main())
