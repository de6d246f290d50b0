"""Ports: what is said of one that is taken, early or in the last moment."""

import socket

import pytest

from klepet import app
from klepet.settings import SettingsError
from tests.ports import free_port

REMEDY = "choose another with --port or KLEPET_PORT"


def test_a_port_where_somebody_listens_is_refused_before_anything_is_begun():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} is taken by another program; stop it, or choose another"):
            app._bind("127.0.0.1", port, REMEDY)


def test_nobody_is_let_in_before_klepet_listens():
    with app._bind("127.0.0.1", free_port(), REMEDY) as bound:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(bound.getsockname(), timeout=10)
        app._listen([(bound, REMEDY)])
        socket.create_connection(bound.getsockname(), timeout=10).close()


def test_who_loses_a_race_for_a_port_is_told_so():
    port = free_port()
    with app._bind("127.0.0.1", port, REMEDY) as first, app._bind("127.0.0.1", port, REMEDY) as second:
        app._listen([(first, REMEDY)])
        with pytest.raises(SettingsError, match=f"port {port} is taken by another program; stop it, or choose another"):
            app._listen([(second, REMEDY)])
