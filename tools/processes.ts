/** The processor time of a child with everything that it has started, as Linux counts it in /proc (proc(5)). */

import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: what the kernel shows to programs, whatever its own clock is. */
const TICKS_PER_SECOND = 100;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Its own time and that of children it has waited for. */
  readonly ticks: number;
}

/** Seconds used by the process group of `leader` and by all descendants; undefined where there is no /proc. */
export function cpuSecondsOf(leader: number): number | undefined {
  const processes = readProcesses();
  if (processes === undefined) return undefined;
  const family = new Set([leader]);
  // A child may stand before its parent in the list: again until nothing is added.
  for (let known = 0; known < family.size; ) {
    known = family.size;
    for (const { pid, parent, group } of processes) if (group === leader || family.has(parent)) family.add(pid);
  }
  const ticks = processes.filter(({ pid }) => family.has(pid)).reduce((sum, process) => sum + process.ticks, 0);
  return ticks / TICKS_PER_SECOND;
}

function readProcesses(): Process[] | undefined {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => parsed(Number(name), statOf(name)));
  } catch {
    return undefined;
  }
}

/** Empty for a process that has ended since the folder was listed. */
function statOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** The second field, the program's name, may contain spaces and parentheses. */
function parsed(pid: number, stat: string): Process[] {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent, group] = fields;
  if (parent === undefined || group === undefined) return [];
  return [{ pid, parent, group, ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) }];
}
