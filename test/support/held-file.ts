/** Files that hang when they are opened, as on a network share that was cut off: another process holds a lease on them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** Takes a write lease and does not hear that somebody wants it back (fcntl, F_SETLEASE 1024, F_WRLCK 1). */
const script = `
use strict; open(my $file, '+<', $ARGV[0]) or exit 1; fcntl($file, 1024, 1) or exit 1;
$SIG{IO} = 'IGNORE'; $| = 1; print "held\\n"; <STDIN>;`;

/**
 * Makes the next opening of a file hang until it is released, at most for the system's lease-break-time (45 s); null where
 * that cannot be done (other systems than Linux, file systems without leases, no Perl).
 */
export async function heldFile(path: string): Promise<{ readonly release: () => Promise<void> } | null> {
  if (process.platform !== 'linux') return null;
  const holder = spawn('perl', ['-e', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => {
    holder.once('error', () => {
      resolve();
    });
    holder.once('exit', () => {
      resolve();
    });
  });
  const release = async (): Promise<void> => {
    holder.kill();
    await ended;
  };
  onTestFinished(release);
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  return held ? { release } : null;
}
