#!/usr/bin/env python3
"""The rows of a table with real processes.

    real.py make TABLE DIR          writes DIR/NAME.ini for each row, and DIR/all.sh, which runs them
    real.py judge TABLE             reads what all.sh printed, and says of each row whether it was met

The worlds of the rows become shell programs.  What is expected is looked for in the log of podinit:
the order and the number of events, and the exit status.  Moments and statuses are left to the
simulated clock: a real machine may be busy.
"""
import re
import sys

LOGGED = {"Started", "Ready", "NotReady", "Completed", "Error", "StartError", "BackOff", "Killing",
          "FailedPostStartHook", "FailedPreStopHook", "RestartingAllContainers", "Initialized",
          "Stopping", "DeadlineExceeded", "Succeeded", "Failed", "liveness", "readiness", "startup"}
ROLES = ("startup", "liveness", "readiness", "postStart", "preStop")
AT_ONCE = 8  # pods that run at the same time


def read_rows(path):
    rows = []
    with open(path) as table:
        for line in table:
            line = line.rstrip("\n")
            if line.startswith("== "):
                name = line[3:].split(" | ")[0].strip()
                rows.append({"name": name, "pod": [], "lines": []})
                where = "pod"
            elif line.startswith("--"):
                where = "lines"
            elif rows:
                rows[-1][where].append(line)
    return rows


def file_name(row):
    return re.sub(r"[^a-z0-9]+", "-", row["name"]).strip("-")


def seconds(text):
    number, unit = re.fullmatch(r"([0-9.]+)(ms|s|m)?", text).groups()
    return float(number) * {"ms": 0.001, "s": 1, "m": 60, None: 1}[unit]


def is_time(word):
    return re.fullmatch(r"[0-9.]+(ms|s|m)?", word) is not None


def world_of(row):
    """What the lines before the first moment say of each container: {name: {role or None: words}}"""
    world, stop, last = {}, None, 0.0
    for line in row["lines"]:
        words = line.split("#")[0].split()
        if not words:
            continue
        if is_time(words[0]):
            last = seconds(words[0])
            words = words[1:]
            if words and words[0] == "stop":
                stop = (last, words[1])
            elif words and words[0] not in ("expect", "end"):
                sys.exit(f"{row['name']}: a real world does not change: {line}")
        elif words[0] not in ("expect", "end"):
            role = words[1] if words[1] in ROLES else "main"
            world.setdefault(words[0], {}).setdefault(role, {}).update(
                {words[2]: words[3:]} if role != "main" else {words[1]: words[2:]})
    return world, stop, last


def main_program(world):
    life = world.get("main", {})
    if "unstartable" in life:
        return "/nowhere/program"
    trap = ""
    if "deaf" in life:
        trap = "trap '' TERM; "
    elif "obeys" in life:
        after, code = (life["obeys"] + ["0"])[:2]
        trap = f"trap 'sleep {seconds(after)}; exit {code}' TERM; "
    if "runs" in life:
        time, code = (life["runs"] + ["0"])[:2]
        body = f"sleep {seconds(time)} & wait $!; exit {code}"
    elif trap:
        body = "while :; do sleep 0.2; done"
    else:
        body = "exec sleep 1000"
    return f'sh -c "{trap}{body}"'


def handler_program(world, role):
    answer = world.get(role, {})
    if "hang" in answer:
        return "sleep 1000"
    if "slow" in answer:
        code = 1 if answer["slow"][1:] == ["failure"] else 0
        return f'sh -c "sleep {seconds(answer["slow"][0])}; exit {code}"'
    return "false" if "failure" in answer else "true"


def pod_of(row, world):
    out, name = [], None
    for line in row["pod"]:
        section = re.match(r"\[\w+ (\S+)\]", line)
        name = section.group(1) if section else name
        mine = world.get(name, {})
        probe = re.match(r"(startup|liveness|readiness)Probe\.exec\.command = x$", line)
        hook = re.match(r"lifecycle\.(postStart|preStop)\.exec\.command = x$", line)
        if line == "command = x":
            line = "command = " + main_program(mine)
        elif probe or hook:
            line = line[:-1] + handler_program(mine, (probe or hook).group(1))
        out.append(line)
    return "\n".join(out) + "\n"


def make(table, into):
    script = ["#!/bin/sh", "# Each pod's log comes out whole, between two lines that name it."]
    rows = read_rows(table)
    for number, row in enumerate(rows, 1):
        world, stop, last = world_of(row)
        name = file_name(row)
        with open(f"{into}/{name}.ini", "w") as pod:
            pod.write(pod_of(row, world))
        grace = f"--grace={stop[1]}" if stop else ""
        end = f"sleep {stop[0]}; kill -TERM $p" if stop else f"sleep {last}; kill -KILL $p 2>/dev/null"
        script.append(f"( podinit run --log=info {grace} {into}/{name}.ini >/tmp/{name}.log 2>&1 & "
                      f"p=$!; ( {end} ) & e=$!; wait $p; echo \"exit $?\" >>/tmp/{name}.log; "
                      f"kill $e 2>/dev/null ) &")
        if number % AT_ONCE == 0 or number == len(rows):
            script.append("wait")
    for row in rows:
        name = file_name(row)
        script.append(f"echo '<<< {name}'; cat /tmp/{name}.log; echo '>>>'")
    with open(f"{into}/all.sh", "w") as out:
        out.write("\n".join(script) + "\n")


def told_of(log):
    """The log of a pod as the lines a story would have: [(who, what)], and the exit status."""
    told, status = [], None
    for line in log:
        if line.startswith("exit "):
            status = int(line[5:])
        event = re.match(r"podinit\[\d+\] [0-9.]+ \w+ (\w+) (container|pod)=(\S+)(.*)", line)
        if not event:
            continue
        what, kind, who, rest = event.groups()
        field = dict(re.findall(r"(\w+)=(\S+)", rest))
        if kind == "pod":
            who = "pod"
        if what == "Started":
            what += f", restarts {field['restartCount']}"
        elif what == "Unhealthy":
            done, most = field["failures"].split("/")
            what = f"{field['probe']} failed, {done} of {most}"
        elif what in ("Error", "StartError"):
            what += f" {field['exitCode']}"
        elif what == "Failed" and kind == "pod":
            what += f", {field['exitCode']}"
        elif what == "Killing":
            why = re.search(r"failed (startup|liveness) probe", rest)
            if "FailedPostStartHook" in rest:
                what += " because of postStart"
            elif why:
                what += f" because of {why.group(1)}"
        told.append((who, what))
    return told, status


def matches(told, token):
    who, _, what = token.partition(".")
    return told[0] == who and told[1].startswith(what.replace("_", " "))


def logged(token):
    return re.split(r"[_,]", token.partition(".")[2])[0] in LOGGED


def met(words, told, status):
    if words[0] == "order":
        left = iter(told)
        return all(any(matches(t, token) for t in left) for token in words[1:] if logged(token))
    if words[0] == "never":
        return not logged(words[1]) or not any(matches(t, words[1]) for t in told)
    if words[0] == "count":
        return sum(matches(t, words[1]) for t in told) == int(words[2])
    if words[0] == "exit":
        return status == int(words[1])
    return True


def judge(table):
    logs, name = {}, None
    for line in sys.stdin:
        line = line.rstrip("\r\n")
        line = line[line.find("| ") + 2:] if re.match(r"[a-z]+ +\| ", line) else line
        if line.startswith("<<< "):
            name = line[4:]
            logs[name] = []
        elif line == ">>>":
            name = None
        elif name:
            logs[name].append(line)
    bad = 0
    rows = read_rows(table)
    for row in rows:
        log = logs.get(file_name(row), [])
        told, status = told_of(log)
        missed = [] if log else ["it never ran"]
        for line in row["lines"]:
            words = line.split("#")[0].split()
            if words and is_time(words[0]):
                words = words[1:]
            if words and words[0] == "expect" and not met(words[1:], told, status):
                missed.append("not met: " + " ".join(words))
        print(f"{'not ok' if missed else 'ok'} in the VM, {row['name']}")
        for text in missed + (log if missed else []):
            print("#   " + text)
        bad += bool(missed)
    print(f"# {len(rows)} rows with real processes, {bad} wrong")
    return bad > 0


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3])
else:
    sys.exit(judge(sys.argv[2]))
