#!/usr/bin/env python3
"""Reads a backup of Casemate, written from docs/backup-format.md alone.

    read_backup.py FILE [FOLDER] < passphrase      prints JSON; attachments go to FOLDER
    read_backup.py --check                         says whether this machine has what it needs

Needs python3-cryptography, and for Argon2 one of: python3-argon2, a newer python3-cryptography, libargon2.
"""

import ctypes
import hashlib
import json
import os
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 65536


def fail(sentence):
    print(sentence, file=sys.stderr)
    sys.exit(1)


def argon2id(passphrase, salt, memory_kib, passes, lanes):
    try:
        from argon2.low_level import Type, hash_secret_raw

        return hash_secret_raw(passphrase, salt, passes, memory_kib, lanes, 32, Type.ID, 0x13)
    except ImportError:
        pass
    try:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        kdf = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory_kib)
        return kdf.derive(passphrase)
    except Exception:  # Too old, or its OpenSSL is.
        pass
    library = ctypes.CDLL("libargon2.so.1")
    out = ctypes.create_string_buffer(32)
    number = ctypes.c_uint32
    size = ctypes.c_size_t
    error = library.argon2id_hash_raw(
        number(passes), number(memory_kib), number(lanes),
        passphrase, size(len(passphrase)), salt, size(len(salt)), out, size(32),
    )
    if error:
        fail(f"libargon2 says {error}")
    return out.raw


def hkdf(secret, salt, info):
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(secret)


def chunks(key, encrypted):
    """The plaintext of a row of chunks, with its padding."""
    cipher = ChaCha20Poly1305(key)
    step = CHUNK + 16
    count = max(1, -(-len(encrypted) // step))
    plain = bytearray()
    for number in range(count):
        nonce = bytes(7) + struct.pack(">IB", number, number + 1 == count)
        plain += cipher.decrypt(nonce, encrypted[number * step:(number + 1) * step], None)
    return bytes(plain)


def opened(backup_key, body, what):
    key = hkdf(backup_key, body[:32], b"casemate/backup/" + what + b"/v1")
    plain = chunks(key, body[32:]).rstrip(b"\0")
    if not plain.endswith(b"\x80"):
        fail("the padding is wrong")
    return plain[:-1]


# ---- Protobuf ----

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """Numbers of fields, with all their values."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            fail(f"a field of wire type {tag & 7}")
        found.setdefault(tag >> 3, []).append(value)
    return found


def one(message, number, otherwise=0):
    return message.get(number, [otherwise])[-1]


def text(message, number):
    return one(message, number, b"").decode()


def signed(message, number):
    value = one(message, number)
    return (value >> 1) ^ -(value & 1)


# ---- The file ----

def records(data):
    at = 16
    while at + 9 <= len(data):
        kind, length = struct.unpack_from(">BQ", data, at)
        body = at + 9
        if body + length > len(data):
            return
        yield kind, data[body:body + length]
        at = body + length


def unlocked(lock, passphrase):
    version, memory_kib, passes, lanes = struct.unpack_from(">IIII", lock)
    if version != 1:
        fail("this backup has a newer version")
    passphrase = b" ".join(passphrase.split()).lower()
    secret = argon2id(passphrase, lock[16:32], memory_kib, passes, lanes)
    key = hkdf(secret, lock[32:64], b"casemate/backup/lock/v1")
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), lock[64:112], None)
    except InvalidTag:
        fail("wrong passphrase")


def last_index(backup_key, indexes):
    for body in reversed(indexes):
        try:
            return fields(opened(backup_key, body, b"index"))
        except InvalidTag:
            continue
    fail("there is no index")


def read(path, passphrase, folder):
    with open(path, "rb") as file:
        data = file.read()
    if data[:16] != b"casemate backup\n":
        fail("this is no backup")
    found = list(records(data))
    if not found or found[0][0] != 1:
        fail("there is no lock")
    backup_key = unlocked(found[0][1], passphrase)
    index = last_index(backup_key, [body for kind, body in found if kind == 3])

    pieces = []
    for piece in map(fields, index.get(5, [])):
        body = data[one(piece, 2):one(piece, 2) + one(piece, 3)]
        if hashlib.sha256(body).digest() != one(piece, 1):
            fail("a piece is damaged")
        pieces.append(opened(backup_key, body, b"piece"))
    files = {}
    for file in map(fields, index.get(7, [])):
        files[one(file, 1)] = data[one(file, 2):one(file, 2) + one(file, 3)]

    address = text(index, 3)
    conversations = []
    for thread in map(fields, index.get(6, [])):
        conversations.append(conversation(thread, pieces, address, files, folder))
    return {"address": address, "made_ms": one(index, 4), "conversations": conversations}


def conversation(thread, pieces, address, files, folder):
    told = {"name": "", "messages": []}
    for block in map(fields, thread.get(3, [])):
        start = one(block, 3)
        plain = pieces[one(block, 2)][start:start + one(block, 4)]
        if hashlib.sha256(plain).digest() != one(block, 5):
            fail("a block is damaged")
        history = fields(plain)
        people = {one(person, 1): text(person, 2) for person in map(fields, history.get(1, []))}
        for part in map(fields, history[2]):
            told["name"] = text(part, 5)
            told["kind"] = ["group", "pair", "own"][one(part, 3)]
            for message in map(fields, part.get(9, [])):
                told["messages"].append(said(message, people, address, files, folder))
    told["messages"].sort(key=lambda message: message["position"])
    return told


def said(message, people, address, files, folder):
    attachments = []
    for attachment in map(fields, message.get(13, [])):
        encrypted = files.get(one(attachment, 6))
        name = text(attachment, 2)
        if encrypted is not None:
            plain = chunks(one(attachment, 7), encrypted)[:one(attachment, 4)]
            if hashlib.sha256(plain).digest() != one(attachment, 5):
                fail("a file is damaged")
            if folder:
                with open(os.path.join(folder, one(attachment, 6).hex()), "wb") as out:
                    out.write(plain)
        attachments.append({"name": name, "blob": one(attachment, 6, b"").hex(), "here": encrypted is not None})
    return {
        "message": one(message, 1).hex(),
        "from": people.get(one(message, 2), address),
        "at_ms": one(message, 3),
        "kind": ["text", "notice", "unknown"][one(message, 4)],
        "text": text(message, 5),
        "edited": bool(one(message, 16)),
        "deleted": bool(one(message, 17)),
        "position": signed(message, 29),
        "reactions": [
            {"from": people.get(one(reaction, 1), address), "emoji": text(reaction, 2)}
            for reaction in map(fields, message.get(14, []))
        ],
        "attachments": attachments,
    }


def main():
    if sys.argv[1:] == ["--check"]:
        argon2id(b"x", bytes(16), 64, 1, 1)
        return
    passphrase = sys.stdin.buffer.read()
    told = read(sys.argv[1], passphrase, sys.argv[2] if len(sys.argv) > 2 else None)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
