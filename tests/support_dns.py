"""A name server on loopback that answers from a table, over UDP and TCP, as real ones do."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset

SILENT, BROKEN = "silent", "broken"
Zone = Mapping[str, Mapping[str, list[str]] | str]  # name -> kind -> records; or what the server does instead


def _answer(zone: Zone, packet: bytes, *, small: bool) -> bytes | None:
    query = dns.message.from_wire(packet)
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    reply = dns.message.make_response(query)
    known = zone.get(name)
    if known == SILENT:
        return None
    if known == BROKEN:
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif known is None and not any(other.endswith(f".{name}") for other in zone):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif isinstance(known, Mapping):
        kind = dns.rdatatype.to_text(question.rdtype)
        records = [_text(each) if kind == "TXT" else each for each in known.get(kind, [])]
        if records:
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
    wire = reply.to_wire(max_size=65_535)
    if small and len(wire) > 1200:  # the resolver asks again over TCP
        reply.answer.clear()
        reply.flags |= dns.flags.TC
        wire = reply.to_wire()
    return wire


def _text(words: str) -> str:
    return " ".join('"' + words[at : at + 200].replace('"', r"\"") + '"' for at in range(0, max(1, len(words)), 200))


@contextmanager
def name_server(zone: Zone) -> Iterator[str]:
    """Its address, like 127.0.0.1:5353; the table may change while it runs."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_server(("127.0.0.1", 0)) as tcp:
        udp.bind(tcp.getsockname())
        for serve in (_datagrams, _streams):
            threading.Thread(target=serve, args=(udp if serve is _datagrams else tcp, zone), daemon=True).start()
        host, port = tcp.getsockname()
        yield f"{host}:{port}"
        udp.sendto(b"", (host, port))  # wakes the thread, which ends
        socket.create_connection((host, port)).close()


def _datagrams(udp: socket.socket, zone: Zone) -> None:
    while True:
        packet, asker = udp.recvfrom(4096)
        if not packet:
            return
        if (reply := _answer(zone, packet, small=True)) is not None:
            udp.sendto(reply, asker)


def _streams(tcp: socket.socket, zone: Zone) -> None:
    while True:
        stream, _ = tcp.accept()
        with stream:
            head = stream.recv(2)
            if not head:
                return
            packet = stream.recv(struct.unpack("!H", head)[0])
            if (reply := _answer(zone, packet, small=False)) is not None:
                stream.sendall(struct.pack("!H", len(reply)) + reply)
