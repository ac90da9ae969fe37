from django.db import migrations, models


class Migration(migrations.Migration):
    """Sums of the hours of a day, beside those of the day; what is added up already is added up anew."""

    dependencies = [("calls", "0020_autovacuum")]

    operations = [
        migrations.AddField(
            model_name="callrollup",
            name="hours",
            field=models.TextField(
                blank=True, help_text="Of a day: calls, microseconds and cost of each of its hours."
            ),
        ),
        migrations.RunSQL(
            "INSERT INTO calls_stalerollup (organization_id)"
            " SELECT DISTINCT organization_id FROM calls_callrollup WHERE true"
            " ON CONFLICT (organization_id) DO UPDATE SET through = NULL",
            migrations.RunSQL.noop,
        ),
    ]
