"""Relays messages between visitors and operators by Django Channels with its layer in memory, and stores nothing."""

import json
import time
from typing import Any

from django.conf import settings  # type: ignore[import-not-found]

WAITING = 100_000
"""Messages that may wait for a connection: the layer drops what is more, and its default of 100 is soon reached."""

settings.configure(
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": WAITING}}}
)

from channels.generic.websocket import AsyncWebsocketConsumer  # type: ignore[import-untyped]  # noqa: E402 - reads them
from channels.routing import ProtocolTypeRouter  # type: ignore[import-untyped]  # noqa: E402

DESK = "desk"


class Chat(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One connection; its path names the place: `/desk`, or that of a visitor."""

    async def connect(self) -> None:
        """Join the group of the place."""
        self.place = self.scope["path"].strip("/")
        await self.channel_layer.group_add(self.place, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard(self.place, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Relay a message to the other side, and acknowledge it; a receipt is relayed only."""
        message = json.loads(text_data or "")
        at = int(time.time() * 1000)
        sent = {"type": "chat.message", "from": self.place, "at": at, "message": message}
        await self.channel_layer.group_send(message["to"] if self.place == DESK else DESK, sent)
        if message["type"] == "read":
            return
        await self.send(json.dumps({"type": "ack", "client_id": message["client_id"], "at": at}, separators=(",", ":")))

    async def chat_message(self, event: dict[str, Any]) -> None:
        """Hand on what came from the other side."""
        sent = {"from": event["from"], "at": event["at"], **event["message"]}
        await self.send(json.dumps(sent, separators=(",", ":")))


application = ProtocolTypeRouter({"websocket": Chat.as_asgi()})
