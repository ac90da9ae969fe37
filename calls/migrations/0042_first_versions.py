from typing import Any

from django.db import migrations

from tether_calls.common.object_id import new_object_id


def keep_first_versions(apps: Any, schema_editor: Any) -> None:
    """What agents say by now is their first version; who said so is not known."""
    prompts = apps.get_model("calls", "Prompt").objects.filter(version=None)
    versions = apps.get_model("calls", "PromptVersion").objects
    for prompt in prompts.iterator():
        prompt.version = versions.create(
            id=new_object_id(),
            organization_id=prompt.organization_id,
            agent_id=prompt.pk,
            number=1,
            prompt=prompt.prompt,
            first_message=prompt.first_message,
            voice_id=prompt.voice_id,
            created_at=prompt.updated_at,
        )
        prompt.versions_made = 1
        prompt.save(update_fields=["version", "versions_made"])


class Migration(migrations.Migration):
    dependencies = [("calls", "0041_prompt_versions")]

    operations = [migrations.RunPython(keep_first_versions, migrations.RunPython.noop)]
