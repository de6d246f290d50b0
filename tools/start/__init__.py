"""What stands behind `python3 start.py`: standard library only, because it runs before anything is installed."""
