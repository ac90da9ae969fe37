from django.db import migrations, models


class Migration(migrations.Migration):
    """A vendor may give a name of 200 characters, which is not to be cut."""

    dependencies = [("contacts", "0003_do_not_call")]

    operations = [
        migrations.AlterField("contact", "first_name", models.CharField(blank=True, max_length=200)),
        migrations.AlterField("contact", "last_name", models.CharField(blank=True, max_length=200)),
    ]
