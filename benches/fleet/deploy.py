"""The nearest form of site.yml in pyinfra: 13 operations, for it has none for firewalld's rules."""

from io import StringIO

from pyinfra import inventory
from pyinfra.operations import apt, files, server, systemd

CHECK = "#!/bin/sh\nexec pidof haproxy\n"
KEEPALIVED = """vrrp_instance api {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"""
hosts = {host.data.fleet_name: host.name for host in inventory}

for key in ("net.ipv4.ip_nonlocal_bind", "net.ipv4.ip_forward"):
    server.sysctl(key=key, value=1, persist=True, persist_file="/etc/sysctl.d/90-bench-pyinfra.conf")
apt.packages(packages=["haproxy", "keepalived", "firewalld"])
for path in ("/etc/haproxy", "/etc/haproxy/errors.d", "/etc/keepalived"):
    files.directory(path=path, mode="755")
files.template(
    src="templates/haproxy.cfg.j2",
    dest="/etc/haproxy/haproxy.cfg",
    mode="644",
    jinja_env_kwargs={"trim_blocks": True},
    vip="192.0.2.100",
    groups={"lb": list(hosts)},
    hostvars={name: {"ansible_host": address} for name, address in hosts.items()},
)
files.put(src=StringIO(CHECK), dest="/etc/keepalived/check.sh", mode="755")
files.put(src=StringIO(KEEPALIVED), dest="/etc/keepalived/keepalived.conf", mode="644")
files.line(path="/etc/hosts", line="192.0.2.100 lb-apiserver.kubernetes.local")
for name in ("firewalld", "haproxy", "keepalived"):
    systemd.service(service=name, running=True, enabled=True)
