"""SQL tables and queries, migrations, blobs. The only room that knows SQL or object storage."""
