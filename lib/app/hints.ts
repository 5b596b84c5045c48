/** What to do about a source that cannot be opened: the exact command, or the devices that there are. */
import { loadAddon } from '../handoff/addon.js';
import type { SourceRequest } from './plan.js';

export function captureHint(error: unknown, source: SourceRequest): string | undefined {
  const { code } = error as { code?: string };
  if (code === 'ERR_PBFAST_PERMISSION') return permissionHint();
  if (code === 'ERR_PBFAST_DEVICE' && source.device !== undefined)
    return `there are: ${deviceNames().join(', ')}`;
  return undefined;
}

export function deviceNames(): string[] {
  try {
    return loadAddon()
      .devices()
      .map((device) => device.name);
  } catch {
    return [];
  }
}

/** The same command with the one right it lacks. */
export function permissionHint(): string {
  const command = process.argv.map(quote).join(' ');
  return `sudo setpriv --reuid ${process.getuid?.()} --regid ${process.getgid?.()} --clear-groups --inh-caps +net_raw --ambient-caps +net_raw ${command}`;
}

function quote(word: string): string {
  return /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
