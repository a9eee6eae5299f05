"""One upsert, and strings: what a view costs that does nothing else."""

import json

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from benchmarks.bare.models import ONE


@csrf_exempt
def record(request: HttpRequest) -> HttpResponse:
    sent = json.loads(request.body)
    row = (int(sent["metric"]), sent["period"], sent["value"], "", timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(ONE, row)
    return JsonResponse(sent, status=201)


def healthy(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("record", record), path("healthz", healthy)]
