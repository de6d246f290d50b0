"""HTTP and sockets: decode, authenticate, call, encode. Nothing is decided here."""
