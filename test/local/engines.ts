import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The engines that run on a folder, by process id. */
export const enginesOn = (folder: string): readonly number[] =>
  processes().flatMap(({ pid, command }) => (command.includes(`engine.dbPath=${folder}`) ? [pid] : []));

/** Linux has them as files, also where `ps` is not installed. */
const processes = (): readonly { readonly pid: number; readonly command: string }[] => {
  if (existsSync('/proc/self/cmdline')) return readdirSync('/proc').flatMap(fromFile);
  const lines = execFileSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
};

const fromFile = (pid: string) => {
  try {
    return /^\d+$/.test(pid) ? [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }] : [];
  } catch {
    return []; // It has just ended.
  }
};
