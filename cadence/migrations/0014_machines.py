import django.db.models.deletion
from django.db import migrations, models


def proven(model, name, to, related_name, *, null=False):
    """A pointer that a guard reads when the row is written, to what is never deleted."""
    return migrations.AlterField(
        model_name=model,
        name=name,
        field=models.ForeignKey(
            db_constraint=False,
            db_index=False,
            null=null,
            on_delete=django.db.models.deletion.PROTECT,
            related_name=related_name,
            to=to,
        ),
    )


class Migration(migrations.Migration):
    dependencies = (("cadence", "0013_imports"),)
    operations = (
        proven("judgement", "metric", "cadence.metric", "judgements"),
        proven("judgement", "organization", "accounts.organization", "+"),
        proven("judgement", "threshold", "cadence.threshold", "judgements", null=True),
        proven("reading", "metric", "cadence.metric", "readings"),
        proven("reading", "organization", "accounts.organization", "readings"),
        proven("reading", "recorded_by", "accounts.membership", "+", null=True),
        migrations.AddIndex(
            model_name="judgement",
            index=models.Index(
                fields=["metric", "starts_on"],
                condition=models.Q(("result__in", ["below", "above"])),
                name="judgements_beyond",
            ),
        ),
    )
