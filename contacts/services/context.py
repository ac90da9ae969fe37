"""What agents are told of contacts and of the organization besides names: defined, set, taken away. Values are data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from math import isfinite
from typing import Any, Final, TypedDict

from django.conf import settings
from django.db import IntegrityError, transaction

from contacts.contact_keepers import kept_writings, named_contacts
from contacts.models import Contact, ContextType, ContextValue, ContextVariable, VariableType
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.errors import Detail, ErrorCode, TetherError

# Of one organization, of each of both types.
MOST_VARIABLES: Final = 100
MOST_OPTIONS: Final = 100
MAX_VALUE: Final = 1_000

Value = str | int | float | bool


class VariableChanges(TypedDict, total=False):
    display_name: str
    description: str
    variable_type: str
    select_options: list[str]


def define_variable(
    *,
    organization_id: str,
    context_type: str,
    name: str,
    display_name: str,
    variable_type: str,
    description: str = "",
    select_options: list[str] | None = None,
) -> ContextVariable:
    """Three statements. Raises DUPLICATE_VARIABLE, TOO_MANY_VARIABLES, VALIDATION_ERROR for a list without options."""
    variable = ContextVariable(
        organization_id=organization_id,
        context_type=context_type,
        name=name,
        display_name=display_name,
        description=description,
        variable_type=variable_type,
        select_options=select_options or [],
    )
    _check_options(variable)
    there = ContextVariable.objects.of_organization(organization_id).filter(context_type=context_type)
    try:
        with transaction.atomic():
            take_turns(organization_id)
            if there.count() >= MOST_VARIABLES:
                raise TetherError(ErrorCode.TOO_MANY_VARIABLES)
            variable.save(force_insert=True)
    except IntegrityError as error:
        raise TetherError(ErrorCode.DUPLICATE_VARIABLE) from error
    return variable


@transaction.atomic
def change_variable(*, organization_id: str, variable_id: str, changes: VariableChanges) -> ContextVariable:
    """Change what is given. Values that are there stay as they are. Raises VARIABLE_NOT_FOUND, VALIDATION_ERROR."""
    variables = ContextVariable.objects.of_organization(organization_id).select_for_update()
    variable = variables.get_or_refuse(ErrorCode.VARIABLE_NOT_FOUND, pk=variable_id)
    for field, value in changes.items():
        setattr(variable, field, value)
    _check_options(variable)
    variable.save(update_fields=list(changes) or None)
    return variable


@transaction.atomic
def delete_variable(*, organization_id: str, variable_id: str) -> None:
    """With its values. Raises VARIABLE_NOT_FOUND, and LEGAL_HOLD where a hold covers a contact that has one."""
    have_to_stay = named_contacts(organization_id=organization_id)
    variables = ContextVariable.objects.of_organization(organization_id).select_for_update(of=("self",))
    variable = variables.get_or_refuse(ErrorCode.VARIABLE_NOT_FOUND, pk=variable_id)
    values = ContextValue.objects.of_organization(organization_id).filter(variable=variable)
    if have_to_stay and values.filter(contact_id__in=have_to_stay).exists():
        raise TetherError(ErrorCode.LEGAL_HOLD)
    variable.delete()


@transaction.atomic
def set_context(
    *,
    organization_id: str,
    contact_id: str | None,
    values: Mapping[str, Any],
    may_define: bool = False,
    is_new: bool = False,
) -> None:
    """Set these variables, of a contact or, without one, of the organization; null takes a value away, others stay.

    `may_define`: a name that is not defined is, by the kind of its value. `is_new`: the contact was made in the same
    transaction. All of it or nothing. Raises CONTACT_NOT_FOUND, UNDEFINED_VARIABLE, INVALID_VALUE, TOO_MANY_VARIABLES,
    VALIDATION_ERROR where one contact would have too much, and LEGAL_HOLD for what would take the place of a value that
    a hold covers.
    """
    has_to_stay = None if contact_id is None or is_new else kept_writings(organization_id=organization_id)
    if contact_id is not None:
        # Two at once take turns, so that the bound holds.
        contacts = Contact.objects.of_organization(organization_id).select_for_update(no_key=True)
        if contacts.get_or_refuse(ErrorCode.CONTACT_NOT_FOUND, pk=contact_id).is_hidden_caller:
            raise TetherError.of_field("contact_id", "This contact is all callers who do not show a number")
    context_type = ContextType.BUSINESS if contact_id is None else ContextType.CONTACT
    defined = {
        variable.name: variable
        for variable in ContextVariable.objects.of_organization(organization_id).filter(
            context_type=context_type, name__in=values
        )
    }
    undefined = [name for name in values if name not in defined]
    if undefined and not may_define:
        raise TetherError(
            ErrorCode.UNDEFINED_VARIABLE,
            f"Not defined: {', '.join(sorted(undefined))}",
            details=[Detail(f"variables.{name}", "Not defined") for name in undefined],
        )
    for name in undefined:
        defined[name] = define_variable(
            organization_id=organization_id,
            context_type=context_type,
            name=name,
            display_name=name.replace("_", " ").strip().capitalize() or name,
            variable_type=_kind_of(values[name]),
        )
    there = ContextValue.objects.of_organization(organization_id).filter(contact_id=contact_id)
    rows = {row.variable_id: row for row in there.select_related("variable")}
    changed = any((row := rows.get(defined[name].pk)) and row.value != value for name, value in values.items())
    if changed and contact_id is not None and has_to_stay is not None and has_to_stay(contact_id, None):
        raise TetherError(ErrorCode.LEGAL_HOLD)
    gone = [pk for name, value in values.items() if value is None and (pk := defined[name].pk) in rows]
    if gone:
        there.filter(variable_id__in=gone).delete()
    for variable_id in gone:
        del rows[variable_id]
    for name, value in values.items():
        if value is None:
            continue
        variable = defined[name]
        checked = _checked(variable, value)
        row = rows.get(variable.pk) or ContextValue(
            organization_id=organization_id, variable=variable, contact_id=contact_id
        )
        row.value = checked
        rows[variable.pk] = row
    written = {row.variable.name: row.value for row in rows.values()}
    size = len(json.dumps(written, ensure_ascii=False).encode())
    if size > settings.TETHER_VARIABLES_MAX_BYTES:
        raise TetherError.of_field("variables", f"More than {settings.TETHER_VARIABLES_MAX_BYTES} bytes together")
    set_now = {defined[name].pk for name, value in values.items() if value is not None}
    for variable_id in sorted(set_now):
        rows[variable_id].save()


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return VariableType.BOOLEAN
    return VariableType.NUMBER if isinstance(value, int | float) else VariableType.TEXT


def _checked(variable: ContextVariable, value: Any) -> Value:
    """Raises INVALID_VALUE where it is not of the variable's kind."""
    is_right = _CHECKS[VariableType(variable.variable_type)](variable, value)
    if not is_right or (isinstance(value, str) and len(value) > MAX_VALUE):
        kind = VariableType(variable.variable_type).label.lower()
        fault = f"Not a value of the kind: {kind}"
        raise TetherError(
            ErrorCode.INVALID_VALUE,
            f"{variable.name}: {fault}",
            details=[Detail(f"variables.{variable.name}", fault)],
        )
    checked: Value = value
    return checked


def _is_number(_: ContextVariable, value: Any) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and isfinite(value) and abs(value) < 2**53


def _is_date(_: ContextVariable, value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_CHECKS: Final[Mapping[VariableType, Callable[[ContextVariable, Any], bool]]] = {
    VariableType.TEXT: lambda _, value: isinstance(value, str),
    VariableType.NUMBER: _is_number,
    VariableType.DATE: _is_date,
    VariableType.BOOLEAN: lambda _, value: isinstance(value, bool),
    VariableType.SELECT: lambda variable, value: isinstance(value, str) and value in variable.select_options,
}


def _check_options(variable: ContextVariable) -> None:
    is_select = variable.variable_type == VariableType.SELECT
    if is_select and not variable.select_options:
        raise TetherError.of_field("select_options", "A variable that is one of a list needs its options")
    if not is_select and variable.select_options:
        raise TetherError.of_field("select_options", "Only a variable that is one of a list has options")
