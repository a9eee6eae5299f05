from django.db import migrations


def start_at_the_present(apps, schema_editor):
    """People are told what happens from now on: years of old news would reach them as new.

    An organization that is founded later has no cursor and is told from its first entry.
    """
    Head = apps.get_model("cadence", "Head")
    Cursor = apps.get_model("cadence", "Cursor")
    Cursor.objects.bulk_create(
        (
            Cursor(organization_id=head.organization_id, sequence=head.sequence)
            for head in Head.objects.all()
        ),
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cadence", "0005_the_owner_is_back"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="review", name="only_sealed_minutes_are_sent"),
        migrations.RemoveIndex(model_name="review", name="minutes_to_send"),
        migrations.RemoveField(model_name="review", name="minutes_sent_at"),
        migrations.RunPython(start_at_the_present, migrations.RunPython.noop),
    ]
