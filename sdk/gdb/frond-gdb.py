# SPDX-License-Identifier: MIT
"""Greenlets for gdb, of a running program and of a core file:

    info greenlets            all greenlets: number, name, state, what it waits for
    greenlet N                where greenlet N stands; `up`, `frame`, `info locals` are its own then
    greenlet N COMMAND...     one command there, as in `greenlet 7 bt`
    greenlet off              back to what the thread itself runs

`source` this file, or have gdb load it (docs/guide/debugging.md).  The program needs frond's debugging
information.  Where a program has several hubs, greenlets are told as HUB.N.
"""

import gdb
import gdb.unwinder

STATES = ["new", "ready", "running", "waiting", "suspended", "dead"]
_NEW, _READY, RUNNING, WAITING, SUSPENDED, DEAD = range(6)
MAIN, HUB = 2, 4  # of traits

# Where frond__context_switch has saved what the ABI wants kept (context_*.S), and how far the stack goes then.  Above
# the bits of "code" an address that is returned to may be signed.
SAVED = {
    "i386:x86-64": {"sp": "rsp", "pc": "rip", "up": 64, "code": 64, "saved": {
        "r15": 8, "r14": 16, "r13": 24, "r12": 32, "rbx": 40, "rbp": 48, "rip": 56}},
    "aarch64": {"sp": "sp", "pc": "pc", "up": 176, "code": 48, "saved": {
        **{"x%d" % n: (n - 19) * 8 for n in range(19, 31)}, "pc": 88}},
}


class Trouble(gdb.GdbError):
    """Said as it is, without a trace of this script."""


def static(name):
    symbol = gdb.lookup_static_symbol(name) or gdb.lookup_global_symbol(name)
    if symbol is None:
        raise Trouble("no debugging information of frond: there is no %s" % name)
    return symbol.value()


def linked(first, next_name):
    while int(first):
        yield first.dereference()
        first = first[next_name]


def text(pointer):
    return pointer.string(errors="replace") if int(pointer) else ""


def function(address):
    """The name of the function that begins there, not of what was inlined into it."""
    block, name = gdb.block_for_pc(int(address)), None
    while block is not None and not block.is_static:
        name = block.function.name if block.function is not None else name
        block = block.superblock
    if name is not None:
        return name
    words = gdb.execute("info symbol 0x%x" % int(address), to_string=True).split()
    return words[0] if words and words[0] != "No" else "0x%x" % int(address)


class Greenlet:
    def __init__(self, hub, pointer):
        self.hub = hub
        self.g = pointer.dereference()
        self.id = int(self.g["id"])

    def state(self):
        if self.hub.current == int(self.g.address):
            return RUNNING
        if int(self.g["gate"]):
            return SUSPENDED
        state = int(self.g["state"])
        return SUSPENDED if state == RUNNING else state  # the hub's own, between two turns

    def sp(self):
        return int(self.g["context"]["sp"])

    def has_run(self, rules):
        """Until then there is but the frame that it is to start from, at the top of its stack."""
        return (int(self.g["traits"]) & (MAIN | HUB) != 0 or
                int(self.g.address) - self.sp() > rules["up"] + 16)

    def title(self):
        traits = int(self.g["traits"])
        if traits & MAIN:
            return "main"
        if traits & HUB:
            return "hub"
        name = text(self.g["name"])
        return '"%s"' % name if name else ""

    def waits_for(self):
        if self.state() != WAITING:
            return ""
        wait = self.g["wait"].dereference()
        what, which = text(wait["kind"]["what"]), int(wait["object"])
        return "for %s 0x%x" % (what, which) if which else "for %s" % what

    def entry(self):
        run = int(self.g["run"])
        return "%s(0x%x)" % (function(run), int(self.g["arg"])) if run else ""


class Hub:
    def __init__(self, number, entry):
        self.number = number
        self.thread = int(entry["thread"])
        self.hub = entry["hub"].dereference()
        self.current = int(self.hub["current"])

    def slabs(self):
        stacks = self.hub["stacks"].dereference()
        low, high = stacks["classes"].type.range()
        for i in range(low, high + 1):
            yield from linked(stacks["classes"][i]["all"], "next_all")
        yield from linked(stacks["given"]["all"], "next_all")

    def greenlets(self):
        found = [Greenlet(self, self.hub["main"].address)]
        block, colours, colour = (int(static("frond__layout")[i]) for i in range(3))
        for slab in self.slabs():
            base, stride = int(slab["base"]), int(slab["stride"])
            for slot in range(int(slab["fresh"])):
                if int(slab["slot"][slot]["state"]) != 0:
                    continue
                at = base + (slot + 1) * stride - (slot % colours) * colour - block
                pointer = gdb.Value(at).cast(self.hub["current"].type)
                if int(pointer["hub"]) and int(pointer["state"]) != DEAD:
                    found.append(Greenlet(self, pointer))
        return sorted(found, key=lambda g: g.id)


def hubs():
    entries = list(linked(static("frond__hubs"), "next"))
    return [Hub(int(e["id"]), e) for e in sorted(entries, key=lambda e: int(e["id"]))]


def label(greenlet, several):
    return "%d.%d" % (greenlet.hub.number, greenlet.id) if several else "%d" % greenlet.id


def find(word):
    all_hubs = hubs()
    number, dot, rest = word.partition(".")
    if not number.isdigit() or (dot and not rest.isdigit()):
        raise Trouble('"%s" is no greenlet: try `info greenlets`' % word)
    if rest:
        all_hubs = [hub for hub in all_hubs if hub.number == int(number)]
        number = rest
    found = [g for hub in all_hubs for g in hub.greenlets() if g.id == int(number)]
    if not found:
        raise Trouble("there is no greenlet %s" % word)
    if len(found) > 1:
        raise Trouble("several hubs have a greenlet %s: %s" %
                      (word, ", ".join(label(g, True) for g in found)))
    return found[0]


def rules_here():
    arch = gdb.newest_frame().architecture().name()
    if arch not in SAVED:
        raise Trouble("the stacks of %s are not known here" % arch)
    return SAVED[arch]


class FrameId:
    """What gdb keeps a frame under: two values."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class Parked(gdb.unwinder.Unwinder):
    """Has the newest frame's caller be where a suspended greenlet goes on."""

    def __init__(self):
        super().__init__("frond greenlets")
        self.greenlet = None  # the saved sp, and the newest frame that it hangs on

    def select(self, sp):
        self.greenlet = None
        gdb.invalidate_cached_frames()
        if sp is not None:
            newest, rules = gdb.newest_frame(), rules_here()
            self.greenlet = (sp, rules, int(newest.read_register(rules["sp"])), int(newest.pc()))
        gdb.invalidate_cached_frames()

    def __call__(self, frame):
        if self.greenlet is None:
            return None
        sp, rules, newest_sp, newest_pc = self.greenlet
        if (int(frame.read_register(rules["sp"])) != newest_sp or
                int(frame.read_register(rules["pc"])) != newest_pc):
            return None
        word = gdb.lookup_type("unsigned long")
        info = frame.create_unwind_info(
            FrameId(gdb.Value(sp).cast(word), gdb.Value(newest_pc).cast(word)))
        for register, offset in rules["saved"].items():
            saved = gdb.Value(sp + offset).cast(word.pointer()).dereference()
            if register == rules["pc"]:
                saved = gdb.Value(int(saved) & ((1 << rules["code"]) - 1)).cast(word)
            info.add_saved_register(register, saved)
        info.add_saved_register(rules["sp"], gdb.Value(sp + rules["up"]).cast(word))
        return info


parked = Parked()
gdb.unwinder.register_unwinder(None, parked, replace=True)


def to_thread_of(greenlet):
    """Its stack is told in the thread that it belongs to, or in any where a core has no such numbers."""
    for thread in gdb.selected_inferior().threads():
        if greenlet.hub.thread in (thread.ptid[1], thread.ptid[2]):
            thread.switch()
            return


def enter(greenlet):
    running = greenlet.state() == RUNNING
    if not running and not greenlet.has_run(rules_here()):
        raise Trouble("greenlet %d has not run yet: %s" % (greenlet.id, greenlet.entry()))
    to_thread_of(greenlet)
    parked.select(None if running else greenlet.sp())
    return 0 if running else 1


def leave():
    parked.select(None)


def renumber(trace, first):
    """Without the frames of whoever runs instead."""
    lines = []
    for line in trace.splitlines():
        number, _, rest = line[1:].partition(" ")
        if line.startswith("#") and number.isdigit():
            if int(number) < first:
                lines.clear()
                continue
            line = "#%-3d%s" % (int(number) - first, rest.lstrip() and " " + rest.lstrip())
        lines.append(line)
    return "\n".join(line for line in lines if not line.startswith("Backtrace stopped"))


class InfoGreenlets(gdb.Command):
    """Greenlets of all hubs: number, state, name, function, what it waits for."""

    def __init__(self):
        super().__init__("info greenlets", gdb.COMMAND_STATUS)

    def invoke(self, _argument, _from_tty):
        all_hubs = hubs()
        if not all_hubs:
            gdb.write("no thread has a hub\n")
        for hub in all_hubs:
            greenlets = hub.greenlets()
            gdb.write("hub %d of thread %d: %d greenlets\n" %
                      (hub.number, hub.thread, len(greenlets)))
            for g in greenlets:
                words = ["*" if g.state() == RUNNING else " ", label(g, len(all_hubs) > 1),
                         STATES[g.state()], g.title(), g.entry(), g.waits_for()]
                gdb.write("%s %-6s %-9s %s\n" % (words[0], words[1], words[2],
                                                "  ".join(w for w in words[3:] if w)))


class GreenletCommand(gdb.Command):
    """greenlet N [COMMAND...]: selects a greenlet's stack, or runs a command there.  greenlet off: back."""

    def __init__(self):
        super().__init__("greenlet", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        word, _, command = argument.strip().partition(" ")
        if word == "off":
            leave()
            return
        if not word:
            raise Trouble("greenlet N [COMMAND], or greenlet off")
        first = enter(find(word))
        if not command:
            gdb.execute("frame %d" % first)
            return
        before = gdb.selected_thread()
        try:
            name = command.split()[0]
            if name in ("bt", "backtrace", "where"):
                gdb.write(renumber(gdb.execute(command, to_string=True), first) + "\n")
            else:
                gdb.execute("frame %d" % first, to_string=True)
                gdb.execute(command)
        finally:
            leave()
            if before is not None and before.is_valid():
                before.switch()


InfoGreenlets()
GreenletCommand()
