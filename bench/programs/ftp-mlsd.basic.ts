// Parses a listing of MLSD with basic-ftp, which takes it as one text.

import { Client } from 'basic-ftp';
import { timeListing } from './ftp-listing.ts';

const { parseList } = new Client();
await timeListing('MLSD', (data) => parseList(data.toString('utf8')));
