"""Where tables come from beside files: addresses on the web and in cloud storage, and databases."""
