"""How the shop refuses: a status, a short code for programs, a sentence for people."""


class ShopError(Exception):
    """Something the customer can understand and mend."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
