"""Plumbing shared by every process, with no business in it: settings, logging, the Temporal client."""
