/** All commands and options of the program, in one table: what reads arguments, help, completions and the man page read it. */

export interface Option {
  /** One letter; or of `lua`, what stands behind the dash. */
  readonly short?: string;
  readonly long?: string;
  /** The name of its argument, if it takes one: one that ends with FILE is completed as a file. */
  readonly takes?: string;
  /** What its argument may be. */
  readonly words?: readonly string[];
  /** Whether it may stand there several times. */
  readonly repeats?: boolean;
  readonly says: string;
}

export interface Command {
  /** What follows the command. */
  readonly synopsis: string;
  /** For the list of all commands: the shortest call, and what that does. */
  readonly brief: readonly [call: string, says: string];
  /** What it does, as paragraphs before and after its options. */
  readonly says: string;
  readonly more: string;
  readonly options: readonly Option[];
  /** What it ends with besides {@link STATUSES}. */
  readonly statuses?: readonly (readonly [status: string, says: string])[];
  /** Calls of it, each with what it does. */
  readonly examples: readonly (readonly [call: string, says: string])[];
  /** What its operands are completed with: words, or files. */
  readonly operands: readonly string[] | 'files';
}

const HELP: Option = { short: 'h', long: 'help', says: 'shows this' };
const VERBOSE: Option = {
  short: 'v',
  long: 'verbose',
  says: 'shows what is said to the server and by it, without secrets',
};
const QUIET: Option = { short: 'q', long: 'quiet', says: 'shows no progress' };
const CACERT: Option = {
  long: 'cacert',
  takes: 'FILE',
  says: 'trusts the certificates in FILE (PEM), instead of the usual ones',
};
const PASSWORD_FILE: Option = { long: 'password-file', takes: 'FILE', says: 'the first line of FILE is the password' };
const USER: Option = {
  short: 'u',
  long: 'user',
  takes: 'USER',
  says: 'logs in; the password is asked for on the terminal',
};
const TLS: Option = {
  ...{ long: 'tls', takes: 'MODE', words: ['auto', 'required', 'implicit', 'never'] },
  says: 'when TLS begins: auto, required, implicit or never',
};

const PASSWORDS =
  'The password of USER is the first of these: --password-file, the variable MOONSOCKET_PASSWORD, an answer on the terminal. ' +
  'USER:PASSWORD and a password in a URL work, too, with a warning: other users of the machine can read them.';
const TLS_MODES =
  'ftp:// is not encrypted, unless --tls says so: required begins TLS by AUTH TLS, or fails. ftps:// is TLS from the first byte on.';

export type CommandName = 'get' | 'put' | 'ls' | 'mail' | 'doctor' | 'completion' | 'man' | 'lua';

export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  get: {
    synopsis: '[options] URL...',
    brief: ['get URL...', 'downloads from http, https, ftp or ftps'],
    says: "Downloads each URL into a file with the last name in the URL's path. http:// goes without saying.",
    more: `Until it is complete a download is in FILE.part, where -C finds it.\n\n${PASSWORDS}\n\n${TLS_MODES}`,
    options: [
      { short: 'o', long: 'output', takes: 'FILE', says: 'where to; FILE is overwritten, - is the standard output' },
      { short: 'O', long: 'remote-name', says: 'into a file named by the URL, as without -o' },
      { short: 'C', long: 'continue', says: 'resume a download that was interrupted' },
      { short: 'H', long: 'header', takes: 'HEADER', repeats: true, says: "sends the header 'Name: value'" },
      {
        short: 'd',
        long: 'data',
        takes: 'DATA',
        repeats: true,
        says: 'posts DATA, as a form; @FILE posts a file as it is, @- the input',
      },
      { long: 'json', takes: 'DATA', says: 'posts DATA, or @FILE, as JSON, and asks for JSON' },
      {
        short: 'X',
        long: 'request',
        takes: 'METHOD',
        says: 'the method: GET without it, POST with a body; HEAD implies -i',
      },
      { short: 'i', long: 'include', says: 'shows the head of the reply on the standard output' },
      USER,
      PASSWORD_FILE,
      VERBOSE,
      QUIET,
      CACERT,
      TLS,
      HELP,
    ],
    examples: [
      ['get http://example.com/large.iso', 'into large.iso'],
      ['get -C http://example.com/large.iso', 'goes on with it'],
      ['get -o - example.com', 'shows a page'],
      ['get --json \'{"a": 1}\' -i -o - http://localhost:8080/items', 'posts, and shows the reply'],
      ['get -u joe ftps://ftp.example.com/report.pdf', 'asks for the password'],
    ],
    operands: [],
  },
  put: {
    synopsis: '[options] FILE... URL',
    brief: ['put FILE... URL', 'uploads to ftp or ftps'],
    says: 'Uploads each FILE into the directory that URL names, if URL ends with a slash; else one FILE, under that name. The FILE - is the standard input. ftp:// goes without saying.',
    more: `A file of the same name on the server is replaced.\n\n${PASSWORDS}\n\n${TLS_MODES}`,
    options: [
      { short: 'C', long: 'continue', says: 'goes on behind what the server has of FILE' },
      { long: 'mkdir', says: 'makes the directory, and those above it, where they are missing' },
      USER,
      PASSWORD_FILE,
      VERBOSE,
      QUIET,
      CACERT,
      TLS,
      HELP,
    ],
    examples: [
      ['put -u joe backup.tar ftps://ftp.example.com/backups/', 'into backups/backup.tar'],
      ['put -C -u joe backup.tar ftps://ftp.example.com/backups/', 'goes on with it'],
      ['put --mkdir *.jpg ftp://nas.local/photos/2026/', 'into a directory that need not be there'],
    ],
    operands: 'files',
  },
  ls: {
    synopsis: '[options] URL',
    brief: ['ls URL', 'lists a directory of ftp or ftps'],
    says: 'Lists the directory, or the file, that URL names: permissions, size, time (UTC) and name. ftp:// goes without saying.',
    more: `Control characters in names are shown as question marks.\n\n${PASSWORDS}\n\n${TLS_MODES}`,
    options: [
      { long: 'json', says: 'writes an array of JSON: name, type, size, mtime, permissions, owner, group, link' },
      USER,
      PASSWORD_FILE,
      VERBOSE,
      CACERT,
      TLS,
      HELP,
    ],
    examples: [
      ['ls ftp.example.com/pub/', 'as anonymous'],
      ['ls --json -u joe ftps://ftp.example.com/', 'for programs'],
    ],
    operands: [],
  },
  mail: {
    synopsis: '--to ADDRESS --from ADDRESS --subject TEXT [options]',
    brief: ['mail --to ADDRESS...', 'sends a message whose text is the standard input'],
    says: 'Sends a message over SMTP. Its text is the standard input, in UTF-8.',
    more: `The server is --server, or the variable MOONSOCKET_SMTP, or localhost: smtp://HOST:PORT, smtps:// for TLS from the first byte on, lmtp://. smtp:// begins TLS where the server has it (--tls auto), and sends no password without it.\n\n${PASSWORDS} A URL in MOONSOCKET_SMTP may have one without a warning.`,
    options: [
      {
        long: 'to',
        takes: 'ADDRESS',
        repeats: true,
        says: 'who gets it: joe@example.com, "Joe <joe@example.com>", or several with commas',
      },
      { long: 'cc', takes: 'ADDRESS', repeats: true, says: 'who gets a copy' },
      { long: 'bcc', takes: 'ADDRESS', repeats: true, says: 'who gets a copy without being named in the message' },
      { long: 'from', takes: 'ADDRESS', says: 'who sends it' },
      { short: 's', long: 'subject', takes: 'TEXT', says: 'what it is about' },
      { long: 'html', takes: 'FILE', says: 'the text as HTML' },
      { short: 'a', long: 'attach', takes: 'FILE', repeats: true, says: 'attaches FILE' },
      { long: 'server', takes: 'URL', says: 'the mail server; smtp:// goes without saying' },
      { short: 'n', long: 'dry-run', says: 'shows the message, and sends nothing' },
      USER,
      PASSWORD_FILE,
      VERBOSE,
      QUIET,
      CACERT,
      TLS,
      HELP,
    ],
    statuses: [['3', 'some recipients were refused, and each is named; the others have the message']],
    examples: [
      ['mail --to bob@example.org --from ann@example.com -s Hello < text', 'by the server on this machine'],
      [
        'mail --to bob@example.org --from ann@example.com -s Report -a report.pdf -u ann --server mail.example.com:587 < text',
        'logs in',
      ],
      ['mail --to bob@example.org --from ann@example.com -s Hello -n < text', 'shows the message'],
    ],
    operands: [],
  },
  doctor: {
    synopsis: '[--json]',
    brief: ['doctor', 'says what works on this machine, and what to install'],
    says: 'Looks at the runtime, the optional packages, TLS, IPv6, names, proxies and certificates. It asks no other machine.',
    more: '',
    options: [{ long: 'json', says: 'writes an array of JSON: name, state, says, remedy' }, HELP],
    examples: [['doctor', 'what works here']],
    operands: [],
  },
  completion: {
    synopsis: 'bash|zsh|fish',
    brief: ['completion SHELL', 'shows a script by which bash, zsh or fish completes commands'],
    says: 'Shows a script by which the shell completes commands, options and files.',
    more: '',
    options: [HELP],
    examples: [
      ['completion bash > ~/.local/share/bash-completion/completions/moonsocket', 'for bash'],
      ['completion zsh > ~/.zfunc/_moonsocket', 'for zsh, if ~/.zfunc is in its fpath'],
      ['completion fish > ~/.config/fish/completions/moonsocket.fish', 'for fish'],
    ],
    operands: ['bash', 'zsh', 'fish'],
  },
  man: {
    synopsis: '',
    brief: ['man', 'shows the manual, for man(1)'],
    says: 'Shows the manual page, as man(1) reads it: all that --help says of each command.',
    more: '',
    options: [HELP],
    examples: [['man | man -l -', 'reads it']],
    operands: [],
  },
  lua: {
    synopsis: '[options] [script [args]]',
    brief: ['lua [SCRIPT]', 'runs a Lua program, as lua does'],
    says: "Runs a Lua 5.4 script, with LuaSocket's modules. Options are those of lua:",
    more: 'Without a script, and without -e and -v, it executes the standard input, or talks with the user of a terminal.',
    options: [
      { short: 'e', takes: 'stat', says: 'executes the string stat' },
      { short: 'l', takes: 'mod', says: 'requires mod into the global mod' },
      { short: 'l', takes: 'g=mod', says: 'requires mod into the global g' },
      { short: 'i', says: 'goes on with lines that are typed in, after the script' },
      { short: 'v', says: 'shows the version' },
      { short: 'E', says: 'ignores environment variables' },
      { short: 'W', says: 'turns warnings on' },
      { short: '-', says: 'ends the options' },
      { short: '', says: 'executes the standard input' },
      HELP,
    ],
    examples: [
      ['lua server.lua 8080', 'runs server.lua, whose arg[1] is 8080'],
      [`lua -e 'print(require "socket".dns.toip("localhost"))'`, 'runs a line'],
    ],
    operands: 'files',
  },
};

/** Options that stand where a command would. */
export const PROGRAM: readonly Option[] = [HELP, { short: 'V', long: 'version', says: 'shows the version' }];

/** What every command ends with. */
export const STATUSES: readonly (readonly [status: string, says: string])[] = [
  ['0', 'it is done'],
  ['1', 'it could not be done, or a part of it; one line for each says why'],
  ['2', 'the program was called in a way that it does not know'],
];

/** Variables of the environment that are obeyed. */
export const VARIABLES: readonly (readonly [names: string, says: string])[] = [
  ['MOONSOCKET_PASSWORD', 'the password of a user who is named without one'],
  ['MOONSOCKET_SMTP', 'the URL of the mail server'],
  ['http_proxy, https_proxy, all_proxy, no_proxy', 'the proxies of http and https, and the hosts that need none'],
  ['NO_COLOR', 'shows no colours'],
  ['NODE_EXTRA_CA_CERTS', 'a file of certificates that are trusted besides the usual ones'],
];

export function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

/** The options of a command, or of the program. */
export function optionsOf(name: CommandName | undefined): readonly Option[] {
  return name === undefined ? PROGRAM : COMMANDS[name].options;
}
