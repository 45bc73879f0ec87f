"""Everything that changes what a package serves: publish, stage, approve, tag, deprecate."""
