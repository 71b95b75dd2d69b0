/** What a run's output says of its tests: how many passed and failed, and which were skipped. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** The names of the tests that were skipped or are marked as to do. */
  readonly skipped: readonly string[];
}

/** The end of node:test's TAP report: the same on every Node, unlike what its other reporters print. */
const SUMMARY = /^# pass (\d+)\n# fail (\d+)\n# cancelled (\d+)\n# skipped (\d+)\n# todo (\d+)$/gm;
const UNDONE = /^\s*(?:not )?ok \d+ - (.*?)\s+# (SKIP|TO[D]O)\b(.*)$/gm;

/** The counts of a TAP report of node:test; undefined if the run did not get as far as its summary. */
export function countTap(report: string): Counts | undefined {
  // Tests may print lines that look like a summary: the last one is the runner's.
  const numbers = [...report.matchAll(SUMMARY)].at(-1)?.slice(1).map(Number);
  if (numbers === undefined) return undefined;
  const [passed, failed, cancelled, skips, todos] = numbers as [number, number, number, number, number];
  // The number of skipped tests is the summary's; the names are to help, and suites that are skipped whole have one too.
  const names = [...report.matchAll(UNDONE)].map(
    ([, name, kind, reason]) => `${name} (${kind!.toLowerCase()}${reason})`,
  );
  return { passed, failed: failed + cancelled, skipped: sized(names, skips + todos) };
}

/** The counts of a plain program's `ok NAME`, `not ok NAME` and `ok NAME # SKIP reason` lines. */
export function countLines(output: string): Counts {
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    const undone = /^(?:not )?ok (.*?)\s+# (?:SKIP|TO[D]O)\b(.*)$/i.exec(line);
    if (undone !== null) skipped.push(`${undone[1]}${undone[2] === '' ? '' : ` (${undone[2]!.trim()})`}`);
    else if (line.startsWith('ok ')) passed += 1;
    else if (line.startsWith('not ok ')) failed += 1;
  }
  return { passed, failed, skipped };
}

/** `count` names, whatever number the text gave. */
function sized(names: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, at) => names[at] ?? 'a test without a name');
}
