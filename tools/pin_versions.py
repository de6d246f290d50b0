"""Write constraints.txt from what is installed in .venv, after a direct dependency was moved to another version.

Run `.venv/bin/python tools/pin_versions.py`. Packages that only some systems need stay as they were.
"""

from importlib.metadata import distributions
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
NOT_OURS = {"klepet", "pip", "setuptools", "wheel"}


def read(text: str) -> dict[str, str]:
    """The pins of a constraints file: name as written, version."""
    lines = [line.strip() for line in text.splitlines()]
    return dict(line.split("==", 1) for line in lines if line and not line.startswith("#"))


def main() -> None:
    """Replace the pins, keep the head of the file."""
    text = CONSTRAINTS.read_text(encoding="utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    installed = {found.name: found.version for found in distributions() if found.name.lower() not in NOT_OURS}
    known = {name.lower() for name in installed}
    kept = {name: version for name, version in read(text).items() if name.lower() not in known}
    pins = sorted(f"{name}=={version}" for name, version in (kept | installed).items())
    CONSTRAINTS.write_text("\n".join([*head, *sorted(pins, key=str.lower)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
