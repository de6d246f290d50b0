"""What is known of the backups that klepet makes by itself."""

from klepet.model.ports import Reader
from klepet.model.records import PlannedJob
from klepet.store import jobs


def planned_backup(reader: Reader) -> PlannedJob | None:
    """When the next backup is made, and why the last one failed; None where klepet makes none by itself."""
    return jobs.planned(reader, jobs.BACKUP_ID)
