"""What policy says of upstreams' versions: whole packuments by their rows, one tarball in full."""
