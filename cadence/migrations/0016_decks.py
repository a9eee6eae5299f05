from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("cadence", "0015_rebasings"),)
    operations = ()
