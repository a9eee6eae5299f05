from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("cadence", "0011_derived_metrics"),)
    operations = ()
