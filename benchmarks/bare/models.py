from django.db import models


class BareReading(models.Model):
    """A value of a thing on a day, and nothing that refuses or follows it."""

    metric = models.BigIntegerField()
    starts_on = models.DateField()
    value = models.DecimalField(max_digits=24, decimal_places=9)
    note = models.CharField(max_length=500, default="")
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("metric", "starts_on"), name="one_bare_reading"),
        )

    def __str__(self) -> str:
        return f"{self.metric} {self.starts_on}"


UPSERT = (
    "INSERT INTO bare_barereading (metric, starts_on, value, note, recorded_at) "
    "{source} ON CONFLICT (metric, starts_on) DO UPDATE SET value = excluded.value, "
    "note = excluded.note, recorded_at = excluded.recorded_at"
)
ONE = UPSERT.format(source="VALUES (%s, %s, %s, %s, %s)")
