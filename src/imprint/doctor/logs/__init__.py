"""Why a CI publish failed, told from its log; texts in, causes out. No files, no clock."""
