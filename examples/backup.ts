/** A backup by FTP: `backup.js FOLDER URL` makes the folder of `ftps://user:password@host/path` like the one here. */
import { MirrorError, mirror } from 'moonsocket/ftp';

const [local = '.', url = ''] = process.argv.slice(2);
let copied = 0;
try {
  const { files, bytes, same, leftOut } = await mirror({
    direction: 'up',
    local,
    url,
    timeout: 30,
    progress({ path, all }) {
      if (all.files > copied) console.log(path);
      copied = all.files;
    },
  });
  for (const { path, why } of leftOut) console.log(`left out: ${path}: ${why}`);
  console.log(`${files} files with ${bytes} bytes were copied, ${same} were there`);
} catch (error) {
  if (!(error instanceof MirrorError)) throw error;
  // The others are copied: the next run goes on with these.
  for (const failure of error.failures) console.error(`${failure.path}: ${failure.error.message}`);
  process.exitCode = 1;
}
