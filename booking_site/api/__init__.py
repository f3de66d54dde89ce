"""The API described: what machines send to this site, and what they are answered."""
