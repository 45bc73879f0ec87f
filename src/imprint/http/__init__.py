"""npm's paths, requests, replies, and the one envelope that every refusal is sent in."""
