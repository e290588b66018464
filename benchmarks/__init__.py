"""What is measured: speed, memory and quality, against peers where there are some. README.md lists it."""

import os

# Users' Pythons keep compiled modules. Where that is turned off, each process would compile the project anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
