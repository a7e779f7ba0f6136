"""Files that the script writes below its output folder: they belong to the attempt that wrote them.

After a successful run() every file found there is moved to take_dir/<mini-batch>-<attempt>/, after a failed one it is
deleted. Folders stay, because scripts make theirs in init(). Files written by init() go with the first mini-batch that
succeeds.

Looking must be cheap when nothing was written. An unchanged ctime proves a folder unchanged, but only once it is older
than a tick of the file system's clock: two changes within one tick leave the same ctime. ctime and not mtime, because
shutil.copytree sets the latter.
"""

import errno
import os
import stat as modes
from io import open as open_file
from os import listdir, lstat, makedirs, readlink, rename, rmdir, scandir, stat, unlink
from os.path import dirname, join, lexists, realpath
from time import monotonic_ns

from .failures import refuse

# Linux stamps with its timer tick, at most 10 ms; file systems that round further, up to 2 s (FAT), show no digits
# below the millisecond.
FINE_TICK_NS = 40_000_000
COARSE_TICK_NS = 2_500_000_000
MAX_NAMES_BYTES = 512 << 10

waitid = getattr(os, "waitid", None)


class OutputFolder:
    def __init__(self, output_dir, take_dir):
        self._root = realpath(output_dir)
        self._take_dir = take_dir
        self._clock = monotonic_ns
        # Folder → (its ctime, when we first saw it); settled when a look found nothing at a time at which the ctime was
        # old enough.
        self._seen = {}
        self._settled = {}
        self._initial = {}

    def keep_as_initial(self):
        """Remembers what init() wrote."""
        self._initial = {path: fingerprint(entry) for path, entry in self._look()}

    def take(self, mini_batch, attempt):
        """Moves what the attempt wrote out of the folder. Returns (folder name, [[relative path, size], …]), or None
        when it wrote nothing.

        Raises AttemptFailed for what cannot be taken: a file still open for writing, a link, a pipe.
        """
        if self._is_settled():
            return None
        found = self._look()
        if not found:
            return None
        refuse_irregular(found)
        refuse_open(found, self._root)
        name = "%d-%d" % (mini_batch, attempt)
        target = join(self._take_dir, name)
        refuse_too_many(found)
        clear_folder(target)
        files = []
        for path, entry in found:
            destination = join(target, path)
            makedirs(dirname(destination), exist_ok=True)
            size = lstat(entry.path).st_size  # the entry's stat may be from before the last write
            rename(entry.path, destination)
            files.append([path, size])
        self._initial = {}
        return name, files

    def discard(self):
        """Deletes what a failed attempt wrote; what init() wrote stays for the next one."""
        if self._is_settled():
            return
        for path, entry in self._look():
            if self._initial.get(path) != fingerprint(entry):
                unlink(entry.path)

    def list_left(self):
        """Relative paths of files that belong to no mini-batch any more, and were not there after init()."""
        return [path for path, entry in self._look() if self._initial.get(path) != fingerprint(entry)]

    def _is_settled(self):
        settled = self._settled
        if not settled:
            return False
        try:
            for folder, ctime_ns in settled.items():
                if stat(folder).st_ctime_ns != ctime_ns:
                    return False
        except OSError:
            return False
        return True

    def _look(self):
        """All entries below the folder that are not folders, as (relative path, DirEntry), sorted."""
        now_ns = self._clock()
        found = []
        seen = {}
        settled = {}
        folders = [("", self._root)]
        while folders:
            prefix, folder = folders.pop()
            try:
                ctime_ns = stat(folder).st_ctime_ns
            except FileNotFoundError:  # the script removed it
                makedirs(folder, mode=0o700)
                ctime_ns = stat(folder).st_ctime_ns
            before = self._seen.get(folder)
            first_ns = before[1] if before is not None and before[0] == ctime_ns else now_ns
            seen[folder] = (ctime_ns, first_ns)
            if now_ns - first_ns >= (FINE_TICK_NS if ctime_ns % 1_000_000 else COARSE_TICK_NS):
                settled[folder] = ctime_ns
            with scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((prefix + entry.name + "/", entry.path))
                    else:
                        found.append((prefix + entry.name, entry))
        self._seen = seen
        self._settled = settled if not found and len(settled) == len(seen) else {}
        if found:
            found.sort(key=lambda pair: pair[0])
        return found


def fingerprint(entry):
    status = entry.stat(follow_symlinks=False)
    return status.st_ino, status.st_size, status.st_mtime_ns


def refuse_irregular(found):
    for path, entry in found:
        mode = entry.stat(follow_symlinks=False).st_mode
        if not modes.S_ISREG(mode):
            kind = (
                "a symbolic link" if modes.S_ISLNK(mode) else "a pipe" if modes.S_ISFIFO(mode) else "not a regular file"
            )
            raise refuse(
                "output_file",
                "OutputFileError",
                '"%s" below the output folder is %s; write regular files there' % (path, kind),
            )


def refuse_too_many(found):
    """Raises AttemptFailed when the names would not fit a result; the halves of isolation will."""
    if sum(len(path) for path, _ in found) + 32 * len(found) > MAX_NAMES_BYTES:
        text = (
            "run() wrote %d files below the output folder, more than one result can name; use a smaller mini_batch_size"
        )
        raise refuse("output_file", "OutputFileError", text % len(found))


def refuse_open(found, root):
    """Raises AttemptFailed when one of the files is still open for writing, here or in a process that the script
    started.
    """
    paths = {join(root, path): path for path, _ in found}
    # A file object in a reference cycle counts as open: collecting the garbage may close the descriptor before the text
    # in the buffer is written (https://bugs.python.org/issue17852).
    still_open = find_open_for_writing(paths, "self")
    where = ""
    if still_open is None:
        for pid in list_other_processes():
            still_open = find_open_for_writing(paths, pid)
            if still_open is not None:
                where = " in process %s, which the script started" % pid
                break
    if still_open is not None:
        text = '"%s" below the output folder is still open for writing%s when run() returns; close it first'
        raise refuse("output_file", "OutputFileError", text % (paths[still_open], where))


def find_open_for_writing(paths, pid):
    """The first of the paths that a process holds open for writing, or None; None too where there is no /proc."""
    try:
        numbers = listdir("/proc/%s/fd" % pid)
    except OSError:
        return None
    for number in numbers:
        try:
            target = readlink("/proc/%s/fd/%s" % (pid, number))
            if target in paths:
                with open_file("/proc/%s/fdinfo/%s" % (pid, number)) as file:
                    flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
                if flags & os.O_ACCMODE != os.O_RDONLY:
                    return target
        except (OSError, StopIteration):
            continue
    return None


def list_other_processes():
    """Process ids of all that descends from the worker or was adopted by its guardian, without the two themselves."""
    own, guardian = os.getpid(), os.getppid()
    if has_no_children() and not has_adopted(guardian, own):
        return []
    parents = {}
    try:
        names = listdir("/proc")
    except OSError:
        return []
    from .guardian import read_parent

    for name in names:
        if name.isdigit():
            parents[int(name)] = read_parent(name)
    found = []
    for pid in parents:
        ancestor = pid
        while ancestor in parents and ancestor != guardian:
            ancestor = parents[ancestor]
        if ancestor == guardian and pid not in (own, guardian):
            found.append(pid)
    return found


def has_no_children():
    if waitid is None:  # macOS, where there is no /proc to look at either
        return True
    try:
        waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return False
    except OSError as error:
        return error.errno == errno.ECHILD


def has_adopted(guardian, own):
    try:
        with open_file("/proc/%d/task/%d/children" % (guardian, guardian)) as file:
            return file.read().split() != [str(own)]
    except OSError:
        return True


def clear_folder(folder):
    """Removes what an earlier driver may have left under this name. Not by shutil: the script may have one."""
    if not lexists(folder):
        return
    with scandir(folder) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                clear_folder(entry.path)
            else:
                unlink(entry.path)
    rmdir(folder)
