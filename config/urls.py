from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("cadence.api.urls")),
    path("feeds/", include("cadence.feeds.urls")),
    path("", include("cadence.web.urls")),
]

# Below /api/ these answer with problem documents, elsewhere with pages.
handler400 = "cadence.api.handlers.bad_request"
handler403 = "cadence.api.handlers.permission_denied"
handler404 = "cadence.api.handlers.page_not_found"
handler500 = "cadence.api.handlers.server_error"
