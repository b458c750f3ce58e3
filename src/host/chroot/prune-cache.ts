import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { mountLoop } from './loop-mount.js';

/**
 * Perl code that removes files of the filesystem in descriptor 3, those that nothing has used for the longest
 * time first, until it has at most these blocks and inodes. No other process has it mounted, so no path of it
 * changes; symbolic links are removed, not followed. It is unmounted before the program ends.
 */
const program = `
  my ($blocks, $inodes) = @ARGV;
  ${mountLoop}
  my ($used, $count, @files, @folders) = (0, 0);
  my $walk;
  $walk = sub {
    my ($at) = @_;
    opendir(my $folder, $at) or return;
    for my $name (readdir($folder)) {
      next if $name eq '.' || $name eq '..';
      my $path = "$at/$name";
      my @stat = lstat($path) or next;
      my $isFolder = -d _;
      $used += $stat[12] / ($isFolder ? 1 : $stat[3]);
      $count += 1 / ($isFolder ? 1 : $stat[3]);
      if ($isFolder) { $walk->($path); push @folders, $path }
      else { push @files, [$stat[8] > $stat[10] ? $stat[8] : $stat[10], $stat[12] / $stat[3], 1 / $stat[3], $path] }
    }
  };
  $walk->('.');
  for my $file (sort { $a->[0] <=> $b->[0] } @files) {
    last if $used <= $blocks && $count <= $inodes;
    unlink($file->[3]) or next;
    $used -= $file->[1];
    $count -= $file->[2];
  }
  rmdir($_) && $count-- for @folders;
  chdir('/');
  syscall($syscall{umount2}, $proc, 0) == 0 or fail('umount');
  print $used <= $blocks && $count <= $inodes ? "done\\n" : "full\\n";`;

/** What a filesystem may hold. */
export interface Allowed {
  readonly bytes: number;
  readonly inodes: number;
}

/**
 * Removes the oldest files of an ext4 filesystem in a file: by the later of access and change.
 * @param file its descriptor; the filesystem is not mounted
 * @returns whether it holds at most that afterwards: some files cannot be removed, as immutable ones
 * @throws CommandError if it cannot be mounted
 */
export async function pruneFilesystem(
  file: number,
  { bytes, inodes }: Allowed,
  signal: AbortSignal,
): Promise<boolean> {
  const { stdout } = await exec(perl(program, [String(Math.floor(bytes / 512)), String(inodes)]), {
    descriptors: [file],
    limit: 'disk',
    signal,
  });
  return stdout.trim() === 'done';
}
