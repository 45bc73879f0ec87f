"""A stand-in for a private sigstore instance, for tests and the curious. It protects nothing.

Its keys come from a seed, its log forgets, and nobody watches it. It speaks as real instances do:
Fulcio v2, certificate transparency, Rekor v1, RFC 3161 and TUF, enough for stock clients.
"""
