"""From characters on a page to text: the page as blocks, columns and characters, in the order in which it is read."""
