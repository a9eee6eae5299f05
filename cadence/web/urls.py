"""Every page. Those of an organization lie below ``/o/<slug>/``."""

from django.urls import URLPattern, URLResolver, include, path

from cadence.web import organization_urls, review_urls, sign_in_urls, work_urls

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    *sign_in_urls.urlpatterns,
    path(
        "o/<slug:slug>/",
        include(
            [
                *work_urls.urlpatterns,
                *review_urls.urlpatterns,
                *organization_urls.urlpatterns,
            ]
        ),
    ),
]
