from django.urls import URLPattern, path

from cadence.feeds import views

app_name = "feeds"
urlpatterns: list[URLPattern] = [
    path("<str:secret>/cadence.ics", views.feed, name="feed"),
]
