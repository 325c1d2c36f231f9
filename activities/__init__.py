"""Side effects of workflows, behind the ports of :mod:`domain.ports`."""
