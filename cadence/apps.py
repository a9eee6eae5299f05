from typing import Any

from django.apps import AppConfig, apps
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from cadence import guards


class CadenceConfig(AppConfig):
    name = "cadence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        pre_migrate.connect(lift_guards, dispatch_uid="lift guards")
        post_migrate.connect(install_guards, sender=self, dispatch_uid="install guards")


def declared_guards() -> tuple[guards.Guard, ...]:
    """Every guard of the schema; models are imported by Django, not from here."""
    module: Any = apps.get_app_config("cadence").models_module
    declared: tuple[guards.Guard, ...] = module.declared_guards()
    return declared


def lift_guards(sender: AppConfig, using: str, **options: Any) -> None:
    """SQLite tables are rebuilt to be altered; their triggers would be lost or in the way."""
    if connections[using].vendor == "sqlite":
        guards.lift(connections[using])


def install_guards(sender: AppConfig, using: str, **options: Any) -> None:
    """Install what is declared. A database migrated to an earlier state has no table for it yet."""
    declared = declared_guards()
    tables = set(connections[using].introspection.table_names())
    if all(guard.table in tables for guard in declared):
        guards.install(connections[using], declared)
