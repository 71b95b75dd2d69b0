// Parses a listing of LIST with basic-ftp, which takes it as one text.

import { Client } from 'basic-ftp';
import { timeListing } from './ftp-listing.ts';

const { parseList } = new Client();
await timeListing('LIST', (data) => parseList(data.toString('utf8')));
