"""What the stand-ins share: flags and configuration files checked against tables, certificates, and a client of the API stand-in.

Nothing here is Kubernetes. A stand-in records each call in /var/log/stand-ins/PROGRAM.log, one JSON object per line:
`argv`, and `files`, the configuration files it read (path to text).
"""

import base64
import datetime
import fcntl
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

import yaml

LIBRARY = pathlib.Path("/usr/local/lib/stand-ins")
LOGS = pathlib.Path("/var/log/stand-ins")
# The real programs wait for minutes; a test that must see them give up does not.
PATIENCE = 30


class Refused(Exception):
    """A call that the real program would not accept; its text is the message, without the program's prefix."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


class Recorder:
    """Writes a call, and the files it read, as one line of the log."""

    def __init__(self, program, argv):
        self.path = LOGS / f"{program}.log"
        self.line = {"id": f"{time.time_ns()}.{os.getpid()}", "argv": argv, "files": {}}
        self.write()

    def file(self, path, text):
        self.line["files"][str(path)] = text
        self.write()

    def write(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a+") as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            log.seek(0)
            lines = [line for line in log.read().splitlines() if json.loads(line)["id"] != self.line["id"]]
            log.truncate(0)
            log.write("\n".join([*lines, json.dumps(self.line)]) + "\n")


# --- flags, as cobra and urfave/cli read them ---

def parse(argv, flags, urfave=False):
    """Reads `argv` by a table of flags: name to kind (bool, string, int, duration, list, map; "f name" has the short form -f).

    Returns the values that were given, by long name, and the words that are no flags.
    """
    kinds = {name.split()[-1]: kind for name, kind in flags.items()}
    short = {name.split()[0]: name.split()[1] for name in flags if " " in name}
    values, words, rest = {}, [], list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return values, words + rest
        if not word.startswith("-") or word == "-":
            words.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("--"):
            if name[:1] in short:
                if len(name) > 1 and not urfave:
                    value, equals, name = name[1:] + equals + value, "=", name[:1]
                    if kinds[short[name]] == "bool":
                        rest.insert(0, "-" + value)
                        value, equals = "", ""
                name = short.get(name, name)
            elif not urfave:
                raise Refused(f"unknown shorthand flag: '{name[:1]}' in {word}")
        if name not in kinds:
            raise Refused(f"flag provided but not defined: -{name}" if urfave else f"unknown flag: --{name}")
        kind = kinds[name]
        if kind == "bool":
            value = value if equals else "true"
            if value.lower() not in ("true", "false", "1", "0", "t", "f"):
                raise Refused(f'invalid argument "{value}" for "--{name}" flag: strconv.ParseBool: parsing "{value}": invalid syntax')
            values[name] = value.lower() in ("true", "1", "t")
            continue
        if not equals:
            if not rest:
                raise Refused(f"flag needs an argument: {'-' if urfave else '--'}{name}")
            value = rest.pop(0)
        put(values, name, kind, value)
    return values, words


def put(values, name, kind, value):
    """Adds a flag's value, read by its kind."""
    if kind == "int":
        try:
            values[name] = int(value)
        except ValueError:
            raise Refused(f'invalid argument "{value}" for "--{name}" flag: strconv.ParseInt: parsing "{value}": invalid syntax')
    elif kind == "duration":
        values[name] = value
        seconds(value, f'invalid argument "{value}" for "--{name}" flag: ')
    elif kind == "list":
        values.setdefault(name, []).extend(part for part in value.split(",") if part)
    elif kind == "map":
        for part in value.split(","):
            if "=" not in part:
                raise Refused(f'invalid argument "{value}" for "--{name}" flag: malformed pair, expect string=string')
        values.setdefault(name, {}).update(part.split("=", 1) for part in value.split(","))
    else:
        values[name] = value


def seconds(text, prefix=""):
    """A Go duration (1h30m, 500ms) in seconds."""
    units = {"h": 3600, "m": 60, "s": 1, "ms": 0.001, "us": 1e-6, "ns": 1e-9}
    if text == "0":
        return 0
    parts = re.findall(r"([0-9.]+)(h|ms|us|ns|m|s)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise Refused(f'{prefix}time: invalid duration "{text}"')
    return sum(float(number) * units[unit] for number, unit in parts)


# --- configuration files ---

GO = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}


def check(value, shape, path=""):
    """Yields what is wrong with a value: `unknown field "a.b"`, or a value of the wrong type.

    A shape is "string", "int", "bool", "number", "duration" or "any", a list of one shape, {"*": shape} for any keys, or a
    dictionary of the keys that may be there.
    """
    if value is None or shape == "any":
        return
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield wrong(value, path, "object")
            return
        for key, part in value.items():
            inner = f"{path}.{key}" if path else str(key)
            known = shape.get(key, shape.get("*"))
            if known is None:
                yield f'unknown field "{inner}"'
            else:
                yield from check(part, known, inner)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield wrong(value, path, "array")
            return
        for index, part in enumerate(value):
            yield from check(part, shape[0], f"{path}[{index}]")
    elif shape == "duration":
        try:
            seconds(value if isinstance(value, str) else "?")
        except Refused:
            yield f"json: cannot unmarshal {GO.get(type(value), 'value')} into field {path}: not a duration"
    elif shape == "bool" and not isinstance(value, bool):
        yield wrong(value, path, "bool")
    elif shape == "int" and (isinstance(value, bool) or not isinstance(value, int)):
        yield wrong(value, path, "int32")
    elif shape == "number" and (isinstance(value, bool) or not isinstance(value, (int, float))):
        yield wrong(value, path, "number")
    elif shape == "string" and not isinstance(value, str):
        yield wrong(value, path, "string")


def wrong(value, path, wanted):
    return f"json: cannot unmarshal {GO.get(type(value), 'value')} into Go struct field {path} of type {wanted}"


def documents(path, recorder):
    """The YAML documents of a file; those of a file that cannot be read, or that names a key twice, are an error."""
    try:
        text = pathlib.Path(path).read_text()
    except OSError as error:
        raise Refused(f'unable to read config from "{path}" : open {path}: {(error.strerror or "").lower()}')
    recorder.file(path, text)
    try:
        return [document for document in yaml.load_all(text, Loader=Strict) if document is not None]
    except yaml.YAMLError as error:
        raise Refused(f"error converting YAML to JSON: yaml: {error}")


class Strict(yaml.SafeLoader):
    """Refuses a key that is there twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"line {node.start_mark.line + 1}: key {json.dumps(str(key))} already set in map")
        return super().construct_mapping(node, deep)


# --- certificates ---

def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, check=True, capture_output=True).stdout


def make_ca(folder, name="kubernetes"):
    """Makes ca.crt and ca.key, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "ca.crt").exists():
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 3650, "-subj", f"/CN={name}",
                "-addext", "keyUsage=critical,keyCertSign,digitalSignature,keyEncipherment", "-keyout", folder / "ca.key", "-out", folder / "ca.crt")
        os.chmod(folder / "ca.key", 0o600)


def issue(ca, subject, sans=(), both=False):
    """A certificate and its key, as text; with names for a server, without for a client; or for one who is `both`."""
    def name(san):
        return f"{'IP' if is_address(san) else 'DNS'}:{san}"
    usage = "serverAuth,clientAuth" if both else "serverAuth" if sans else "clientAuth"
    extensions = f"keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage={usage}\n"
    if sans:
        extensions += "subjectAltName=" + ",".join(name(san) for san in dict.fromkeys(sans)) + "\n"
    with tempfile.TemporaryDirectory() as work:
        key, request, extra = (pathlib.Path(work) / part for part in ("key", "request", "extensions"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject, "-keyout", key, "-out", request)
        extra.write_text(extensions)
        serial = "0x" + os.urandom(8).hex()
        certificate = openssl("x509", "-req", "-in", request, "-CA", ca / "ca.crt", "-CAkey", ca / "ca.key", "-set_serial", serial, "-days", 365,
                              "-extfile", extra)
        return certificate.decode(), key.read_text()


def put_pair(folder, name, pair):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.crt").write_text(pair[0])
    write(folder / f"{name}.key", pair[1], 0o600)


def write(path, text, mode=0o644):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=mode)
    path.write_text(text)
    path.chmod(mode)


def is_address(text):
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
            return True
        except OSError:
            pass
    return False


def kubeconfig(server, ca, user, pair=None, token=None, cluster="kubernetes"):
    """The text of a kubeconfig file."""
    def encode(text):
        return base64.b64encode(text.encode()).decode()
    login = {"token": token} if token else {"client-certificate-data": encode(pair[0]), "client-key-data": encode(pair[1])}
    context = f"{user}@{cluster}" if cluster == "kubernetes" else cluster
    return yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": context,
        "clusters": [{"name": cluster, "cluster": {"certificate-authority-data": encode(ca), "server": server}}],
        "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
        "users": [{"name": user, "user": login}]})


# --- the API stand-in ---

class Api:
    """A client of the API stand-in. `ca` is the text of a certificate; without it the server is not checked."""

    def __init__(self, url, ca=None, pair=None, authorization=None, timeout=5):
        self.url = urllib.parse.urlsplit(url)
        self.timeout, self.headers = timeout, {"Content-Type": "application/json"}
        if authorization:
            self.headers["Authorization"] = authorization
        self.context = ssl.create_default_context(cadata=ca) if ca else ssl._create_unverified_context()
        if pair:
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(pair[0] + pair[1])
                file.flush()
                self.context.load_cert_chain(file.name)

    @classmethod
    def of(cls, path, server=None):
        """The client that a kubeconfig file describes."""
        config = yaml.safe_load(pathlib.Path(path).read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        pair = [base64.b64decode(user[f"client-{part}-data"]).decode() for part in ("certificate", "key")]
        return cls(server or cluster["server"], base64.b64decode(cluster["certificate-authority-data"]).decode(), pair)

    def call(self, method, path, body=None):
        """The status and the decoded answer; an `OSError` when nobody answers or the certificate is wrong."""
        connection = http.client.HTTPSConnection(self.url.hostname, self.url.port or 443, timeout=self.timeout, context=self.context)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), self.headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, json.loads(text) if text[:1] in ("{", "[") else text
        except http.client.HTTPException as error:
            raise OSError(f"{type(error).__name__}: {error}") from None
        finally:
            connection.close()


def stamp():
    return time.time_ns()


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def node(name, address, version, labels, taints, runtime="containerd://1.7.0"):
    """A Node object. It is always Ready: no kubelet watches it."""
    release = os.uname()
    conditions = [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "the stand-in says so", "lastHeartbeatTime": now(),
                   "lastTransitionTime": now()}]
    standard = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {
        "kind": "Node", "apiVersion": "v1",
        "metadata": {"name": name, "uid": os.urandom(16).hex(), "creationTimestamp": now(), "labels": standard | labels, "annotations": {}},
        "spec": {"taints": taints} if taints else {},
        "status": {"addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}], "conditions": conditions,
                   "nodeInfo": {"kubeletVersion": version, "kernelVersion": release.release, "osImage": "Debian GNU/Linux 12 (bookworm)",
                                "containerRuntimeVersion": runtime, "operatingSystem": "linux", "architecture": "amd64"}}}


def of_version(node, version):
    """The same node with a kubelet of another version."""
    return node | {"status": node["status"] | {"nodeInfo": node["status"]["nodeInfo"] | {"kubeletVersion": version}}}


def taint(text):
    """key[=value]:effect."""
    word, colon, effect = text.rpartition(":")
    if not colon or effect not in ("NoSchedule", "PreferNoSchedule", "NoExecute") or not word:
        raise Refused(f"invalid taint spec: {text}, unsupported taint effect")
    key, equals, value = word.partition("=")
    return {"key": key, "effect": effect} | ({"value": value} if equals else {})


def label(text):
    """key=value; those that a kubelet may not give itself are refused (NodeRestriction)."""
    key, _, value = text.partition("=")
    prefix = key.rpartition("/")[0]
    allowed = ("kubelet.kubernetes.io", "node.kubernetes.io")
    if (prefix == "kubernetes.io" or prefix.endswith(".kubernetes.io") or prefix == "k8s.io" or prefix.endswith(".k8s.io")) and not any(
            prefix == name or prefix.endswith("." + name) for name in allowed) and key not in (
            *(f"kubernetes.io/{word}" for word in ("hostname", "os", "arch")), *(f"beta.kubernetes.io/{word}" for word in ("instance-type", "os", "arch")),
            *(f"{part}.kubernetes.io/{word}" for part in ("topology", "failure-domain.beta") for word in ("zone", "region"))):
        raise Refused(f"unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [{key}]")
    return key, value


# The kubelet's flags (1.31), those of its configuration file that are deprecated as flags included.
KUBELET_FLAGS = """address allowed-unsafe-sysctls anonymous-auth authentication-token-webhook authentication-token-webhook-cache-ttl authorization-mode
    authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl bootstrap-kubeconfig cert-dir cgroup-driver cgroup-root
    cgroups-per-qos client-ca-file cloud-config cloud-provider cluster-dns cluster-domain config config-dir container-log-max-files
    container-log-max-size container-runtime-endpoint contention-profiling cpu-cfs-quota cpu-cfs-quota-period cpu-manager-policy
    cpu-manager-policy-options cpu-manager-reconcile-period enable-controller-attach-detach enable-debugging-handlers enable-server
    enforce-node-allocatable event-burst event-qps eviction-hard eviction-max-pod-grace-period eviction-minimum-reclaim
    eviction-pressure-transition-period eviction-soft eviction-soft-grace-period exit-on-lock-contention experimental-allocatable-ignore-eviction
    fail-swap-on feature-gates file-check-frequency hairpin-mode healthz-bind-address healthz-port hostname-override http-check-frequency
    image-credential-provider-bin-dir image-credential-provider-config image-gc-high-threshold image-gc-low-threshold image-service-endpoint
    iptables-drop-bit iptables-masquerade-bit keep-terminated-pod-volumes kernel-memcg-notification kube-api-burst kube-api-content-type kube-api-qps
    kube-reserved kube-reserved-cgroup kubeconfig kubelet-cgroups local-storage-capacity-isolation lock-file log-flush-frequency log-json-info-buffer-size
    log-json-split-stream log-text-info-buffer-size log-text-split-stream logging-format make-iptables-util-chains manifest-url manifest-url-header
    max-open-files max-pods maximum-dead-containers maximum-dead-containers-per-container memory-manager-policy minimum-container-ttl-duration
    minimum-image-ttl-duration node-ip node-labels node-status-max-images node-status-update-frequency oom-score-adj pod-cidr pod-infra-container-image
    pod-manifest-path pod-max-pids pods-per-core port protect-kernel-defaults provider-id qos-reserved read-only-port register-node
    register-schedulable register-with-taints registry-burst registry-qps reserved-cpus reserved-memory resolv-conf root-dir rotate-certificates
    rotate-server-certificates runonce runtime-cgroups runtime-request-timeout seccomp-default serialize-image-pulls
    streaming-connection-idle-timeout sync-frequency system-cgroups system-reserved system-reserved-cgroup tls-cert-file tls-cipher-suites
    tls-min-version tls-private-key-file topology-manager-policy topology-manager-policy-options topology-manager-scope v version vmodule
    volume-plugin-dir volume-stats-agg-period""".split()


def kubelet_flag(text):
    """name[=value], of a kubelet; the real one would end because of an unknown one, and its node never come up."""
    name = text.lstrip("-").partition("=")[0]
    if name.replace("_", "-") not in KUBELET_FLAGS:
        raise Refused(f"failed to parse kubelet flag: unknown flag: --{name}")
    return text


def kubelet_settings(config):
    """What ends a kubelet as it starts, of its configuration file; flags are named as in the file."""
    words = {"cpuManagerPolicy": ("none", "static"), "memoryManagerPolicy": ("None", "Static"), "topologyManagerScope": ("container", "pod"),
             "topologyManagerPolicy": ("none", "best-effort", "restricted", "single-numa-node"), "cgroupDriver": ("cgroupfs", "systemd")}
    for name, known in words.items():
        if config.get(name) and config[name] not in known:
            raise Refused(f'failed to run Kubelet: invalid configuration: unknown policy: "{config[name]}" ({name})')
    cpus = config.get("reservedSystemCPUs")
    if cpus and not re.fullmatch(r"[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*", str(cpus)):
        raise Refused(f'failed to run Kubelet: invalid configuration: unable to parse reservedSystemCPUs (--reserved-cpus) "{cpus}"')
    if cpus and (config.get("systemReservedCgroup") or config.get("kubeReservedCgroup")):
        raise Refused("failed to run Kubelet: invalid configuration: can't use reservedSystemCPUs (--reserved-cpus) with systemReservedCgroup "
                      "(--system-reserved-cgroup) or kubeReservedCgroup (--kube-reserved-cgroup)")
    reserved = cpus or any((config.get(name) or {}).get("cpu") for name in ("systemReserved", "kubeReserved"))
    if config.get("cpuManagerPolicy") == "static" and not reserved:
        raise Refused("failed to run Kubelet: [cpumanager] unable to determine reserved CPU resources for static policy")
    missing = [name for name in config.get("evictionSoft") or {} if name not in (config.get("evictionSoftGracePeriod") or {})]
    if missing:
        raise Refused(f"failed to run Kubelet: grace period must be specified for the soft eviction threshold {missing[0]}")


def kubelet_arguments(texts):
    """The same for flags: `--name=value`, with or without the dashes."""
    names = {"cpu-manager-policy": "cpuManagerPolicy", "memory-manager-policy": "memoryManagerPolicy", "topology-manager-scope": "topologyManagerScope",
             "topology-manager-policy": "topologyManagerPolicy", "cgroup-driver": "cgroupDriver", "reserved-cpus": "reservedSystemCPUs",
             "system-reserved-cgroup": "systemReservedCgroup", "kube-reserved-cgroup": "kubeReservedCgroup"}
    config = {}
    for text in texts:
        name, _, value = kubelet_flag(text).lstrip("-").partition("=")
        if name in names:
            config[names[name]] = value
        elif name in ("system-reserved", "kube-reserved"):
            config["systemReserved" if name.startswith("system") else "kubeReserved"] = dict(
                part.split("=", 1) for part in value.split(",") if "=" in part)
    return config


# Flags that no control plane has any more; the others are not checked. Source: Kubernetes' change logs.
REMOVED = {
    "kube-apiserver": """address port public-address-override insecure-port insecure-bind-address basic-auth-file kubelet-https kubelet-read-only-port
        target-ram-mb master-service-namespace ssh-keyfile ssh-user repair-malformed-updates""".split(),
    "kube-controller-manager": """address port pod-eviction-timeout enable-taint-manager horizontal-pod-autoscaler-upscale-delay
        horizontal-pod-autoscaler-downscale-delay experimental-cluster-signing-duration deleting-pods-burst deleting-pods-qps
        register-retry-count""".split(),
    "kube-scheduler": "address port algorithm-provider policy-config-file policy-configmap use-legacy-policy-config".split()}


def component_flags(component, names):
    """Refuses flags that are gone: the component would end, and the control plane not come up."""
    for name in names:
        if name.lstrip("-").partition("=")[0] in REMOVED[component]:
            raise Refused(f"{component} ends: Error: unknown flag: --{name.lstrip('-').partition('=')[0]}")


def basic(user, password):
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def notify():
    """Tells systemd that the service is up (sd_notify(3))."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.connect(("\0" + path[1:]) if path.startswith("@") else path)
            out.send(b"READY=1\n")


def own_address():
    """The address of the interface with the default route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.254", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def port_is_free(port, address=""):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
            return True
        except OSError:
            return False


def systemctl(*words):
    return subprocess.run(["systemctl", "--quiet", *words], capture_output=True).returncode == 0


def version_of(package, default):
    """The version of an installed package of ours, as Kubernetes writes it."""
    path = pathlib.Path("/usr/share") / package / "version"
    return "v" + path.read_text().strip().partition("-")[0] if path.exists() else default


def kubectl(argv, login):
    """Becomes real kubectl: the host's, or Debian's, unpacked beside the stand-ins and not installed, as k3s and k0s carry their own."""
    own = LIBRARY / "kubectl"
    program = shutil.which("kubectl") or str(own)
    if program == str(own) and not own.exists():
        packages = sorted(pathlib.Path("/srv/apt").glob("kubernetes-client_*.deb"))
        if not packages:
            raise Refused("kubectl: the host has none, and its apt source does not offer kubernetes-client")
        with tempfile.TemporaryDirectory(dir=LIBRARY) as work:
            subprocess.run(["dpkg-deb", "--extract", str(packages[-1]), work], check=True)
            os.rename(f"{work}/usr/bin/kubectl", own)
    os.execve(program, ["kubectl", *argv], {"KUBECONFIG": str(login)} | os.environ)


def empty(folder):
    """Removes what is in a folder."""
    for path in folder.iterdir() if folder.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def fail(text, code=1):
    print(text, file=sys.stderr, flush=True)
    sys.exit(code)
