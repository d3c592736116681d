#!/bin/sh
# record-runc.sh: what a container sees and may do under runc with the settings that Kubernetes, by way of containerd,
# gives it; roots.bats compares podinit's containers with that.
#
# Writes tests/vm/facts.runc, of a container of which nothing is asked, and tests/vm/facts.strict.runc, of one that
# pod.ini would have say: runAsUser = 1000, capabilities.drop = ALL, readOnlyRootFilesystem = true,
# allowPrivilegeEscalation = false, seccompProfile.type = RuntimeDefault.
#
# It takes place in the same VM, so that kernel, devices and cgroups are the same; only the engine is another. To be run
# as root, with the packages of the groups image, vm and container; by hand, when facts.sh or the kernel changes.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
runc=$(PATH=$PATH:/usr/sbin command -v runc) || {
	echo 'record-runc.sh: no runc; run: tests/packages.sh container' >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

tests/vm/facts-tree.sh "$work/image"

# The bundles: mounts, paths and capabilities are K8s 8.2.8, 8.4.1 and 8.4.7.
python3 - "$work" <<'PYTHON'
import json, os, sys

caps = ["CAP_" + c for c in
        "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT "
        "KILL AUDIT_WRITE".split()]

def mount(at, kind, source, options):
    return {"destination": at, "type": kind, "source": source, "options": options.split(",")}

def bind(at, name, options="rbind,rprivate,rw"):
    return mount(at, "bind", "/run/bundle/" + name, options)

def config(strict):
    etc = "rbind,rprivate,ro" if strict else "rbind,rprivate,rw"
    granted = [] if strict else caps
    user = {"uid": 1000, "gid": 0} if strict else {"uid": 0, "gid": 0}
    user["additionalGids"] = [user["gid"]]
    return {
        "ociVersion": "1.0.2",
        "hostname": "facts",
        "root": {"path": "/run/bundle/rootfs", "readonly": strict},
        "process": {
            "args": ["/facts"], "cwd": "/", "user": user, "terminal": False, "noNewPrivileges": strict,
            "oomScoreAdj": 1000,
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=facts"],
            "capabilities": {set: granted for set in ("bounding", "effective", "permitted")},
        },
        "mounts": [
            mount("/proc", "proc", "proc", "nosuid,noexec,nodev"),
            mount("/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"),
            mount("/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"),
            mount("/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro"),
            bind("/etc/hosts", "hosts"),
            bind("/dev/termination-log", "message"),
            bind("/etc/hostname", "hostname", etc),
            bind("/etc/resolv.conf", "resolv.conf", etc),
            bind("/dev/shm", "shm"),
        ],
        "linux": {
            "namespaces": [{"type": t} for t in ("pid", "mount", "cgroup", "uts")],
            "cgroupsPath": "/strict" if strict else "/facts",
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "maskedPaths": ["/proc/" + f for f in "asound acpi interrupts kcore keys latency_stats timer_list "
                            "timer_stats sched_debug scsi".split()]
                           + ["/sys/firmware", "/sys/devices/virtual/powercap"],
            "readonlyPaths": ["/proc/" + f for f in "bus fs irq sys sysrq-trigger".split()],
            **({"seccomp": seccomp()} if strict else {}),
        },
    }

def seccomp():
    """Debian's profile of podman, as it is for a container without capabilities."""
    with open("/usr/share/containers/seccomp.json") as f:
        profile = json.load(f)
    calls = []
    for rule in profile["syscalls"]:
        only = rule.get("includes") or {}
        if only.get("caps") or "amd64" not in only.get("arches", ["amd64"]):
            continue
        if "amd64" in (rule.get("excludes") or {}).get("arches", []):
            continue
        calls.append({k: v for k, v in rule.items() if k in ("names", "action", "args", "errnoRet") and v is not None})
    return {"defaultAction": profile["defaultAction"], "defaultErrnoRet": 38,
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": calls}

for name in ("facts", "strict"):
    os.makedirs(os.path.join(sys.argv[1], name))
    with open(os.path.join(sys.argv[1], name, "config.json"), "w") as f:
        json.dump(config(name == "strict"), f)
PYTHON

cat >"$work/pod.ini" <<'INI'
[pod]
name = facts
restartPolicy = Never
[machine]
modules = overlay loop squashfs erofs
[container runc]
command = sh /record.sh
INI

# What containerd and the kubelet do before they call runc.
cat >"$work/record.sh" <<'SH'
mkdir /run/bundle
mount -t tmpfs -o nosuid,nodev tmpfs /run/bundle
cd /run/bundle
mkdir rootfs u w shm
mount -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=65536k shm shm
printf '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >hosts
printf 'fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n' >>hosts
printf '10.0.0.7\tfacts\n' >>hosts
echo facts >hostname
: >resolv.conf
for name in facts strict; do
	: >message
	chmod 666 message
	mkdir /run/o
	mount -t tmpfs tmpfs /run/o
	mkdir /run/o/u /run/o/w
	mount -t overlay -o lowerdir=/image,upperdir=/run/o/u,workdir=/run/o/w overlay rootfs
	# In the background, as containerd has it: else runc stands between the container and its descriptors.
	runc run -d -b /$name $name </dev/null 2>&1 | sed "s/^/$name | /"
	runc delete -f $name
	umount rootfs /run/o
	rmdir /run/o
done
SH

# A program that is not static takes its libraries along.
set -- "$work/image=/image" "$work/facts=/facts" "$work/strict=/strict" "$work/record.sh=/record.sh" "$runc=/usr/sbin/runc"
for library in $(ldd "$runc" | grep -oE '/[^ ]+'); do
	set -- "$@" "$(realpath "$library")=$library"
done
images/initramfs.sh -m 'overlay loop squashfs erofs' -o "$work/record.cpio.gz" "$work/pod.ini" "$@" >/dev/null
tests/vm/run-vm.sh -m 512 "$work/record.cpio.gz" >"$work/console"
for name in facts strict; do
	sed -n "s/^$name | //p" "$work/console" >"$work/$name.said"
	grep -q '^process: it is 1$' "$work/$name.said" || {
		cat "$work/console" >&2
		exit 1
	}
done
mv "$work/facts.said" tests/vm/facts.runc
mv "$work/strict.said" tests/vm/facts.strict.runc
