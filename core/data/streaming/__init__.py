"""Tables in files of any size, a bounded number of rows at a time, read as `core.data.reading` reads them whole."""
