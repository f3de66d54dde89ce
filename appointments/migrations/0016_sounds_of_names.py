from django.db import migrations, models

from appointments.domain.names import written_sounds

AT_ONCE = 500


def write_sounds(apps, schema_editor):
    customers = apps.get_model("appointments", "Customer").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(customers.filter(pk__gt=last).only("name").order_by("pk")[:AT_ONCE]):
        for row in rows:
            row.sounds = written_sounds(row.name)
        customers.bulk_update(rows, ["sounds"])
        last = rows[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ('appointments', '0015_audit_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='sounds',
            field=models.TextField(default='', editable=False),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['company', 'sounds', 'id'], name='customer_by_sound'),
        ),
        migrations.RunPython(write_sounds, migrations.RunPython.noop, elidable=True),
    ]
