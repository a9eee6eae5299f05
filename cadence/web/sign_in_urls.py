"""Getting in: the pages that stand outside every organization."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from cadence.web import invitation, sign_in

urlpatterns: list[URLPattern] = [
    path("", sign_in.home, name="home"),
    path("sign-in", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-in/demo", sign_in.demo_sign_in, name="demo-sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("invitation/<str:secret>", invitation.invitation, name="invitation"),
    path("password", sign_in.ChangePassword.as_view(), name="password-change"),
    path("password/reset", sign_in.ResetPassword.as_view(), name="password-reset"),
    path("password/reset/sent", sign_in.ResetPasswordSent.as_view(), name="password-reset-sent"),
    path(
        "password/reset/<uidb64>/<token>",
        sign_in.ResetPasswordConfirm.as_view(),
        name="password-reset-confirm",
    ),
    path("password/reset/done", sign_in.ResetPasswordDone.as_view(), name="password-reset-done"),
]
