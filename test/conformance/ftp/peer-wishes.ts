/** What `SITE` has asked the peer's FTP server for, in all sessions. */
export class Wishes {
  /** `CUT bytes times`: both connections are reset when a file's data have had so many bytes. */
  cut = { bytes: 0, times: 0 };
  /** `CHANGES`: a file that is cut is another one afterwards, of the same size. */
  changes = false;
  /** `END bytes`: the next data connection ends after so many, without a goodbye of TLS, and 226 follows. */
  end: number | undefined;
  /** `STALL bytes`: the next one that has more says nothing more after so many, until it is closed. */
  stall: number | undefined;
  /** `HUSH`: the next transfer begins when its data connection is closed. */
  hush = false;
  /** `INJECT`: plain bytes stand behind the next 234. */
  inject = false;
  /** `NOREST`: REST is refused. */
  noRest = false;
  /** `MAX n`: more sessions are sent away. */
  max = Number.POSITIVE_INFINITY;
  /** `LIE line`: a line of MLSD more, in each folder. */
  lies: string[] = [];
  /** `DENY name`: the file is not given and not taken. */
  denied = new Set<string>();

  /** One of them, or `FACTS`, which changes nothing. False for another one. */
  take(argument: string): boolean {
    const [word = '', rest = ''] = argument.split(/ (.*)/s);
    const [first = 0, second = 0] = rest.split(' ').map(Number);
    if (word === 'CUT') this.cut = { bytes: first, times: second };
    else if (word === 'CHANGES') this.changes = true;
    else if (word === 'END') this.end = first;
    else if (word === 'STALL') this.stall = first;
    else if (word === 'HUSH') this.hush = true;
    else if (word === 'INJECT') this.inject = true;
    else if (word === 'NOREST') this.noRest = true;
    else if (word === 'MAX') this.max = first;
    else if (word === 'LIE') this.lies.push(rest);
    else if (word === 'DENY') this.denied.add(rest);
    else return word === 'FACTS';
    return true;
  }
}
