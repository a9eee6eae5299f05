from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("cadence.api.urls")),
    path("", include("cadence.web.urls")),
]
