from django.conf import settings


def mail_is_configured() -> bool:
    """Whether mails leave this machine: otherwise they are printed to its log."""
    return bool(settings.EMAIL_BACKEND != "django.core.mail.backends.console.EmailBackend")
