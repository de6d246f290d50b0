"""Every change, one function per verb. Each is given a transaction, records what happened, and has no effect
outside.
"""
