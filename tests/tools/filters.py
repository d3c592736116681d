#!/usr/bin/python3
"""Do RuntimeDefault's filters, as podinit puts them together, decide as they should, for every call?

    filters.py DIR

A file of DIR whose name is a hexadecimal number holds the filter for a container with these capabilities. Each is
compared with libseccomp's own rendering of images/seccomp.json for them, and those for no capability, the usual
fourteen and all with that of the profile that Debian's podman uses: what differs there has to stand in the table.
"""
import importlib.util
import os
import struct
import sys

import seccomp

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SPEC = importlib.util.spec_from_file_location("compiler", os.path.join(ROOT, "images", "seccomp-bpf.py"))
compiler = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(compiler)

DEBIAN = "/usr/share/containers/seccomp.json"
ALL = (1 << len(compiler.CAPS)) - 1
FOURTEEN = sum(1 << compiler.CAPS.index(name) for name in compiler.DEFAULT_CAPS)
NUMBERS = range(1001)
VERDICTS = {0x7FFF0000: "allow", 0x80000000: "kill", 0x50001: "EPERM", 0x50016: "EINVAL", 0x50026: "ENOSYS"}

# Where podinit (first) and Debian's podman (second) differ, for whom, and why. podinit goes with what containerd and
# Docker do now.
LESS, EVERY, NONE, FULL = (0, FOURTEEN), (0, FOURTEEN, ALL), (0,), (ALL,)
DIFFERENCES = [
    ("EPERM", "allow", LESS, "there the kernel alone asks for the capability; here the filter does before it",
     """clone fsconfig fsmount fsopen fspick get_mempolicy mbind mount mount_setattr move_mount open_tree pidfd_getfd
     reboot set_mempolicy setns syslog umount2 unshare"""),
    ("ENOSYS", "allow", LESS, "a filter does not see clone3's flags, so namespaces would come by it", "clone3"),
    ("EPERM", "allow", EVERY, "keys have no namespace", "keyctl"),
    ("EPERM", "allow", EVERY, "a container has its root when it starts", "pivot_root"),
    ("EPERM", "allow", EVERY, "AF_ALG, AF_VSOCK, and families that nobody knows", "socket"),
    ("allow", "EINVAL", NONE, "audit: there the filter answers, here the kernel", "socket"),
    ("allow", "EPERM", EVERY, "no harm is known of them any more", "io_pgetevents vmsplice"),
    ("EPERM", "allow", FULL, "Linux has not had it since 2.6", "query_module"),
    ("allow", "ENOSYS", EVERY, "newer than Debian's profile",
     """cachestat fchmodat2 futex_requeue futex_wait futex_waitv futex_wake getxattrat listmount listxattrat
     map_shadow_stack mseal removexattrat setxattrat statmount uretprobe"""),
    ("allow", "ENOSYS", FULL, "newer than Debian's profile",
     "lsm_get_self_attr lsm_list_modules lsm_set_self_attr quotactl_fd set_mempolicy_home_node"),
    ("EPERM", "ENOSYS", LESS, "newer than Debian's profile",
     "lsm_get_self_attr lsm_list_modules lsm_set_self_attr quotactl_fd set_mempolicy_home_node"),
    ("EPERM", "ENOSYS", EVERY, "neither allows it: EPERM here unless it is newer than the profile",
     """_sysctl add_key afs_syscall create_module get_kernel_syms getpmsg io_uring_enter io_uring_register
     io_uring_setup personality putpmsg request_key security tuxcall vserver"""),
]


def run(code, arch, nr, args):
    """The verdict of a filter: what the kernel's interpreter makes of it."""
    pc, a = 0, 0
    while True:
        op, jt, jf, k = code[pc]
        pc += 1
        if op == compiler.RET:
            return VERDICTS.get(k, hex(k))
        if op == compiler.LD_ABS:
            word = struct.pack("=IIQ6Q", nr, arch, 0, *args)[k:k + 4]
            a = struct.unpack("=I", word)[0]
        elif op == compiler.JA:
            pc += k
        elif op == 0x54:  # and
            a &= k
        else:
            pc += jt if {compiler.JEQ: a == k, compiler.JGT: a > k, compiler.JGE: a >= k}[op] else jf


def name_of(nr, profile):
    try:
        return seccomp.resolve_syscall(getattr(seccomp.Arch, profile.token), nr).decode()
    except ValueError:
        pass
    for name in list(compiler.NEWER) + list(compiler.NEWER_OF):
        if profile.number(name) == nr:
            return name
    return None


def arguments(name):
    """What a filter may look at: families, personalities, flags of clone; in the third place a protocol."""
    if name not in ("clone", "personality", "socket"):
        return [(0,) * 6]
    first = list(range(48)) + [0x20000, 0x20008, 0x40000, 0xFFFFFFFF, 1 << 32, 1 << 32 | 38, 0x10000000, 0x7E020011]
    return [(a, 0, b, 0, 0, 0) for a in first for b in (0, 9)]


def compare(one, other, profile):
    """{(name, verdict of one, verdict of the other)} where they differ; a number without a name is its own."""
    found = set()
    for nr in NUMBERS:
        name = name_of(nr, profile)
        for args in arguments(name):
            verdicts = [run(code, profile.audit, nr, args) for code in (one, other)]
            if verdicts[0] != verdicts[1]:
                found.add((name or nr, *verdicts))
    return found


def wrong_numbers(profile):
    """What the compiler's own table says of calls that this libseccomp knows too."""
    for name, nr in compiler.NEWER.items():
        known = seccomp.resolve_syscall(getattr(seccomp.Arch, profile.token), name)
        if known not in (-1, nr):
            yield "NEWER: %s is %d, by libseccomp %d" % (name, nr, known)


def caps_of(mask):
    return {i for i in range(len(compiler.CAPS)) if mask >> i & 1}


def main():
    own = compiler.Profile(os.path.join(ROOT, "images", "seccomp.json"))
    debian = compiler.Profile(DEBIAN)
    bad = list(wrong_numbers(own))
    filters = {}
    for name in os.listdir(sys.argv[1]):
        with open(os.path.join(sys.argv[1], name), "rb") as f:
            filters[int(name, 16)] = list(struct.iter_unpack("=HBBI", f.read()))
    for mask, code in sorted(filters.items()):
        rendering = own.filter(caps_of(mask), compiler.NEWEST)
        bad += ["caps %x: %s: %s, but by libseccomp %s" % (mask, *d) for d in compare(code, rendering, own)]
    for mask in EVERY:
        known = {(name, one, other) for one, other, masks, _, names in DIFFERENCES if mask in masks
                 for name in names.split()}
        found = {d for d in compare(filters[mask], debian.filter(caps_of(mask), compiler.NEWEST), own)
                 # A number that no call has.
                 if not (isinstance(d[0], int) and d[1:] == ("EPERM", "ENOSYS"))}
        bad += ["caps %x: %s: %s, but by Debian's podman %s" % (mask, *d) for d in found - known]
        if own.arch == "amd64":
            bad += ["caps %x: %s: no difference of %s and %s any more" % (mask, *d) for d in known - found]
    print("\n".join(bad[:20]), end="\n" if bad else "")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
