/** What CHANGELOG.md says of a version. */

/**
 * The text below `## 1.2.3 - 2026-12-31`, up to the next version.
 *
 * Throws, with what is to be done, where the version has no section with a date, or where something is still unreleased.
 */
export function notesOf(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const titled = (title: RegExp): string | undefined => sections.find((section) => title.test(section.split('\n')[0]!));
  const textOf = (section: string | undefined): string => section?.replace(/^.*/, '').trim() ?? '';
  if (textOf(titled(/^Unreleased$/)) !== '') {
    throw new Error(`CHANGELOG.md: "Unreleased" has lines; give them the title "## ${version} - ${today()}"`);
  }
  const section = titled(new RegExp(`^${version.replaceAll('.', '\\.')} - \\d{4}-\\d\\d-\\d\\d$`));
  const notes = textOf(section);
  if (notes === '') throw new Error(`CHANGELOG.md: there is nothing below "## ${version} - ${today()}"`);
  return notes;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
