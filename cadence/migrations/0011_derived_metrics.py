import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

FORMULAS = {
    "ratio": "Ratio: the first by the second",
    "difference": "Difference: the first without the second",
    "sum": "Sum of all",
    "product": "Product: the first times the second",
}


class Migration(migrations.Migration):
    dependencies = (
        ("accounts", "0003_fiscal_year"),
        ("cadence", "0010_receivers_that_fail"),
    )
    operations = (
        migrations.AddField(
            model_name="metric",
            name="formula",
            field=models.CharField(
                blank=True, choices=[*FORMULAS.items()], default="", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="metric",
            name="comparison",
            field=models.CharField(
                choices=[("percent", "In percent"), ("points", "In basis points")],
                default="percent",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="metric",
            constraint=models.CheckConstraint(
                condition=Q(formula="") | Q(formula__in=[*FORMULAS], read_per=F("judged_per")),
                name="a_derived_metric_has_a_formula_and_one_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="metric",
            constraint=models.CheckConstraint(
                condition=Q(comparison__in=["percent", "points"]),
                name="a_metric_is_compared_in_percent_or_points",
            ),
        ),
        migrations.CreateModel(
            name="Operand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "metric",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="operands",
                        to="cadence.metric",
                    ),
                ),
                (
                    "operand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="operand_of",
                        to="cadence.metric",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ("metric_id", "position"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("metric", "position"), name="one_operand_in_each_place"
                    ),
                    models.CheckConstraint(
                        condition=Q(position__gte=1, position__lte=10),
                        name="an_operand_has_a_place_from_one_to_ten",
                    ),
                    models.CheckConstraint(
                        condition=Q(operand__lt=F("metric")),
                        name="an_operand_is_older_than_its_metric",
                    ),
                ],
            },
        ),
    )
