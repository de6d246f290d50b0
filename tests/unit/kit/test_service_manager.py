"""What systemd is told."""

import socket

import pytest

from klepet.kit.service_manager import READY, STOPPING, tell_service_manager


@pytest.mark.parametrize("is_abstract", [False, True], ids=["a file", "an abstract name"])
def test_the_manager_is_told_at_the_socket_that_it_names(tmp_path, is_abstract):
    name = f"@klepet-{tmp_path.name}" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name[1:] if is_abstract else name)
        manager.settimeout(10)
        tell_service_manager(READY, {"NOTIFY_SOCKET": name})
        tell_service_manager(STOPPING, {"NOTIFY_SOCKET": name})
        assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"STOPPING=1"]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:1:2"}])
def test_without_a_manager_nothing_is_said(environ):
    tell_service_manager(READY, environ)


def test_a_manager_that_is_gone_is_no_reason_to_fail(tmp_path):
    tell_service_manager(READY, {"NOTIFY_SOCKET": str(tmp_path / "gone")})
