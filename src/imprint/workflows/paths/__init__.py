"""Who can publish: run contexts, taint, guards, and the smallest set of edits that cuts it off."""
