from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("calls", "0054_sealed_texts"),)

    operations = (
        migrations.AddField(
            model_name="transfer",
            name="told_at",
            field=models.DateTimeField(
                editable=False,
                help_text="When the person was to be told of what, where the carrier asks nobody.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("call", None), models.Q(("conversation_id", ""), _negated=True)),
                fields=["organization", "conversation_id"],
                name="transfers_without_their_call",
            ),
        ),
    )
