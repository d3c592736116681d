#!/usr/bin/env python3
"""monitor.py SOCKET COMMAND: gives a command to a QEMU with -monitor unix:SOCKET,server,nowait.

Returns when it is done; it has failed if QEMU has anything to say about it.
"""
import socket
import sys

PROMPT = b"(qemu) "

with socket.socket(socket.AF_UNIX) as monitor:
    monitor.connect(sys.argv[1])
    monitor.sendall(sys.argv[2].encode() + b"\n")
    heard = b""
    # One prompt in greeting, one when it is done.
    while heard.count(PROMPT) < 2:
        more = monitor.recv(4096)
        if not more:
            sys.exit("the monitor hung up")
        heard += more
# The rest of the line is an echo.
answer = heard.split(PROMPT)[1].partition(b"\n")[2]
if answer.strip():
    sys.exit(answer.decode())
