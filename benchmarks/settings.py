"""The product's settings, and what the references need beside them."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as PRODUCT

INSTALLED_APPS = [*PRODUCT, "import_export", "benchmarks.bare"]
# What is measured is not how fast it refuses.
API_RATE = 0
