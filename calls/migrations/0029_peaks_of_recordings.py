from django.db import migrations, models

CHOICES = [
    ("unmade", "Not made yet"),
    ("wanted", "To be made"),
    ("kept", "Kept beside the recording"),
    ("none", "Cannot be made"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0028_call_hearings"),
    ]

    operations = [
        # Of the recordings that are there already, peaks are made when somebody looks for them, or by a command: all at
        # once would be read from the storage.
        migrations.AddField(
            model_name="recording",
            name="peaks",
            field=models.CharField(choices=CHOICES, default="unmade", editable=False, max_length=6),
        ),
        migrations.AlterField(
            model_name="recording",
            name="peaks",
            field=models.CharField(choices=CHOICES, default="wanted", editable=False, max_length=6),
        ),
        migrations.AddIndex(
            model_name="recording",
            index=models.Index(condition=models.Q(("peaks", "wanted")), fields=["id"], name="recording_without_peaks"),
        ),
    ]
