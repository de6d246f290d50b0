"""What owners and supervisors read: one module per report. The only place besides `store` that holds SQL."""
