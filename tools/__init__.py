"""Tools for this repository; never shipped."""
