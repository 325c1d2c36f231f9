"""The process that runs the deadlines."""
