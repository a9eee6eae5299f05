from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("cadence", "0014_machines"),)
    operations = ()
