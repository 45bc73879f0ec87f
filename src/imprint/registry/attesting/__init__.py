"""What proves a publication: provenance that is verified, and what the registry signs itself."""
