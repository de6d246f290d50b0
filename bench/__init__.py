"""Measures the shipped server: `python3 -m bench` in the project's environment. README.md states what was found."""
