import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("accounts", "0002_calendar_links"), ("cadence", "0012_sources"))

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('text', 'Text with separators'), ('workbook', 'Workbook')], max_length=10)),
                ('digest', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('encoding', models.CharField(blank=True, default='', max_length=20)),
                ('separator', models.CharField(blank=True, default='', max_length=1)),
                ('choices', models.JSONField(default=dict)),
                ('counts', models.JSONField(default=dict)),
                ('opened', models.JSONField(default=list)),
                ('recovered', models.PositiveIntegerField(default=0)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('uploaded_at', models.DateTimeField()),
                ('mapped_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('committed_at', models.DateTimeField(null=True)),
                ('landed_at', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
                ('failure', models.CharField(blank=True, default='', max_length=500)),
                ('dropped_at', models.DateTimeField(null=True)),
                ('owed_at', models.DateTimeField(null=True)),
                ('lease', models.CharField(blank=True, default='', max_length=32)),
                ('leased_until', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organization')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
            ],
            options={
                'ordering': ('-uploaded_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='ImportedTable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cells', models.BinaryField()),
                ('findings', models.BinaryField(null=True)),
                ('of', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='table', to='cadence.import')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organization')),
            ],
        ),
        migrations.CreateModel(
            name='Mapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signature', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=200)),
                ('choices', models.JSONField()),
                ('used_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organization')),
                ('used_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.membership')),
            ],
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(condition=models.Q(('owed_at__isnull', False)), fields=['owed_at'], name='imports_owed'),
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(fields=['organization', '-uploaded_at'], name='imports_by_age'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['text', 'workbook'])), name='an_import_is_of_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('landed_at__isnull', True), models.Q(('checked_at__isnull', False), ('committed_at__isnull', False), ('dropped_at__isnull', True), ('failed_at__isnull', True), ('owed_at__isnull', True)), _connector='OR'), name='an_import_lands_once_it_was_committed'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('checked_at__isnull', True), ('mapped_at__isnull', False), _connector='OR'), name='an_import_is_checked_once_it_was_mapped'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('dropped_at__isnull', True), ('owed_at__isnull', True), _connector='OR'), name='a_dropped_import_owes_nothing'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='an_import_is_never_more_than_done'),
        ),
        migrations.AddConstraint(
            model_name='mapping',
            constraint=models.UniqueConstraint(fields=('organization', 'signature'), name='one_mapping_per_header'),
        ),
    ]
