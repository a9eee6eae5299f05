from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("accounts", "0002_calendar_links"),)
    operations = (
        migrations.AddField(
            model_name="organization",
            name="fiscal_year_ends",
            field=models.PositiveSmallIntegerField(default=12),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(fiscal_year_ends__gte=1, fiscal_year_ends__lte=12),
                name="a_fiscal_year_ends_with_a_month",
            ),
        ),
    )
