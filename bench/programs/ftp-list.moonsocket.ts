// Parses a listing of LIST, in the pieces in which a socket gives it.

import { ListingParser } from '../../src/protocol/ftp/listing.ts';
import { PIECE, timeListing } from './ftp-listing.ts';

await timeListing('LIST', (data) => {
  const parser = new ListingParser('LIST', 'utf8', Date.now());
  for (let at = 0; at < data.length; at += PIECE) parser.push(data.subarray(at, at + PIECE));
  return parser.finish();
});
