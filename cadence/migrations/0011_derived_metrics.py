from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("cadence", "0010_receivers_that_fail"),)
    operations = ()
