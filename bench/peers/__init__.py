"""What somebody might take instead to carry messages, measured the same way: socket.io on Node, and Django Channels."""
