"""Plumbing shared by every process, with no business in it: settings, logs, Temporal client."""
