from typing import Any

from django.db import migrations


def permit(apps: Any, schema_editor: Any) -> None:
    """Making webhooks took `can_read_calls`: keys of users who have made some go on, all others only read."""
    subscriptions = apps.get_model("calls", "WebhookSubscription").objects.exclude(created_by=None)
    keys = apps.get_model("accounts", "ApiKey").objects
    keys.filter(can_read_calls=True, user__in=subscriptions.values("created_by")).update(can_manage_webhooks=True)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_webhook_permission"),
        ("calls", "0013_webhook_owners"),
    ]

    operations = [migrations.RunPython(permit, migrations.RunPython.noop)]
