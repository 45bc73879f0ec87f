"""ID tokens: bytes, key sets with their age, and `now` become a TokenProof, or a reason why not."""
