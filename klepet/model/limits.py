"""Every limit on what people and programs may send, in one place. Sizes are characters unless the name says bytes."""

from typing import Annotated

from msgspec import Meta

MESSAGE_CHARS = 4_000
NAME_CHARS = 100
EMAIL_CHARS = 254  # RFC 5321, 4.5.3.1.3
PHONE_CHARS = 40
URL_CHARS = 2_000
TITLE_CHARS = 300
COMMENT_CHARS = 1_000
CLIENT_ID_CHARS = 64
ATTRIBUTES_MAX = 50
ATTRIBUTE_NAME_CHARS = 64
ATTRIBUTE_VALUE_CHARS = 500
NUMBER_MAX = 2**53  # what every JSON reader keeps exactly
ORDER_ITEMS_MAX = 100
FRAME_BYTES = 64 * 1024  # the longest message takes 48,000 bytes where each letter is an escaped surrogate pair
PHOTO_BYTES = 5 * 1024 * 1024
PAGE_MAX = 100
ORIGINS_MAX = 50
SNAPSHOT_CONVERSATIONS = 2_000
VISITOR_CONVERSATIONS = 20
TRANSCRIPT_PAGE = 50
OPEN_TRANSCRIPTS = 20
RESUME_EVENTS = 1_000
SITES_MAX = 200
SITE_SECRETS_MAX = 10
SITE_LANGUAGES_MAX = 20
GREETING_CHARS = 500
OPERATORS_MAX = 1_000
INVITATIONS_MAX = 200
SESSIONS_PER_OPERATOR = 50
API_TOKENS_MAX = 200
WEBHOOKS_MAX = 50
PREFERENCES_BYTES = 8 * 1024
SEARCH_CHARS = 200
ORDERS_SHOWN = 50
ERASE_ROWS = 500

# Patterns end in `$(?!\n)`: Python's `$` alone would let a newline follow.
Text = Annotated[str, Meta(min_length=1, max_length=MESSAGE_CHARS)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_CHARS)]
Email = Annotated[str, Meta(min_length=3, max_length=EMAIL_CHARS, pattern=r"^[^@\s]+@[^@\s]+$(?!\n)")]
Phone = Annotated[str, Meta(min_length=3, max_length=PHONE_CHARS)]
Url = Annotated[str, Meta(max_length=URL_CHARS)]
Title = Annotated[str, Meta(max_length=TITLE_CHARS)]
Comment = Annotated[str, Meta(max_length=COMMENT_CHARS)]
ClientId = Annotated[str, Meta(min_length=8, max_length=CLIENT_ID_CHARS, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
Token = Annotated[str, Meta(min_length=16, max_length=200)]
IdentityToken = Annotated[str, Meta(min_length=16, max_length=4_096)]
SiteKey = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$(?!\n)"
Language = Annotated[str, Meta(min_length=2, max_length=16, pattern=LANGUAGE_PATTERN)]
TimeZone = Annotated[str, Meta(max_length=64)]
Seq = Annotated[int, Meta(ge=0, le=NUMBER_MAX)]
Offset = Annotated[int, Meta(ge=0, le=NUMBER_MAX)]
Score = Annotated[int, Meta(ge=1, le=5)]
Money = Annotated[str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$(?!\n)")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$(?!\n)")]
AttributeName = Annotated[str, Meta(min_length=1, max_length=ATTRIBUTE_NAME_CHARS)]
AttributeText = Annotated[str, Meta(max_length=ATTRIBUTE_VALUE_CHARS)]
AttributeInteger = Annotated[int, Meta(ge=-NUMBER_MAX, le=NUMBER_MAX)]
Attributes = Annotated[
    dict[AttributeName, AttributeText | AttributeInteger | float | bool | None], Meta(max_length=ATTRIBUTES_MAX)
]
