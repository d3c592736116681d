#!/usr/bin/python3
"""seccomp-bpf.py: compiles a seccomp profile into the filter that the kernel takes.

    seccomp-bpf.py PROFILE.json -o FILE.bpf [--cap NAME]... [--no-caps] [--kernel X.Y]
    seccomp-bpf.py PROFILE.json --header FILE.h

PROFILE.json is a profile as container engines read them (of Docker, Podman or the OCI runtime specification).
FILE.bpf is what securityContext.seccompProfile.localhostProfile of a pod file names: an array of struct sock_filter
for machines like the one it was made on. "-" writes it to standard output.

A profile may give a call to the containers that have a capability ("includes" and "excludes" with "caps"). A compiled
file has that decided: --cap NAME, once for each capability of the container (CAP_SYS_TIME or SYS_TIME), --no-caps for
a container without any; by default it is for the fourteen that a container has when it says nothing. --kernel is the
oldest Linux it will run on, for rules with "minKernel": 5.10 by default.

Three things are as the engines do them. A call that the profile does not name and that is newer than all it names
answers ENOSYS and not the profile's default action, so that a program falls back to the older call. Rules that compare
one argument twice are alternatives. A name that libseccomp does not know is left out, with a warning.
"archMap" gives the machine's own architecture and its subArchitectures, "architectures" all it lists, neither the
machine's own alone; calls of any other end the process. A compiled file cannot hold SCMP_ACT_NOTIFY or "flags".

What podinit itself has to be let do: with allowPrivilegeEscalation = false the filter is set last, and only execve
comes after it. Otherwise it is set before the container's user and capabilities are, and the profile has to allow at
least setresuid, setresgid, setgroups, capset, prctl, chdir, rt_sigaction and rt_sigprocmask too. With write podinit can
tell why a command was not executed; without it the container has started and ended: with exit code 125 where
exit_group is allowed, else by a signal (SIGSYS, 159, where the profile kills; SIGILL, 132, where it answers an errno).

--header writes what podinit is compiled with: images/seccomp.json without capabilities, and what each of them adds.

Needs Debian's python3 and python3-seccomp. Exit status: 0; 1 with the reason on standard error; 2 usage.
"""
import argparse
import json
import os
import struct
import sys

try:
    import seccomp
except ImportError:
    sys.exit("seccomp-bpf.py: %s has no module 'seccomp'. Install Debian's package python3-seccomp, and run this by "
             "/usr/bin/python3" % (sys.executable or "this Python"))

CAPS = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()
DEFAULT_CAPS = """CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE
SYS_CHROOT KILL AUDIT_WRITE""".split()

# What the machine is called: by itself, by libseccomp, by profiles ("arches"), by the kernel and by compilers.
MACHINES = {
    "x86_64": ("X86_64", "amd64", 0xC000003E, "defined(__x86_64__)"),
    "aarch64": ("AARCH64", "arm64", 0xC00000B7, "defined(__aarch64__)"),
    "riscv64": ("RISCV64", "riscv64", 0xC00000F3, "defined(__riscv) && __riscv_xlen == 64"),
    "ppc64le": ("PPC64LE", "ppc64le", 0xC0000015, "defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)"),
    "s390x": ("S390X", "s390x", 0x80000016, "defined(__s390x__)"),
}
X32_BIT = 0x40000000

# Calls that the machine's libseccomp may be too old to know. From 424 on a call has one number everywhere.
NEWER = {
    "quotactl_fd": 443, "futex_waitv": 449, "set_mempolicy_home_node": 450, "cachestat": 451, "fchmodat2": 452,
    "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455, "futex_requeue": 456, "statmount": 457,
    "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460, "lsm_list_modules": 461, "mseal": 462,
    "setxattrat": 463, "getxattrat": 464, "listxattrat": 465, "removexattrat": 466, "open_tree_attr": 467,
    "file_getattr": 468, "file_setattr": 469,
}
NEWER_OF = {"uretprobe": {"amd64": 335}, "riscv_hwprobe": {"riscv64": 258}}

EPERM, ENOSYS = 1, 38
ACTIONS = {
    "SCMP_ACT_ALLOW": lambda errno: seccomp.ALLOW,
    "SCMP_ACT_ERRNO": seccomp.ERRNO,
    "SCMP_ACT_KILL": lambda errno: seccomp.KILL,
    "SCMP_ACT_KILL_THREAD": lambda errno: seccomp.KILL,
    "SCMP_ACT_KILL_PROCESS": lambda errno: seccomp.KILL_PROCESS,
    "SCMP_ACT_LOG": lambda errno: seccomp.LOG,
    "SCMP_ACT_TRACE": seccomp.TRACE,
    "SCMP_ACT_TRAP": lambda errno: seccomp.TRAP,
}
OPERATORS = {"SCMP_CMP_" + name: getattr(seccomp, name) for name in ("NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ")}

# Instructions of BPF and values of the kernel's, as in linux/bpf_common.h and linux/seccomp.h.
LD_ABS, JA, JEQ, JGT, JGE, RET = 0x20, 0x05, 0x15, 0x25, 0x35, 0x06
OFFSET_NR, OFFSET_ARCH = 0, 4
RET_ALLOW, RET_ERRNO = 0x7FFF0000, 0x00050000
MAXINSNS = 4096

NEWEST = (1 << 16, 0)


class Bad(Exception):
    """What is wrong with a profile, in words."""


def need(condition, where, text, *args):
    if not condition:
        raise Bad("%s: %s" % (where, text % args if args else text))


def get(obj, key, kind, where, default=None):
    """obj[key] if it is of that kind, the default if it is not there or null."""
    value = obj.get(key)
    if value is None:
        return default
    names = {str: "a string", int: "a whole number", list: "a list", dict: "an object"}
    need(isinstance(value, kind) and not isinstance(value, bool), "%s.%s" % (where, key), "has to be %s", names[kind])
    return value


def only(obj, keys, where):
    need(isinstance(obj, dict), where, "has to be an object")
    for key in obj:
        need(key in keys, where, "there is no key '%s'; there are %s", key, " ".join(keys))


def strings(obj, key, where):
    values = get(obj, key, list, where, [])
    for i, value in enumerate(values):
        need(isinstance(value, str) and value, "%s.%s[%d]" % (where, key, i), "has to be a name")
    return values


def cap_number(name, where):
    bare = name[4:] if name.startswith("CAP_") else name
    need(bare in CAPS, where, "there is no capability '%s'", name)
    return CAPS.index(bare)


def version(text, where):
    parts = text.split(".")
    need(len(parts) == 2 and all(p.isdecimal() for p in parts), where, "'%s' is no version like 5.10", text)
    return tuple(map(int, parts))


def action_of(obj, key, errno_key, where, default_errno):
    name = get(obj, key, str, where)
    need(name is not None, where, "there is no '%s'", key)
    need(name != "SCMP_ACT_NOTIFY", "%s.%s" % (where, key),
         "SCMP_ACT_NOTIFY needs a process that answers, which podinit has not")
    need(name in ACTIONS, "%s.%s" % (where, key), "there is no action '%s'; there are %s", name, " ".join(ACTIONS))
    errno = get(obj, errno_key, int, where, default_errno)
    need(0 <= errno <= (4095 if name == "SCMP_ACT_ERRNO" else 65535), "%s.%s" % (where, errno_key),
         "%d is out of range", errno)
    return name, ACTIONS[name](errno)


class Condition:
    """An "includes" or "excludes" object."""

    def __init__(self, obj, where):
        only(obj, ("caps", "arches", "minKernel"), where)
        self.caps = {cap_number(n, "%s.caps[%d]" % (where, i)) for i, n in enumerate(strings(obj, "caps", where))}
        self.arches = set(strings(obj, "arches", where))
        kernel = get(obj, "minKernel", str, where)
        self.kernel = version(kernel, where + ".minKernel") if kernel else None


class Rule:
    def __init__(self, obj, where):
        only(obj, ("names", "name", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes"), where)
        self.where = where
        self.names = strings(obj, "names", where)
        if "name" in obj:
            need(not self.names, where, "has both 'name' and 'names'")
            self.names = [get(obj, "name", str, where)]
        need(self.names, where, "names no call")
        self.action_name, self.action = action_of(obj, "action", "errnoRet", where, EPERM)
        self.includes = Condition(get(obj, "includes", dict, where, {}), where + ".includes")
        self.excludes = Condition(get(obj, "excludes", dict, where, {}), where + ".excludes")
        self.args = [self.comparison(a, "%s.args[%d]" % (where, i))
                     for i, a in enumerate(get(obj, "args", list, where, []))]

    @staticmethod
    def comparison(obj, where):
        only(obj, ("index", "value", "valueTwo", "op"), where)
        index, op = get(obj, "index", int, where), get(obj, "op", str, where)
        need(index is not None and 0 <= index <= 5, where + ".index", "has to be 0 to 5")
        need(op in OPERATORS, where + ".op", "there is no comparison '%s'; there are %s", op, " ".join(OPERATORS))
        values = [get(obj, key, int, where, 0) for key in ("value", "valueTwo")]
        need(all(0 <= v < 1 << 64 for v in values), where, "a value has to fit 64 bits")
        return index, OPERATORS[op], values

    def holds(self, caps, arch, kernel):
        i, e = self.includes, self.excludes
        if e.caps & caps or arch in e.arches or (e.kernel and kernel >= e.kernel):
            return False
        return i.caps <= caps and (not i.arches or arch in i.arches) and (not i.kernel or kernel >= i.kernel)

    def alternatives(self):
        """The comparisons of the rule: all at once, or one after the other where they are of one argument."""
        args = [seccomp.Arg(i, op, *v) for i, op, v in self.args]
        if len({i for i, _, _ in self.args}) < len(args):
            return [[a] for a in args]
        return [args]


class Profile:
    def __init__(self, path):
        try:
            with open(path, encoding="utf-8") as f:
                obj = json.load(f)
        except OSError as e:
            raise Bad("%s: %s" % (path, e.strerror)) from e
        except ValueError as e:
            raise Bad("%s: not JSON: %s" % (path, e)) from e
        only(obj, ("defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags",
                   "syscalls", "comment", "listenerPath", "listenerMetadata"), path)
        self.path = path
        self.machine = os.uname().machine
        need(self.machine in MACHINES, path, "seccomp-bpf.py knows %s, and not the machine's own %s",
             " ".join(MACHINES), self.machine)
        self.token, self.arch, self.audit, self.macro = MACHINES[self.machine]
        self.default_errno = get(obj, "defaultErrnoRet", int, path, EPERM)
        self.default_name, self.default = action_of(obj, "defaultAction", "defaultErrnoRet", path, EPERM)
        self.subs = self.architectures(obj)
        if get(obj, "flags", list, path, []):
            warn("%s.flags: a compiled filter cannot hold them; left out", path)
        self.rules = [self.rule(r, "%s: syscalls[%d]" % (path, i))
                      for i, r in enumerate(get(obj, "syscalls", list, path, []))]
        self.newest = max((self.number(n) for r in self.rules for n in r.names), default=-1)

    @staticmethod
    def rule(obj, where):
        need(isinstance(obj, dict), where, "has to be an object")
        return Rule(obj, where)

    def architectures(self, obj):
        """The tokens of libseccomp that the profile has beside the machine's own."""
        own = "SCMP_ARCH_" + self.token
        names = strings(obj, "architectures", self.path)
        entries = get(obj, "archMap", list, self.path, [])
        need(not (names and entries), self.path, "has both 'architectures' and 'archMap'")
        for i, entry in enumerate(entries):
            where = "%s.archMap[%d]" % (self.path, i)
            only(entry, ("architecture", "subArchitectures"), where)
            if get(entry, "architecture", str, where) == own:
                names = strings(entry, "subArchitectures", where)
        tokens = []
        for name in names:
            token = getattr(seccomp.Arch, name.replace("SCMP_ARCH_", "", 1), None)
            need(name.startswith("SCMP_ARCH_") and token is not None, self.path, "no architecture '%s'", name)
            if name != own:
                tokens.append(token)
        return tokens

    def number(self, name):
        """Of the call on this machine; negative: it has none.  None at all of that name: -1."""
        nr = seccomp.resolve_syscall(getattr(seccomp.Arch, self.token), name)
        if nr == -1:
            nr = NEWER_OF[name].get(self.arch, -2) if name in NEWER_OF else NEWER.get(name, -1)
        return nr

    def unknown(self):
        return sorted({n for r in self.rules for n in r.names if self.number(n) == -1})

    def filter(self, caps, kernel):
        """The profile for a container with these capabilities, as a list of (code, jt, jf, k)."""
        f = seccomp.SyscallFilter(self.default)
        f.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
        # A binary tree: some ten comparisons for a call, not some hundred.
        f.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)
        for arch in self.subs:
            f.add_arch(arch)
        for rule in self.rules:
            if rule.action != self.default and rule.holds(caps, self.arch, kernel):
                for name in rule.names:
                    self.add(f, rule, name)
        return self.ahead() + exported(f)

    def add(self, f, rule, name):
        # By its name a call gets the number it has in each of the architectures; without a name it has the number
        # of this machine, and libseccomp takes that only where there is no other.
        call = name if seccomp.resolve_syscall(getattr(seccomp.Arch, self.token), name) != -1 else self.number(name)
        if isinstance(call, int) and (call < 0 or self.subs):
            if call >= 0:
                warn("%s: libseccomp does not know '%s' for several architectures; left out", rule.where, name)
            return
        for args in rule.alternatives():
            try:
                f.add_rule(rule.action, call, *args)
            except (RuntimeError, ValueError, OSError) as e:
                raise Bad("%s: libseccomp does not take '%s': %s" % (rule.where, name, e)) from e

    def ahead(self):
        """What comes before libseccomp's own: calls of this machine that are newer than the profile."""
        if self.default_name not in ("SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD",
                                     "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP") \
                or (self.default_name == "SCMP_ACT_ERRNO" and self.default_errno == ENOSYS):
            return []
        code = [(LD_ABS, 0, 0, OFFSET_NR), (JGT, 0, 1, self.newest), (RET, 0, 0, RET_ERRNO | ENOSYS)]
        if seccomp.Arch.X32 in self.subs:
            code.insert(1, (JGE, 2, 0, X32_BIT))
        return [(LD_ABS, 0, 0, OFFSET_ARCH), (JEQ, 0, len(code), self.audit)] + code

    def numbers(self, rule):
        return {nr for nr in map(self.number, rule.names) if nr >= 0}

    def additions(self):
        """{capability: numbers of the calls it adds}, of a profile whose capabilities only ever add."""
        here = [r for r in self.rules if r.holds(r.includes.caps, self.arch, NEWEST)]
        plain = set()
        for rule in here:
            if rule.action_name == "SCMP_ACT_ALLOW" and not (rule.args or rule.includes.caps or rule.excludes.caps):
                plain |= self.numbers(rule)
        added = {}
        for rule in here:
            if rule.includes.caps:
                need(rule.action_name == "SCMP_ACT_ALLOW" and not rule.args and len(rule.includes.caps) == 1,
                     rule.where, "in the default profile one capability allows calls, whatever their arguments")
                added.setdefault(*rule.includes.caps, set()).update(self.numbers(rule) - plain)
        for rule in here:
            for cap in rule.excludes.caps:
                need(self.numbers(rule) <= added.get(cap, set()), rule.where,
                     "in the default profile CAP_%s has to allow the calls it is excluded for", CAPS[cap])
        return added


def exported(f):
    with os.fdopen(os.memfd_create("filter"), "w+b") as out:
        f.export_bpf(out)
        out.seek(0)
        return list(struct.iter_unpack("=HBBI", out.read()))


def header(profile):
    base = profile.filter(set(), NEWEST)
    added = profile.additions()
    lines = ["/* Made by images/seccomp-bpf.py from %s: do not edit. */" % profile.path,
             "#if %s" % profile.macro, "#define SECCOMP_MACHINE 1", "#else", "#define SECCOMP_MACHINE 0", "#endif",
             "_Static_assert(SECCOMP_MACHINE, \"the filter is made for the machine that makes it, %s\");"
             % profile.machine,
             "",
             "#define SECCOMP_ARCH 0x%xU /* AUDIT_ARCH_%s */" % (profile.audit, profile.token), "",
             "/* The profile for a container without capabilities. */",
             "static const struct sock_filter base[] = {"]
    lines += ["\t{0x%02x, %d, %d, 0x%x}," % i for i in base]
    lines += ["};", "", "/* A call that a capability adds. */",
              "static const struct {", "\tuint16_t cap, nr;", "} added[] = {"]
    lines += ["\t{%d, %d}," % (cap, nr) for cap in sorted(added) for nr in sorted(added[cap])]
    return "\n".join(lines + ["};", ""])


def warn(text, *args):
    print("seccomp-bpf.py: warning: " + text % args, file=sys.stderr)


def put(path, data):
    """Whole or not at all: somebody may be reading it."""
    if path == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        with open("%s.%d" % (path, os.getpid()), "wb") as f:
            f.write(data)
        os.rename(f.name, path)
    except OSError as e:
        raise Bad("%s: %s" % (path, e.strerror)) from e


def arguments():
    p = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].replace("    seccomp-bpf.py", "seccomp-bpf.py").lstrip())
    p.add_argument("profile")
    p.add_argument("-o", dest="file")
    p.add_argument("--header")
    p.add_argument("--cap", action="append", default=[])
    p.add_argument("--no-caps", action="store_true")
    p.add_argument("--kernel", default="5.10")
    args = p.parse_args()
    if bool(args.file) == bool(args.header):
        p.error("give one of -o and --header")
    if args.cap and args.no_caps:
        p.error("give --cap or --no-caps")
    return args


def main():
    args = arguments()
    profile = Profile(args.profile)
    unknown = profile.unknown()
    if args.header:
        need(not unknown, args.profile, "no call is named %s", " ".join(unknown))
        put(args.header, header(profile).encode())
        return
    if unknown:
        warn("%s: libseccomp does not know %s; left out", args.profile, " ".join(unknown))
    names = args.cap or ([] if args.no_caps else DEFAULT_CAPS)
    code = profile.filter({cap_number(n, "--cap") for n in names}, version(args.kernel, "--kernel"))
    need(len(code) <= MAXINSNS, args.profile, "it makes %d instructions, and the kernel takes %d", len(code), MAXINSNS)
    put(args.file, b"".join(struct.pack("=HBBI", *i) for i in code))


if __name__ == "__main__":
    try:
        main()
    except Bad as e:
        sys.exit("seccomp-bpf.py: %s" % e)
