"""Every read: what a principal may see. Missing and forbidden look the same."""
