from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("cadence", "0012_sources"),)
    operations = ()
