"""Routes of conversations, under /api."""

from django.urls import path

from conversations.api.conversations import ConversationsViewSet

urlpatterns = [
    path("conversation/all", ConversationsViewSet.as_view({"post": "of_contact"})),
    path("conversation/<objectid:conversation_id>", ConversationsViewSet.as_view({"get": "retrieve"})),
    path("conversation/<objectid:conversation_id>/messages", ConversationsViewSet.as_view({"get": "messages"})),
    path("conversation/<objectid:conversation_id>/resolve", ConversationsViewSet.as_view({"put": "resolve"})),
]
