import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.health import refuse_to_run_unguarded  # noqa: E402, Django must be set up first

refuse_to_run_unguarded()

# What is loaded now stays: the collector need not look at it again with every large page.
gc.collect()
gc.freeze()
