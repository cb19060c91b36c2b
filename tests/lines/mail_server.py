"""A mail server (aiosmtpd) that does what a recipient's name says. Arguments: port, folder, and `key=value`:
`tls=starttls|implicit`, `user=…`, `password=…`. Each letter that it takes becomes a file in the folder."""

import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port, folder = int(sys.argv[1]), sys.argv[2]
how = dict(argument.split("=", 1) for argument in sys.argv[3:])
REFUSALS = {
    "unknown": "550 5.1.1 <unknown@clinic.example>: no such user",
    "full": "452 4.2.2 mailbox full",
    "foreign": "554 5.7.1 relaying denied",
}


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = REFUSALS.get(address.split("@")[0])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "cut":
            server.transport.abort()
            await asyncio.sleep(3600)
        if name == "silent":
            await asyncio.sleep(3600)
        if name == "spam":
            return "554 5.7.1 this looks like spam"
        if name == "later":
            return "451 4.3.0 try again later"
        letter = f"{folder}/{len(os.listdir(folder))}.eml"
        peer = f"X-From: {envelope.mail_from}\r\nX-Hello: {session.host_name}\r\nX-Peer: {session.peer[1]}\r\n"
        peer += f"X-Tls: {server.transport.get_extra_info('ssl_object') is not None}\r\nX-User: {session.auth_data}\r\n"
        with open(letter + ".part", "wb") as file:
            file.write(peer.encode() + envelope.content)
        os.rename(letter + ".part", letter)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login.decode() == how["user"] and data.password.decode() == how["password"]
    return AuthResult(success=good, auth_data=how["user"] if good else None, handled=False)


def make():
    options = {}
    if how.get("tls") == "starttls":
        options |= {"tls_context": context(), "require_starttls": True}
    if "user" in how:
        options |= {"authenticator": authenticate, "auth_required": True}
        options["auth_require_tls"] = how.get("tls") == "starttls"
    return SMTP(Handler(), hostname="mail.example.jp", **options)


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(how["certificate"], how["key"])
    return made


async def main():
    implicit = context() if how.get("tls") == "implicit" else None
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", port, ssl=implicit)
    await server.serve_forever()


asyncio.run(main())
