"""A mail server on a free port of loopback: STARTTLS and a password are required.

Arguments: folder for what arrives, certificate, key, user, password. Prints its port, and writes each letter as
Python's own reader of mail understands it, one JSON object per file.
"""

import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder, certificate, key, user, password = sys.argv[1:6]


class Letters:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        attached = [
            [part.get_filename(), part.get_content_type(), len(part.get_payload(decode=True))]
            for part in letter.iter_attachments()
        ]
        read = {
            "subject": letter["subject"],
            "from": letter["from"],
            "to": envelope.rcpt_tos,
            "text": letter.get_body(("plain",)).get_content(),
            "attached": attached,
            "encrypted": session.ssl is not None,
        }
        Letters.count += 1
        path = os.path.join(folder, f"{Letters.count:04}.json")
        with open(path + ".part", "w", encoding="utf-8") as out:
            json.dump(read, out)
        os.rename(path + ".part", path)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == user.encode() and data.password == password.encode()
    return AuthResult(success=good, handled=good)


def protocol():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return SMTP(
        Letters(),
        enable_SMTPUTF8=True,
        tls_context=context,
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
    )


async def main():
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
