"""X.509 certificates as data, and who reads them: the library, or quicker what is usual."""
