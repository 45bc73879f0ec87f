"""What is served: packuments, manifests, tarballs, timelines."""
