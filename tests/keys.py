#!/usr/bin/env python3
"""Every key that podinit has built and Kubernetes has too stands in a test that names its fact.

A test is a trace (its .events begin "# Proves: K8s ..."), a row of the kubelet table ("== NAME | K8s
..."), or a unit or system test with such a comment.  With -v it prints which.
"""
import glob
import re
import sys

# Beyond Kubernetes: nothing to name.
OWN = {"restartBackoff.initialSeconds", "restartBackoff.maxSeconds", "restartBackoff.resetSeconds",
       "maxRestarts", "essential", "log.format", "onCompletion", "onFailure",
       "lifecycle.postStart.timeoutSeconds", "lifecycle.preStop.timeoutSeconds", "timeoutSeconds",
       "rootfs", "modules", "securityContext.ambient", "resources.limits.pids", "device.source",
       "device.fsType", "device.options", "device.readOnly", "virtiofs.tag", "9p.tag"}
GROUPS = {"Probe.": ["startupProbe.", "livenessProbe.", "readinessProbe."],
          "Hook.": ["lifecycle.postStart.", "lifecycle.preStop."]}
GROUPS["Each."] = GROUPS["Probe."] + GROUPS["Hook."]
FACT = re.compile(r"K8s ((?:\d+(?:\.\d+)+(?:, )?)+)")


def keys():
    """{what a row of the table is called: the keys it stands for}"""
    found = {}
    for line in open("config/table.c"):
        row = re.match(r'\t\{[\w |]+, "([^"]+)", (TYPE_\w+)', line)
        if not row or row.group(2) in ("TYPE_LATER", "TYPE_NEVER"):
            continue
        name = row.group(1).rstrip("*")
        prefix = re.match(r"Probe\.|Hook\.|Each\.", name)
        if prefix:
            found[name] = [p + name[prefix.end():] for p in GROUPS[prefix.group()]]
        else:
            found[name] = [name]
        found[name] = [k for k in found[name] if k not in OWN]
    return {name: all_of for name, all_of in found.items() if all_of}


def tests():
    """[(facts, text)]"""
    for events in glob.glob("tests/traces/*.events"):
        text = open(events).read()
        yield FACT.findall(text), open(events[:-6] + "pod").read()
    for table in glob.glob("tests/kubelet/*.rows"):
        for row in open(table).read().split("\n== ")[0:]:
            yield FACT.findall(row.split("\n")[0]), row
    for source in glob.glob("tests/unit/*.c") + glob.glob("tests/*/*.bats"):
        text = open(source).read()
        for block in re.split(r"\n(?=@test |static void )", text):
            facts = FACT.findall(block)
            # "[container a]" of a C string begins a line as it does in a file.
            yield facts, block.replace('"', "\n").replace("\\n", "\n").replace("\t", "")


def main():
    found = {}
    for facts, text in tests():
        if not facts:
            continue
        for name, all_of in keys().items():
            for key in all_of:
                if re.search("^" + re.escape(key) + r"\S* *=", text, re.M) or (
                        key.endswith(".") and re.search("^" + re.escape(key), text, re.M)):
                    found.setdefault(name, set()).update(facts)
    missing = [name for name in keys() if name not in found]
    if "-v" in sys.argv:
        for name, facts in sorted(found.items()):
            print(f"#   {name}: {'; '.join(sorted(facts))[:90]}")
    for name in missing:
        print(f"#   no test that names a fact has {name}")
    print(f"{'not ok' if missing else 'ok'} every one of {len(keys())} keys that Kubernetes has too "
          f"has a test that names the fact")
    return bool(missing)


sys.exit(main())
