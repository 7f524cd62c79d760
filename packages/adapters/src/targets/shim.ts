/**
 * The shim of a process task: a POSIX shell that leads the task's process group, so that the group dies with the server.
 *
 * It forks a watcher that reads descriptor 3, a socket whose other end only the server holds. When the server dies, even by
 * SIGKILL, the kernel closes that end, the watcher sees the end of file and kills its own group (`kill 0`: no pid is named, so
 * none can be taken for another's). The socket exists before the fork, so there is no moment at which the server's death goes
 * unseen. Signals that ask to end are ignored while the watcher starts and by the watcher; the leader only notes them, and the
 * command gets them as usual. Descriptor 4, if given, is the lock of ShimLock and stays open in the command on purpose.
 *
 * When the command has ended, the leader reports on descriptor 3 (exit code, processor times, bytes written), takes the watcher
 * down and waits for it, so that no zombie is left to a process 1 that doesn't reap, and kills what the command left in the group.
 * The shell's own messages ("Segmentation fault") go nowhere: standard error is the command's alone, and dash would print them
 * there if the command were not in a subshell.
 */
export const SHIM = `trap '' HUP INT QUIT USR1 USR2 ALRM TERM
{ while read -r _; do :; done; kill -KILL 0; } <&3 >/dev/null 2>&1 &
w=$!
trap : HUP INT QUIT USR1 USR2 PIPE ALRM TERM
exec 5>&2 2>/dev/null
(exec 2>&5 3>&- 5>&-; exec "$@")
c=$?
{
  echo "exit $c"
  times
  if [ -r /proc/$$/io ]; then while read -r k v; do case $k in write_bytes:) echo "wrote $v" ;; esac; done </proc/$$/io; fi
} >&3
kill -KILL $w
wait $w
kill -KILL 0`;

/** What the shim reported of a command that ended. */
export interface ShimReport {
  /** 128 + n if signal n ended the command, as shells say it. */
  readonly exitCode: number;
  /** Of the command and all descendants that were waited for. */
  readonly cpuSeconds?: number;
  /** Bytes sent to storage by them. Linux only. */
  readonly bytesWritten?: number;
}

/** The shell's `0m0.003s` in seconds. */
const seconds = (text: string | undefined): number => {
  const match = /^(\d+)m([\d.,]+)s$/.exec(text ?? "");
  return match ? Number(match[1]) * 60 + Number((match[2] as string).replace(",", ".")) : Number.NaN;
};

/** Reads the shim's report; undefined if the shim was killed before it could write one. Never throws. */
export const parseReport = (text: string): ShimReport | undefined => {
  const lines = text.split("\n");
  const exit = /^exit (\d+)$/.exec(lines[0] ?? "");
  if (!exit) return undefined;
  // `times` prints the shell's own line first, then its children's.
  const [user, system] = (lines[2] ?? "").split(" ").map(seconds);
  const cpuSeconds = (user ?? Number.NaN) + (system ?? Number.NaN);
  const wrote = /^wrote (\d+)$/.exec(lines[3] ?? "");
  return {
    exitCode: Number(exit[1]),
    ...(Number.isFinite(cpuSeconds) ? { cpuSeconds } : {}),
    ...(wrote ? { bytesWritten: Number(wrote[1]) } : {}),
  };
};
