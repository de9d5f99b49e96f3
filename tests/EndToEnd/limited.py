#!/usr/bin/python3
"""Runs a program under the limits of a systemd unit, on a machine without a running systemd: what tests/EndToEnd/LimitsTests.cs
needs. To be started as root in namespaces of its own: unshare --mount --ipc limited.py ...

usage: limited.py UNIT STATE [--bind FROM:TO]... [--set NAME=VALUE]... -- PROGRAM ARGUMENT...

UNIT   the unit's file: its limits are read from it, so that what is tested is what is shipped
STATE  the folder that is seen as the unit's StateDirectory; owned by the user nobody, who runs the program
--bind a folder that is seen, read-only, in another place
--set  one more setting, as if it stood in the unit

Writes "limits: not applied: ..." to standard error: settings that need a running systemd.
"""
import ctypes
import os
import resource
import subprocess
import sys

NOBODY = 65534

# Settings that are no limits, or that others here imply.
PLAIN = {
    "Type", "TimeoutStartSec", "WatchdogSec", "SyslogLevel", "ExecStart", "ExecReload", "User", "Group", "Restart", "RestartSec", "TimeoutStopSec", "StateDirectoryMode", "StateDirectory",
    "SystemCallErrorNumber", "EnvironmentFile", "AmbientCapabilities", "PrivateMounts", "PrivateIPC",
    # By the lost capabilities, the system call filter and the read-only file system:
    "ProtectClock", "ProtectHostname", "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "RestrictRealtime",
}

libc = ctypes.CDLL(None, use_errno=True)
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p


class Compare(ctypes.Structure):
    """struct scmp_arg_cmp, seccomp.h"""
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


EQUAL, MASKED_EQUAL = 4, 7
ALLOW = 0x7FFF0000
EPERM, ENOSYS = 1, 38


def error(number):
    return 0x00050000 | number


def settings(path):
    """Name to its values, in order; an empty value clears what was before, as systemd does."""
    found = {}
    section = ""
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            if value or name == "CapabilityBoundingSet":
                found.setdefault(name, []).append(value)
    return found


def calls_of(group):
    """The names of the system calls of @group, as the installed systemd knows them."""
    names = set()
    lines = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines()[1:]:
        line = line.split("#")[0].strip()
        names |= calls_of(line) if line.startswith("@") else {line} if line else set()
    return names


def allowed_calls(lines):
    """systemd.exec(5): the first line says that this is a list of what is allowed; ~ takes away, others add."""
    names = calls_of("@default")
    for line in lines:
        takes = line.startswith("~")
        for word in line.lstrip("~").split():
            group = calls_of(word) if word.startswith("@") else {word}
            names = names - group if takes else names | group
    # What starts the program is allowed in any case.
    return names | {"execve", "exit", "exit_group", "rt_sigreturn", "getrlimit", "time"}


def number(name):
    return seccomp.seccomp_syscall_resolve_name(name.encode())


def filter_calls(unit):
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(error(EPERM))))

    def add(action, name, *compares):
        if number(name) < 0:
            return  # none of this machine's
        array = (Compare * max(1, len(compares)))(*compares)
        result = seccomp.seccomp_rule_add_array(context, ctypes.c_uint32(action), number(name), len(compares), array)
        if result != 0:
            sys.exit(f"limits: seccomp rule for {name}: {os.strerror(-result)}")

    names = allowed_calls(unit["SystemCallFilter"])
    special = {}
    if unit.get("RestrictNamespaces") == ["yes"]:
        namespaces = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x00000080  # CLONE_NEW*
        special["clone"] = [(Compare(0, MASKED_EQUAL, namespaces, 0),)]
        special["unshare"] = special["setns"] = []
        add(error(ENOSYS), "clone3")  # its flags are in memory, where a filter can't see them; the C library takes clone then
        names.discard("clone3")
    if "RestrictAddressFamilies" in unit:
        families = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
        special["socket"] = [(Compare(0, EQUAL, families[name], 0),) for name in unit["RestrictAddressFamilies"][-1].split()]
    if unit.get("LockPersonality") == ["yes"]:
        special["personality"] = [(Compare(0, EQUAL, 0, 0),), (Compare(0, EQUAL, 0xFFFFFFFF, 0),)]
    if unit.get("MemoryDenyWriteExecute") == ["yes"]:
        write, execute = 2, 4
        special["mmap"] = [(Compare(2, MASKED_EQUAL, write | execute, bits),) for bits in (0, write, execute)]
        special["mprotect"] = special["pkey_mprotect"] = [(Compare(2, MASKED_EQUAL, execute, 0),)]
    if unit.get("RestrictSUIDSGID") == ["yes"]:
        bits = 0o6000
        for name, argument in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("mkdir", 1), ("mkdirat", 2), ("mknod", 1), ("mknodat", 2)):
            special[name] = [(Compare(argument, MASKED_EQUAL, bits, 0),)]
    for name in sorted(names):
        for compares in special.get(name, [()]):
            add(ALLOW, name, *compares)
    result = seccomp.seccomp_load(context)
    if result != 0:
        sys.exit(f"limits: seccomp_load: {os.strerror(-result)}")


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def show(handle, target):
    """Shows the open folder or device in another place. By this process itself: the handle is its own."""
    bind = 0x1000  # MS_BIND, mount(2)
    if libc.mount(f"/proc/self/fd/{handle}".encode(), target.encode(), None, bind, None) != 0:
        sys.exit(f"limits: {target}: {os.strerror(ctypes.get_errno())}")


def empty(path, mode, *options):
    mount("-t", "tmpfs", "-o", ",".join([f"mode={mode}", "nosuid", "nodev", *options]), "tmpfs", path)


def build_view(unit, state, binds):
    """What the program sees of the machine."""
    mount("--make-rprivate", "/")
    # What is to be seen in another place is held open before anything is hidden.
    held = [(os.open(source, os.O_PATH), target) for source, target in binds]
    state_handle = os.open(state, os.O_PATH)
    devices = {name: os.open(f"/dev/{name}", os.O_PATH) for name in ("null", "zero", "full", "random", "urandom", "tty")}
    writable = ["/tmp", "/var/tmp", "/dev", "/proc"]

    for root in sorted({target.split("/")[1] for _, target in held}):
        empty(f"/{root}", "0755")
    for handle, target in held:
        os.makedirs(target)
        show(handle, target)

    folders = [f"/var/lib/{name}" for value in unit.get("StateDirectory", []) for name in value.split()]
    empty("/var/lib", "0755")
    for folder in folders[:1]:
        os.makedirs(folder)
        show(state_handle, folder)
    for folder in folders[1:]:
        os.makedirs(folder)
        empty(folder, "0700", f"uid={NOBODY}", f"gid={NOBODY}")
    writable += folders
    for setting in ("BindReadOnlyPaths", "BindPaths"):
        for path in unit.get(setting, []):
            name = os.path.basename(path.lstrip("-"))
            if path.startswith("-") and not os.path.exists(f"/proc/self/fd/{state_handle}/{name}"):
                continue
            path = path.lstrip("-")
            os.makedirs(path)
            show(os.open(name, os.O_PATH, dir_fd=state_handle), path)
            if setting == "BindPaths":
                writable.append(path)

    empty("/tmp", "1777")
    empty("/var/tmp", "1777")
    for home in ("/home", "/root", "/run/user"):
        if os.path.isdir(home):
            empty(home, "0000", "ro")
    empty("/dev", "0755", "size=64k")
    subprocess.run(["mount", "-o", "remount,dev", "/dev"], check=True)
    for name, handle in devices.items():
        open(f"/dev/{name}", "w").close()
        show(handle, f"/dev/{name}")
    os.symlink("/proc/self/fd", "/dev/fd")
    os.mkdir("/dev/shm")
    empty("/dev/shm", "1777")
    mount("-t", "proc", "-o", "hidepid=invisible,subset=pid,nosuid,nodev,noexec", "proc", "/proc")

    places = [line.split()[4] for line in open("/proc/self/mountinfo", encoding="utf-8")]
    for place in places:
        if not any(place == one or place.startswith(one + "/") for one in writable):
            mount("-o", "remount,bind,ro", place)


def main():
    ours, program = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
    unit = settings(ours[0])
    state = ours[1]
    binds = [value.split(":") for option, value in zip(ours[2::2], ours[3::2]) if option == "--bind"]
    for option, value in zip(ours[2::2], ours[3::2]):
        if option == "--set":
            name, _, value = value.partition("=")
            unit[name] = [value]

    build_view(unit, state, binds)
    for name, limit in (("LimitNOFILE", resource.RLIMIT_NOFILE), ("LimitCORE", resource.RLIMIT_CORE)):
        resource.setrlimit(limit, (int(unit[name][-1]),) * 2)
    os.umask(int(unit["UMask"][-1], 8))
    environment = {"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": "/nonexistent", "USER": "nobody", "DOTNET_ROOT": "/opt/picket/dotnet"}
    environment.update(one.split("=", 1) for one in unit.get("Environment", []))

    applied = PLAIN | {
        "NoNewPrivileges", "CapabilityBoundingSet", "UMask", "LimitNOFILE", "LimitCORE", "Environment", "ProtectSystem", "ProtectHome", "PrivateTmp",
        "PrivateDevices", "ProtectProc", "ProcSubset", "RestrictNamespaces", "RestrictAddressFamilies", "LockPersonality", "RestrictSUIDSGID",
        "SystemCallArchitectures", "SystemCallFilter", "MemoryDenyWriteExecute", "BindPaths", "BindReadOnlyPaths", "TemporaryFileSystem",
    }
    print("limits: not applied: " + " ".join(sorted(set(unit) - applied)), file=sys.stderr, flush=True)

    drop_capability, no_new_privileges, highest = 24, 38, 40  # PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS (prctl(2)), CAP_CHECKPOINT_RESTORE
    for capability in range(highest + 1):
        if libc.prctl(drop_capability, capability, 0, 0, 0) != 0:
            sys.exit(f"limits: capability {capability}: {os.strerror(ctypes.get_errno())}")
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.chdir("/")
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) != 0:
        sys.exit("limits: no_new_privs")
    filter_calls(unit)
    os.execve(program[0], program, environment)


main()
