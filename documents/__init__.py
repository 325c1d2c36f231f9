"""Official documents: typed facts in, the bytes of a .docx out. Nothing here reads a clock, a file
or a database."""
