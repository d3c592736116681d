"""A server that answers gRPC health checks, or does not.

    health.py PORT MODE [SERVICE]

serving      SERVING for SERVICE (none: the whole server), NOT_FOUND for any other
not-serving  NOT_SERVING
file PATH    SERVING until there is such a file, then NOT_SERVING
silent       takes the call, and never answers
other        a server of gRPC without the health service
garbage      writes what no server of HTTP/2 does, and waits
cut          writes the beginning of a reply, and hangs up
strict       answers only a client that has answered its SETTINGS and PING

The first five are a real server, of Debian's python3-grpcio; the last three a socket.
"""
import os
import socket
import sys
import threading
from concurrent import futures

PORT, MODE = int(sys.argv[1]), sys.argv[2]
ARGUMENT = sys.argv[3] if len(sys.argv) > 3 else ""


def request_of(service):
    name = service.encode()
    return b"\x0a" + bytes([len(name)]) + name if name else b""


def check(request, context):
    import grpc

    agent = dict(context.invocation_metadata()).get("user-agent", "")
    if not agent.startswith("kube-probe/"):
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "who are you?")
    if MODE == "silent":
        threading.Event().wait()
    if MODE == "not-serving" or (MODE == "file" and os.path.exists(ARGUMENT)):
        return b"\x08\x02"
    if MODE == "serving" and request != request_of(ARGUMENT):
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return b"\x08\x01"


def serve_grpc():
    import grpc

    service = "test.Other" if MODE == "other" else "grpc.health.v1.Health"
    methods = {"Check": grpc.unary_unary_rpc_method_handler(check)}
    server = grpc.server(futures.ThreadPoolExecutor(100), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, methods),))
    if server.add_insecure_port("127.0.0.1:%d" % PORT) != PORT:
        sys.exit("no such port")
    server.start()
    server.wait_for_termination()


def frame(kind, flags, stream, payload=b""):
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
    return head + payload


SETTINGS, SETTINGS_ACK = frame(4, 0, 0), frame(4, 1, 0)
PING, PING_ACK = frame(6, 0, 0, b"probing?"), frame(6, 1, 0, b"probing?")
REPLY = (
    frame(1, 4, 1, b"\x88")
    + frame(0, 0, 1, b"\0\0\0\0\2\x08\x01")
    + frame(1, 5, 1, b"\x00\x0bgrpc-status\x010")
)


def wait_for(conn, heard, *wanted):
    while not all(w in heard for w in wanted):
        some = conn.recv(4096)
        if not some:
            return heard
        heard += some
    return heard


def serve_one(conn):
    with conn:
        if MODE == "garbage":
            conn.sendall(b"\x4a\x00\x00\x00\x0a8.0.36\x00\xff\xfe")
            wait_for(conn, b"", b"never")
            return
        conn.sendall(SETTINGS)
        heard = wait_for(conn, b"", SETTINGS_ACK)
        if MODE == "cut":
            conn.sendall(REPLY[:20])
            return
        conn.sendall(PING)
        heard = wait_for(conn, heard, PING_ACK)
        if PING_ACK in heard:
            conn.sendall(REPLY)
            wait_for(conn, b"", b"never")


def serve_socket():
    with socket.create_server(("127.0.0.1", PORT)) as listener:
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=serve_one, args=(conn,), daemon=True).start()


if MODE in ("garbage", "cut", "strict"):
    serve_socket()
else:
    serve_grpc()
