"""Documents that name packages: requirements of pip, environments of Conda, reports of pip-audit."""
