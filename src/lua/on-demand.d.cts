/** The types of `on-demand.cjs`. */
import type { ModuleFile } from './modules.ts';

type Load = () => ModuleFile;

declare const onDemand: {
  readonly ltn12: Load;
  readonly mime: Load;
  readonly mimeCore: Load;
  readonly socket: Load;
  readonly headers: Load;
  readonly url: Load;
  readonly serial: Load;
  readonly unix: Load;
  readonly http: Load;
  readonly tp: Load;
  readonly ftp: Load;
  readonly smtp: Load;
  readonly mbox: Load;
  readonly lfs: Load;
  readonly cFiles: () => typeof import('../posix/libc/files.ts');
  readonly ssl: Load;
  readonly sslConfig: Load;
  readonly sslContext: Load;
  readonly sslCore: Load;
  readonly https: Load;
  readonly x509: Load;
  readonly shell: () => typeof import('./host/shell.ts');
};
export = onDemand;
