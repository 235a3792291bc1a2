#!/usr/bin/env python3
"""Reads evidence of Casemate, written from docs/evidence.md alone.

    read_evidence.py FILE < passphrase      verifies it, and prints all of it as JSON

Needs what read_backup.py needs.
"""

import hashlib
import io
import json
import sys
import zipfile

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from read_backup import argon2id, chunks, fail, hkdf

import struct


def content(data, passphrase):
    if data[:16] != b"casemate report\n":
        fail("this is no evidence")
    lock, salt, encrypted = data[16:128], data[128:160], data[160:]
    version, memory_kib, passes, lanes = struct.unpack_from(">IIII", lock)
    if version != 1 or memory_kib > 262144 or passes > 16:
        fail("this evidence has a newer version")
    passphrase = b" ".join(passphrase.split()).lower()
    secret = argon2id(passphrase, lock[16:32], memory_kib, passes, lanes)
    try:
        key = hkdf(secret, lock[32:64], b"casemate/evidence/lock/v1")
        key = ChaCha20Poly1305(key).decrypt(bytes(12), lock[64:112], None)
    except InvalidTag:
        fail("wrong passphrase")
    try:
        plain = chunks(hkdf(key, salt, b"casemate/evidence/file/v1"), encrypted)
    except InvalidTag:
        fail("it was changed")
    plain = plain.rstrip(b"\0")
    if not plain.endswith(b"\x80"):
        fail("the padding is wrong")
    return plain[:-1]


def verified(parts):
    custody = json.loads(parts["custody.json"])
    previous = None
    for record in custody["records"]:
        statement = record["statement"].encode()
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(record["device_key"]))
        try:
            signed = hashlib.sha256(b"casemate/custody/v1").digest() + hashlib.sha256(statement).digest()
            key.verify(bytes.fromhex(record["signature"]), signed)
        except InvalidSignature:
            fail("the signature is wrong")
        said = json.loads(statement)
        if said["previous"] != previous:
            fail("the chain is broken")
        previous = hashlib.sha256(statement).hexdigest()
        named = {part["name"]: (part["bytes"], part["sha256"]) for part in said["parts"]}
        there = {
            name: (len(data), hashlib.sha256(data).hexdigest())
            for name, data in parts.items() if name != "custody.json"
        }
        if named != there:
            fail("a part is missing, or was changed")
    return [json.loads(record["statement"]) for record in custody["records"]]


def main():
    passphrase = sys.stdin.buffer.read()
    with open(sys.argv[1], "rb") as file:
        data = content(file.read(), passphrase)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    told = {
        "custody": verified(parts),
        "report": json.loads(parts["report.json"]),
        "headers": json.loads(parts["headers.json"])["headers"],
        "stix": json.loads(parts["stix.json"]),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()},
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
