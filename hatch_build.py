"""Builds the front end when pip or another tool builds the package from a clone, so that the wheel carries it."""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendBuildHook(BuildHookInterface):
    """Run the front-end build if klepet/static is missing or stale, with Node from a wheel where there is none.

    `KLEPET_FRONTEND=skip` leaves it out: start.py sets it, because it builds the front end itself.
    """

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node only when it will be used: it is a download of 60 MB."""
        frontend = self._frontend()
        return [frontend.NODE_REQUIREMENT] if self._is_needed() and not frontend.find_node(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before hatchling collects the files."""
        if not self._is_needed():
            return
        frontend, root = self._frontend(), Path(self.root)
        node = frontend.find_node(root)
        if node is None:
            raise RuntimeError("Building the front end needs Node 22.12 or newer, and none was found.")
        frontend.build(root, node)

    def _is_needed(self) -> bool:
        skipped = os.environ.get("KLEPET_FRONTEND") == "skip"
        return not skipped and not self._frontend().is_built(Path(self.root))

    def _frontend(self) -> Any:
        """The repository's own tools, which pip does not put on the path."""
        if self.root not in sys.path:
            sys.path.insert(0, self.root)
        from tools.start import frontend

        return frontend
