import type { Command } from '../exec/exec.js';

/** Limits of a confined command. */
export interface Confinement {
  /** Maximum size of a file that it writes, in bytes. */
  readonly fileSize: number;
  /** Maximum size of its address space, in bytes. */
  readonly memory?: number;
  /** Whether it sees its own processes in /proc, and by that can open its descriptors again. */
  readonly hasProc?: boolean;
}

/** The overlay of a virtual machine. */
const ofGuest: Confinement = { fileSize: 2 * 2 ** 30 };

/** User and group of QEMU: the overflow IDs of the kernel, which own no file (proc_sys_kernel(5)). */
const unprivileged = 65_534;

/**
 * Shell script that runs a command as an unprivileged user, in namespaces that the script is PID 1 of. The
 * root filesystem has the programs of the VM, read-only, and nothing else of it: no /home, no /etc, no /proc,
 * no disk. /dev/kvm is a node of its own (major 10, minor 232: devices.txt of the kernel), since the user may
 * not open that of the VM. The script ends when its stdin closes, so all ends with the process that started
 * it. Descriptors 3 and 4 are those of the command. With a /proc of its own the command sees no more than
 * itself: `subset=pid` hides all else (proc(5); since Linux 5.8).
 */
const script = `
  set -eu
  kvm=$1
  proc=$2
  shift 2
  mount --make-rprivate /
  mount -t tmpfs -o size=4m,mode=755,nosuid none /sys
  cd /sys
  mkdir usr etc dev old proc
  for name in usr bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$name" ]; then
      cp -P "/$name" "$name"
    elif [ -d "/$name" ]; then
      mkdir -p "$name"
      mount --bind "/$name" "$name"
      mount -o remount,bind,ro,nosuid "$name"
    fi
  done
  if [ -e /etc/ld.so.cache ]; then cp /etc/ld.so.cache etc; fi
  mknod -m 666 dev/null c 1 3
  if [ "$kvm" = kvm ]; then mknod -m 600 dev/kvm c 10 232; chown ${unprivileged}:${unprivileged} dev/kvm; fi
  mount -t proc none proc
  pivot_root . old
  cd /
  umount -l /old
  umount /proc
  if [ "$proc" = proc ]; then
    mount -t proc -o subset=pid none /proc 2>/dev/null || mount -t proc none /proc
  fi
  mount -o remount,ro /
  exec 9<&0
  setpriv --reuid=${unprivileged} --regid=${unprivileged} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@" </dev/null 9<&- &
  child=$!
  { cat <&9; kill -KILL "$child"; } >/dev/null 3<&- 4<&- &
  wait "$child"`;

/**
 * The command that runs another one confined. Its stdin must stay open: the command is killed when it closes.
 * @param hasKvm whether the command may use /dev/kvm
 */
export const confined = (
  command: Command,
  hasKvm: boolean,
  { fileSize, memory, hasProc = false }: Confinement = ofGuest,
): Command => [
  'prlimit',
  `--fsize=${fileSize}`,
  ...(memory === undefined ? [] : [`--as=${memory}`]),
  '--core=0',
  '--',
  'unshare',
  '--mount',
  '--pid',
  '--net',
  '--ipc',
  '--uts',
  '--fork',
  '--kill-child',
  '--',
  'sh',
  '-c',
  script,
  'sh',
  hasKvm ? 'kvm' : 'none',
  hasProc ? 'proc' : 'none',
  ...command,
];
