#!/usr/bin/env python3
"""Plants the bugs of the table, one at a time, in a copy of the core; each must be found.

    tests/mutants/run.py all        every one
    tests/mutants/run.py N          a sample of N, another one each day
    tests/mutants/run.py NAME...    those

A mutant is found if the simulation says that something is wrong, or if a trace tells another story.
One that is marked "equivalent" in the table changes nothing that anybody can see, for the reason
given there; finding it is a mistake of the table.
"""
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(TOP, "build", "mutants")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", '-DVERSION="0"', "-O1", "-I."]
LIVES = "60000"


def read_table():
    """[(name, file, old, new, reason why it is equivalent or None)]"""
    mutants = []
    with open(os.path.join(TOP, "tests/mutants/table")) as table:
        for number, line in enumerate(table, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            mark, _, rest = line.partition(" ")
            if mark == "@":
                file, _, name = rest.partition(" ")
                mutants.append({"name": name, "file": file, "equivalent": None, "-": "", "+": ""})
            elif mark == "=":
                mutants[-1]["equivalent"] = rest
            elif mark in "-+":
                mutants[-1][mark] += (("\n" if mutants[-1][mark] else "") + rest)
            else:
                sys.exit(f"table:{number}: begins with none of @ - + =")
    return mutants


def squeeze(text):
    return re.escape(text.strip()).replace(r"\ ", r"\s+").replace("\\\n", r"\s+")


def plant(mutant, into):
    """The core with the bug in it.  What stands in the table is found whatever its blanks are."""
    shutil.rmtree(into, ignore_errors=True)
    os.makedirs(into)
    for part in ("init", "config", "tests"):
        shutil.copytree(os.path.join(TOP, part), os.path.join(into, part),
                        ignore=shutil.ignore_patterns("*.bats", "*.expected", "corpus"))
    path = os.path.join(into, "init", mutant["file"])
    with open(path) as source:
        text = source.read()
    found = re.findall(squeeze(mutant["-"]), text)
    if len(found) != 1:
        return f"its text stands {len(found)} times in {mutant['file']}, not once"
    text = text.replace(found[0], mutant["+"] or "", 1)
    with open(path, "w") as source:
        source.write(text)
    return None


def sources(pattern):
    return subprocess.check_output(f"ls {pattern}", shell=True, text=True).split()


def build(mutant, into):
    os.chdir(TOP)
    core = [os.path.join(into, "init", os.path.basename(f)) for f in sources("init/pod*.c")]
    sim = ["gcc", *FLAGS, "-I" + into, "-o", into + "/sim", *core, *sources("tests/sim/*.c")]
    trace = ["gcc", *FLAGS, "-o", into + "/trace", "tests/traces/trace.c", *core,
             "build/config.a", "-linih"]
    for command in (sim, trace):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            return "it does not compile: " + done.stdout
    return None


def finder(into):
    """Who finds it, or None."""
    try:
        done = subprocess.run([into + "/sim", "-n", LIVES], stdout=subprocess.PIPE, text=True,
                              timeout=120)
    except subprocess.TimeoutExpired:
        return "the simulation, which does not end"
    if done.returncode:
        return "the simulation: " + done.stdout.split("\n")[0].replace("not ok simulation: ", "")
    env = dict(os.environ, TRACE=into + "/trace", DIFF=into + "/diff")
    done = subprocess.run(["tests/traces/run.sh"], stdout=subprocess.PIPE, text=True, env=env)
    for line in done.stdout.split("\n"):
        if line.startswith("not ok"):
            return "the trace " + line[7:]
    return None


def judge(mutant):
    into = os.path.join(OUT, re.sub(r"[^a-z0-9]+", "-", mutant["name"].lower()))
    wrong = plant(mutant, into) or build(mutant, into)
    if wrong:
        return False, wrong
    by = finder(into)
    shutil.rmtree(into, ignore_errors=True)
    if mutant["equivalent"]:
        return by is None, by or "equivalent: " + mutant["equivalent"]
    return by is not None, by or "nobody found it"


def main():
    mutants = read_table()
    total = len(mutants)
    words = sys.argv[1:] or ["10"]
    if words[0].isdigit():
        shift = int(time.time() / 86400) * int(words[0]) % total
        mutants = (mutants[shift:] + mutants[:shift])[:int(words[0])]
    elif words[0] != "all":
        mutants = [m for m in mutants if " ".join(words) in m["name"]]
    began = time.time()
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(judge, mutants))
    for mutant, (good, by) in zip(mutants, results):
        print(f"{'ok' if good else 'not ok'} mutant: {mutant['file']}: {mutant['name']} # {by}")
    found = sum(good and not m["equivalent"] for m, (good, _) in zip(mutants, results))
    same = sum(good and bool(m["equivalent"]) for m, (good, _) in zip(mutants, results))
    print(f"# {len(mutants)} of {total} mutants: {found} found, {same} equivalent, "
          f"{len(mutants) - found - same} wrong, in {time.time() - began:.0f} s")
    return found + same < len(mutants)


sys.exit(main())
