"""What usually breaks live chat, looked for from within: `klepet doctor`, and the page *Health* of the console."""
