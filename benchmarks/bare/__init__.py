"""A bare Django project: what the framework costs when nothing is checked, decided or recorded."""
