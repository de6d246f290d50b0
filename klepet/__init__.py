"""Live chat for websites that people run themselves."""

__version__ = "0.1.0"
