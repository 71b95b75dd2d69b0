/** The page of the limits, from the comments of core/limits.ts: so that a limit is explained once. */

const HEAD = `---
title: Limits
category: Facts
---

# Limits

Each quantity that a peer controls has a limit with a default. A peer that passes it gets a \`LimitError\` thrown at its caller, or has to wait;
memory does not grow. Where a call has an option for a limit, the error's message names it. Numbers are bytes unless the row says another unit.

This page is made from \`src/core/limits.ts\` by \`npm run docs\`.

| limit | value | |
|---|---:|---|
`;

/** The text of the page, from the text of core/limits.ts. */
export function limitsPage(source: string): string {
  let meaning = '';
  const rows: string[] = [];
  for (const [, comment, name, value] of source.matchAll(/\/\*\*([\s\S]*?)\*\/|^export const (\w+) = ([\d._]+);$/gm)) {
    if (comment !== undefined) meaning = oneLine(comment);
    else rows.push(`| \`${name}\` | ${Number(value!.replaceAll('_', '')).toLocaleString('en')} | ${meaning} |\n`);
  }
  return HEAD + rows.join('');
}

/** A comment as a cell of a table. */
function oneLine(comment: string): string {
  return comment
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}
