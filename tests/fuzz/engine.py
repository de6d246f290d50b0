"""One run of the fuzzer atheris (libFuzzer): `python -m tests.fuzz.engine <target> <libFuzzer's arguments>`. It ends
its process itself; run.py starts it and tells what came out.
"""

import importlib
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

MEMORY = Path("/dev/shm")  # databases of a moment: nothing has to reach a disk


def main(arguments: list[str]) -> None:
    """Fuzz until libFuzzer's arguments say that it is enough."""
    atheris: Any = importlib.import_module("atheris")  # installed for the purpose, see tools/start/fuzzing.py
    name, *rest = arguments
    with ExitStack() as stack:
        with atheris.instrument_imports(include=["klepet"], enable_loader_override=False):
            from tests.fuzz.targets import TARGETS

            target = TARGETS[name]()
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None))
            play = stack.enter_context(target.open(Path(folder)))

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            chance = random.Random(seed)
            if target.change is None or chance.random() < 0.4:
                return bytes(atheris.Mutate(data, most))
            return target.change(data, chance)[:most]

        atheris.Setup([sys.argv[0], *rest], play, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
