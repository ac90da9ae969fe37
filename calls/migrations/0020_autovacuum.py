from django.db import migrations

from tether_calls.common.postgres_sql import PostgresSQL

_HOT = {
    # Updated by each report; counts read its indexes alone where vacuum has been lately.
    "calls_call": {"vacuum_scale_factor": 0.05, "vacuum_insert_scale_factor": 0.05, "analyze_scale_factor": 0.02},
    # Each is written, updated once or twice, and pruned, with bodies of up to 67 MB beside the table.
    "calls_delivery": {"vacuum_scale_factor": 0.02, "analyze_scale_factor": 0.02},
    # A queue: few rows of it are pending, all of them have been, and the index of those has each one's remains.
    "calls_webhookmessage": {"vacuum_scale_factor": 0.01, "analyze_scale_factor": 0.02},
    "calls_webhookattempt": {"vacuum_scale_factor": 0.02, "analyze_scale_factor": 0.02},
}


def _settings(table: str) -> PostgresSQL:
    options = {f"autovacuum_{name}": value for name, value in _HOT[table].items()}
    if table == "calls_delivery":
        options["toast.autovacuum_vacuum_scale_factor"] = 0.02
    return PostgresSQL(
        f"ALTER TABLE {table} SET ({', '.join(f'{name} = {value}' for name, value in options.items())})",
        f"ALTER TABLE {table} RESET ({', '.join(options)})",
    )


class Migration(migrations.Migration):
    """Vacuum of the tables that change most: after a small part of them, not a fifth, which takes weeks to come."""

    dependencies = [("calls", "0019_call_words")]

    operations = [_settings(table) for table in _HOT]
