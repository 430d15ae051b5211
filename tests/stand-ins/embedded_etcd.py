"""Kubernetes' own etcd: the real one, of Debian's package, run where the real program runs its own.

A stand-in has members only where a test has put etcd beside it (`StandIns::with_etcd`). A member ends with the program that started it, and
the program ends when its member is taken out of the cluster, as k3s does.
"""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import stand_in
from stand_in import Refused

PROGRAM = stand_in.LIBRARY / "etcd"
# prctl(2).
PR_SET_PDEATHSIG = 1


class Logins:
    """Where the files of a member lie: the CA's certificate, and the certificate and key of server, peer and client."""

    def __init__(self, ca, server, peer, client):
        self.ca, self.server, self.peer, self.client = ca, server, peer, client

    def issue(self, authority, names):
        """Writes what is not there, signed by the CA in a folder."""
        for subject, pair in (("etcd-server", self.server), ("etcd-peer", self.peer), ("etcd-client", self.client)):
            certificate, key = map(pathlib.Path, pair)
            if not certificate.exists():
                text = stand_in.issue(authority, f"/CN={subject}", names, both=True)
                stand_in.write(certificate, text[0])
                stand_in.write(key, text[1], 0o600)
        if not pathlib.Path(self.ca).exists():
            stand_in.write(self.ca, (authority / "ca.crt").read_text())

    def files(self):
        """As text, to be made again from."""
        return json.loads(json.dumps([self.ca, self.server, self.peer, self.client], default=str))

    def context(self):
        context = ssl.create_default_context(cafile=self.ca)
        context.check_hostname = False
        context.load_cert_chain(*self.client)
        return context


def is_there():
    return PROGRAM.exists()


def start(name, address, data, logins, let_in=None, advertised=None, ends_program=True):
    """Starts this host's member beside this process, and waits until it is healthy."""
    watch(command(name, address, data, logins, let_in, advertised), pathlib.Path(data), ends_program)
    wait(logins)


def command(name, address, data, logins, let_in=None, advertised=None):
    """What starts this host's member: the first of a cluster, or one more that `let_in` (name, peer URL: flags) has added.

    With `advertised`, a client URL, it listens for clients on this host alone.
    """
    data, peer = pathlib.Path(data), url(address, 2380)
    if (data / "removed").exists():
        shutil.rmtree(data)
    own = [url("127.0.0.1", 2379)] + ([] if advertised else [url(address, 2379)])
    argv = [str(PROGRAM), f"--name={name}", f"--data-dir={data}", f"--listen-client-urls={','.join(own)}",
            f"--advertise-client-urls={advertised or url(address, 2379)}", f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--trusted-ca-file={logins.ca}", f"--cert-file={logins.server[0]}", f"--key-file={logins.server[1]}", "--client-cert-auth",
            f"--peer-trusted-ca-file={logins.ca}", f"--peer-cert-file={logins.peer[0]}", f"--peer-key-file={logins.peer[1]}", "--peer-client-cert-auth"]
    if not (data / "member").exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        argv += let_in(name, peer) if let_in else [f"--initial-cluster={name}={peer}", "--initial-cluster-state=new"]
    return argv


def url(address, port):
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"


def ask(base, path, question, logins, timeout=5):
    """etcd's JSON gateway."""
    request = urllib.request.Request(base + path, data=json.dumps(question).encode() if question is not None else None)
    with urllib.request.urlopen(request, timeout=timeout, context=logins.context()) as answer:
        return json.load(answer)


def add(name, peer, others, logins):
    """Has one of the members on `others` add this one; the flags with which it starts then."""
    end, why = time.monotonic() + stand_in.PATIENCE, None
    while time.monotonic() < end:
        for other in others:
            try:
                members = ask(other, "/v3/cluster/member/list", {}, logins)["members"]
                if not any(peer in member["peerURLs"] for member in members):
                    members = ask(other, "/v3/cluster/member/add", {"peerURLs": [peer]}, logins)["members"]
                named = [f"{member.get('name') or name}={member['peerURLs'][0]}" for member in members]
                return [f"--initial-cluster={','.join(named)}", "--initial-cluster-state=existing"]
            except urllib.error.HTTPError as error:
                why = error.read().decode()
            except OSError as error:
                why = error
        time.sleep(0.5)
    raise Refused(f"etcd cluster join failed: {why}")


def members(logins):
    """The members that this host's knows: peer URL to id."""
    found = ask(url("127.0.0.1", 2379), "/v3/cluster/member/list", {}, logins)["members"]
    return {member["peerURLs"][0]: member["ID"] for member in found}


def remove(peer, logins):
    ask(url("127.0.0.1", 2379), "/v3/cluster/member/remove", {"ID": members(logins)[peer]}, logins)


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def watch(argv, data, ends_program):
    """Runs etcd beside this process, whatever that becomes; perhaps ends it when etcd ends by itself: it was removed."""
    program = os.getpid()
    if os.fork():
        return
    die_with_parent()
    with subprocess.Popen(argv, preexec_fn=die_with_parent) as etcd:
        etcd.wait()
    (data / "removed").touch()
    if ends_program:
        os.kill(program, signal.SIGKILL)
    os._exit(1)


def wait(logins):
    end, why = time.monotonic() + stand_in.PATIENCE, None
    while time.monotonic() < end:
        try:
            if ask(url("127.0.0.1", 2379), "/health", None, logins)["health"] == "true":
                return
        except OSError as error:
            why = error
        time.sleep(0.2)
    raise Refused(f"etcd is not healthy: {why}")
