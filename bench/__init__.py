"""What the system costs and how fast it is, as figures beside their goals: ``python -m bench``."""
