"""How likely a text is, and with it what a character in doubt is read as."""
