"""What agents are told besides names, under /api/v1: context variables, of contacts and of the organization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.bodies import ContextRequest, ContextVariableChangeRequest, ContextVariableCreateRequest
from calls.partner.context_documents import (
    PartnerContactContextResponse,
    PartnerContextVariable,
    PartnerContextVariableResponse,
    PartnerContextVariables,
    PartnerMessageResponse,
    context_variable_fields,
)
from calls.partner.errors import PartnerError
from calls.partner.queries import ContextVariablesQuery
from contacts.selectors.context_variables import context_variables
from contacts.services.context import change_variable, define_variable, delete_variable, set_context
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.bodies import body_of

_WRITES = "The key needs `can_write_contacts`."


class ContextVariablesViewSet(PartnerViewSet):
    """The organization's context variables."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "list": KeyPermission.CAN_READ_CONTACTS,
        **dict.fromkeys(("create", "change", "destroy"), KeyPermission.CAN_WRITE_CONTACTS),
    }

    @extend_schema(
        summary="List context variables",
        description="The key needs `can_read_contacts`.",
        tags=["Partners"],
        parameters=[ContextVariablesQuery],
        responses={200: PartnerContextVariables, **ERRORS_OF_READS},
    )
    def list(self, request: Request) -> Response:
        query = ContextVariablesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        variables = context_variables(
            organization_id=authenticated_user(request).home_id, context_type=query.validated_data.get("context_type")
        )

        documents = [PartnerContextVariable(**context_variable_fields(variable)) for variable in variables]
        answer = PartnerContextVariables(count=len(documents), variables=documents)

        return Response(answer)

    @extend_schema(
        summary="Define a context variable",
        description=_WRITES,
        tags=["Partners"],
        request=ContextVariableCreateRequest,
        responses={201: PartnerContextVariableResponse, 409: PartnerError, **ERRORS_OF_READS},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, ContextVariableCreateRequest)

        variable = define_variable(
            organization_id=authenticated_user(request).home_id,
            context_type=body.context_type,
            name=body.name,
            display_name=body.display_name,
            description=body.description,
            variable_type=body.variable_type,
            select_options=body.select_options,
        )

        answer = PartnerContextVariableResponse(**context_variable_fields(variable), message="The variable is defined")

        return Response(answer, status=201)

    @extend_schema(
        summary="Change a context variable",
        description=f"{_WRITES} Values that are set stay as they are.",
        tags=["Partners"],
        request=ContextVariableChangeRequest,
        responses={200: PartnerContextVariableResponse, **ERRORS_OF_READS_BY_ID},
    )
    def change(self, request: Request, variable_id: str) -> Response:
        body = body_of(request, ContextVariableChangeRequest)

        variable = change_variable(
            organization_id=authenticated_user(request).home_id, variable_id=variable_id, changes=body.changes
        )

        answer = PartnerContextVariableResponse(**context_variable_fields(variable), message="The variable is changed")

        return Response(answer)

    @extend_schema(
        summary="Delete a context variable",
        description=f"{_WRITES} Its values go with it.",
        tags=["Partners"],
        responses={200: PartnerMessageResponse, 409: PartnerError, **ERRORS_OF_READS_BY_ID},
    )
    def destroy(self, request: Request, variable_id: str) -> Response:
        delete_variable(organization_id=authenticated_user(request).home_id, variable_id=variable_id)

        return Response(PartnerMessageResponse(message="The variable is deleted"))


class ContextViewSet(PartnerViewSet):
    """Values of context variables."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = dict.fromkeys(
        ("of_contact", "of_business"), KeyPermission.CAN_WRITE_CONTACTS
    )

    @extend_schema(
        summary="Set what agents are told of a contact",
        description=f"{_WRITES} Variables that are not named stay; null takes one away.",
        tags=["Partners"],
        request=ContextRequest,
        responses={200: PartnerContactContextResponse, 409: PartnerError, **ERRORS_OF_READS_BY_ID},
    )
    def of_contact(self, request: Request, contact_id: str) -> Response:
        body = body_of(request, ContextRequest)

        set_context(
            organization_id=authenticated_user(request).home_id,
            contact_id=contact_id,
            values=body.variables,
            may_define=body.auto_create_variables,
        )

        return Response(PartnerContactContextResponse(message="The contact's variables are set", contact_id=contact_id))

    @extend_schema(
        summary="Set what agents are told of the organization",
        description=f"{_WRITES} A contact's own value of the same name counts before.",
        tags=["Partners"],
        request=ContextRequest,
        responses={200: PartnerMessageResponse, 409: PartnerError, **ERRORS_OF_READS},
    )
    def of_business(self, request: Request) -> Response:
        body = body_of(request, ContextRequest)

        set_context(
            organization_id=authenticated_user(request).home_id,
            contact_id=None,
            values=body.variables,
            may_define=body.auto_create_variables,
        )

        return Response(PartnerMessageResponse(message="The organization's variables are set"))
