from datetime import timedelta

from django.db import migrations
from django.utils import timezone


def start_at_the_present(apps, schema_editor):
    """People are told what happens from now on: years of old news would reach them as new.

    Minutes of the last three days that were not sent yet would be lost with their column: there,
    telling begins with the first of them. An organization that is founded later has no cursor and
    is told from its first entry.
    """
    Head = apps.get_model("cadence", "Head")
    Cursor = apps.get_model("cadence", "Cursor")
    Entry = apps.get_model("cadence", "Entry")
    Review = apps.get_model("cadence", "Review")
    unsent = Review.objects.filter(
        closed_at__gt=timezone.now() - timedelta(days=3),
        minutes_sent_at=None,
        organization__is_demo=False,
    )
    closed = Entry.objects.filter(
        event="review.closed", subject_type="review", subject_id__in=unsent.values("pk")
    )
    first = {}
    for organization, sequence in closed.values_list("organization", "sequence"):
        first[organization] = min(sequence, first.get(organization, sequence))
    Cursor.objects.bulk_create(
        (
            Cursor(
                organization_id=head.organization_id,
                sequence=first.get(head.organization_id, head.sequence + 1) - 1,
            )
            for head in Head.objects.all()
        ),
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cadence", "0005_the_owner_is_back"),
    ]

    operations = [
        # Before the column goes that says which minutes were sent.
        migrations.RunPython(start_at_the_present, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="review", name="only_sealed_minutes_are_sent"),
        migrations.RemoveIndex(model_name="review", name="minutes_to_send"),
        migrations.RemoveField(model_name="review", name="minutes_sent_at"),
    ]
