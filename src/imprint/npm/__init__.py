"""npm's words: names, versions, integrity, tarballs, manifests, bodies, packuments, npmrc. Pure."""
