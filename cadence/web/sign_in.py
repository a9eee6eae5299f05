"""Signing in and out, choosing an organization, passwords and their reset by mail."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
)
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models import Membership, User
from cadence.notices.sending import mail_is_configured
from cadence.web.demo_people import DEMO_ONLY, demo_people, may_enter_by_click

LONGEST_PASSWORD = 500
# Whoever is signed in without a password was not checked by the backend that counts failures.
BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignInForm(AuthenticationForm):
    # Not UsernameField: an address of any length would reach the record of failed attempts,
    # whose column is shorter.
    username = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label="Password",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "No account has this e-mail address and password.",
    }

    def clean_username(self) -> str:
        """In small letters, as it is stored; so guesses in other letters are counted together."""
        return str(self.cleaned_data["username"]).lower()


def name_passwords(form: forms.Form) -> None:
    """Our words and our limit for the fields of a new password."""
    if "old_password" in form.fields:
        form.fields["old_password"].label = "Password now"
    for name, label in (("new_password1", "New password"), ("new_password2", "The same again")):
        form.fields[name] = forms.CharField(
            label=label,
            max_length=LONGEST_PASSWORD,
            strip=False,
            help_text="At least 10 characters." if name == "new_password1" else "",
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )


class SignIn(auth_views.LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people = demo_people(timezone.now()) if settings.DEMO else []
        return super().get_context_data(**kwargs) | {"people": people}

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Enter the demo as one of its people. Never into an organization that holds anything real."""
    if not settings.DEMO:
        raise PermissionDenied
    key = request.POST.get("member", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise Http404
    rows = Membership.objects.current().select_related("user", "organization")
    member = rows.filter(pk=int(key)).first()
    if member is None or member.user is None:
        raise Http404
    if not may_enter_by_click(member):
        raise PermissionDenied
    login(request, member.user, backend=BACKEND)
    # Whoever clicked has shown no password: what the person joins later stays shut to them.
    request.session[DEMO_ONLY] = True
    return redirect(safe_next(request) or resolve_url("web:my-week", member.organization.slug))


def safe_next(request: HttpRequest) -> str:
    """Where the form wants to go on to, when that is on this site; empty otherwise."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else ""


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """My week where there is one organization, a choice where there are several."""
    assert request.user.is_authenticated
    rows = Membership.objects.current().filter(user=request.user)
    if DEMO_ONLY in request.session:
        rows = rows.filter(organization__is_demo=True)
    memberships = list(rows.select_related("organization").order_by("organization__name"))
    if len(memberships) == 1:
        return redirect("web:my-week", memberships[0].organization.slug)
    return render(request, "accounts/home.html", {"memberships": memberships})


class ChangePassword(auth_views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("web:home")

    def get_form(self, *args: Any) -> PasswordChangeForm:
        form = super().get_form(*args)
        name_passwords(form)
        return form

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(
            self.request, "Your password is changed, and you are signed out elsewhere."
        )
        return super().form_valid(form)

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class ResetPassword(auth_views.PasswordResetView):
    """Asks for an address. The answer is the same whether there is an account or not."""

    template_name = "accounts/password_reset.html"
    subject_template_name = "mail/password_reset_subject.txt"
    email_template_name = "mail/password_reset.txt"
    html_email_template_name = "mail/password_reset.html"
    # Not the host of the request, which whoever asks can choose.
    extra_email_context = {"public_url": settings.PUBLIC_URL}
    success_url = reverse_lazy("web:password-reset-sent")

    def get_form_class(self) -> type[PasswordResetForm]:
        return PasswordResetForm

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        form.save(
            domain_override=urlsplit(settings.PUBLIC_URL).netloc,
            use_https=settings.HTTPS,
            token_generator=self.token_generator,
            subject_template_name=self.subject_template_name,
            email_template_name=self.email_template_name,
            html_email_template_name=self.html_email_template_name,
            extra_email_context=self.extra_email_context,
        )
        return redirect(self.get_success_url())

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"mail_is_configured": mail_is_configured()}


class ResetPasswordSent(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_sent.html"


class ResetPasswordConfirm(auth_views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("web:password-reset-done")

    def get_form(self, *args: Any) -> "SetPasswordForm[User]":
        form = super().get_form(*args)
        name_passwords(form)
        return form

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class ResetPasswordDone(auth_views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_done.html"
