"""What is typed about a connection. The shape only; the actions judge. No secret comes back."""

from typing import Any

from django import forms

from cadence.notices.addresses import LONGEST_URL
from cadence.sources.connections import LONGEST_SECRET, Place
from cadence.sources.models import Connection, ConnectionKind, Encryption
from cadence.web.fields import JudgedText

HIDDEN = {"autocomplete": "off", "spellcheck": "false"}


class PlaceForm(forms.Form):
    """The parts of every kind; those of the others stay empty."""

    use_required_attribute = False

    name = forms.CharField(max_length=120, help_text="What people choose it by: Warehouse.")
    host = JudgedText(max_length=253, help_text="db.example.org")
    port = forms.CharField(
        max_length=5,
        required=False,
        widget=forms.TextInput({"inputmode": "numeric"}),
        help_text="Empty: 5432.",
    )
    database = JudgedText(max_length=63)
    username = JudgedText(
        label="User",
        max_length=63,
        help_text="One that may only read, and only what is meant for it.",
    )
    encryption = forms.ChoiceField(
        choices=Encryption.choices, required=False, initial=Encryption.VERIFIED
    )
    password = forms.CharField(
        max_length=LONGEST_SECRET,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs=HIDDEN),
    )
    file = JudgedText(
        max_length=250,
        help_text="Below the folder that the installation names for sources.",
    )
    url = JudgedText(
        label="Address",
        max_length=LONGEST_URL,
        help_text="Begins with https://. What follows it is for each source to say.",
    )
    header = forms.CharField(max_length=60, required=False, help_text="Empty: Authorization.")
    header_value = forms.CharField(
        label="Value of the header",
        max_length=LONGEST_SECRET,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs=HIDDEN),
        help_text="Such as Bearer and a token. Sent with every question.",
    )

    @property
    def place(self) -> Place:
        found = self.cleaned_data
        return Place(
            **{
                name: found[name]
                for name in ("host", "port", "database", "username", "file", "url", "header")
            },
            encryption=found["encryption"] or Encryption.VERIFIED,
        )

    @property
    def secret(self) -> str:
        found = self.cleaned_data
        return str(found["password"] or found["header_value"])


class NewConnectionForm(PlaceForm):
    kind = forms.ChoiceField(
        choices=ConnectionKind.choices,
        widget=forms.RadioSelect,
        initial=ConnectionKind.POSTGRESQL,
    )


class ChangeConnectionForm(PlaceForm):
    forget_secret = forms.BooleanField(label="Take the secret away", required=False)


def as_typed(connection: Connection) -> dict[str, Any]:
    names = ("name", "host", "port", "database", "username", "encryption", "file", "url", "header")
    return {name: getattr(connection, name) for name in names}


def secret_field(kind: str) -> str:
    return "header_value" if kind == ConnectionKind.URL else "password"
