from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0004_counted_duration")]

    operations = [
        migrations.RenameField(model_name="delivery", old_name="path", new_name="url"),
        migrations.AlterField(
            model_name="delivery",
            name="url",
            field=models.CharField(help_text="As the provider called it.", max_length=500),
        ),
        migrations.AddField(
            model_name="delivery",
            name="endpoint",
            field=models.CharField(
                default="", help_text="What was called: the path after /api/webhook/.", max_length=40
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="delivery",
            name="headers",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="delivery",
            name="provider_call_id",
            field=models.CharField(blank=True, default="", help_text="The call, by the provider's id.", max_length=255),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="delivery",
            name="state",
            field=models.CharField(
                choices=[
                    ("refused", "Refused"),
                    ("received", "Received"),
                    ("waiting", "Waiting for its call"),
                    ("processed", "Processed"),
                    ("ignored", "Ignored"),
                    ("failed", "Failed"),
                ],
                default="received",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["provider", "provider_call_id"], name="delivery_of_provider_call"),
        ),
    ]
