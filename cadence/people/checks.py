"""What every action asks of the people and things that it is handed."""

from typing import Protocol

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Membership, Role, User
from cadence.calendar.workdays import CalendarError, WorkingCalendar, is_country
from cadence.errors import NotFound
from cadence.inputs import Inputs
from cadence.people.rules import is_currency, is_slug, time_zones


class Belonging(Protocol):
    @property
    def organization_id(self) -> int: ...


def check_within(actor: Membership, *things: Belonging | None) -> None:
    """Raise NotFound unless all of these belong to the organization of the actor."""
    for thing in things:
        if thing is not None and thing.organization_id != actor.organization_id:
            raise NotFound("There is no such thing in this organization.")


def answering_person(inputs: Inputs, field: str, member: Membership | None) -> None:
    """Refuse whoever cannot answer for anything: who left, a machine, an observer."""
    if member is None:
        return
    if not member.is_current:
        inputs.refuse(field, f"{member.name} has left.")
    elif not member.is_person:
        inputs.refuse(field, f"{member.name} is a machine; a person answers by name.")
    elif member.role == Role.OBSERVER:
        inputs.refuse(field, f"{member.name} is an observer; observers answer for nothing.")


def email_address(inputs: Inputs, field: str, value: object) -> str:
    """The address in small letters, as it is stored."""
    problems = len(inputs.problems)
    address = inputs.text(field, value, longest=254).lower()
    if len(inputs.problems) == problems:
        try:
            validate_email(address)
        except ValidationError:
            inputs.refuse(field, "This is not an e-mail address.")
    return address


def new_password(inputs: Inputs, field: str, value: object, *, email: str, name: str) -> str:
    """A password for a new user, judged by the validators of the settings."""
    if not isinstance(value, str) or not value:
        inputs.refuse(field, "A password is needed.")
        return ""
    if len(value) > 500:
        inputs.refuse(field, "This is too long: at most 500 characters.")
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        inputs.refuse(field, "This holds half a character (an unpaired surrogate).")
        return ""
    try:
        validate_password(value, User(email=email, name=name))
    except ValidationError as error:
        for message in error.messages:
            inputs.refuse(field, message)
    return value


def slug(inputs: Inputs, field: str, value: object) -> str:
    text = inputs.text(field, value, longest=60)
    if text and not is_slug(text):
        inputs.refuse(field, "This is of small letters and digits, with single hyphens between.")
    return text


def time_zone(inputs: Inputs, field: str, value: object) -> str:
    text = inputs.text(field, value, longest=64)
    if text and text not in time_zones():
        inputs.refuse(field, "There is no such time zone; write one such as Europe/Berlin.")
    return text


def currency(inputs: Inputs, field: str, value: object) -> str:
    text = inputs.text(field, value, longest=3)
    if text and not is_currency(text):
        inputs.refuse(field, "This is a currency in three capitals, such as EUR.")
    return text


def place(inputs: Inputs, country: object, subdivision: object) -> dict[str, str]:
    """Country and subdivision whose holidays are known, or both empty; field by field."""
    land = inputs.text("country", country, longest=2, needed=False)
    part = inputs.text("subdivision", subdivision, longest=10, needed=False)
    if land and not is_country(land):
        inputs.refuse("country", "There is no calendar for this country; write a code such as DE.")
    elif part:
        try:
            WorkingCalendar(land, part)
        except CalendarError as error:
            inputs.refuse("subdivision", str(error))
    return {"country": land, "subdivision": part}
