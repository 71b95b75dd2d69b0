/** Checks the links of a page: `node check-links.js URL` names those that lead nowhere. (After LuaSocket's check-links.lua.) */
import { SocketError } from 'moonsocket';
import { session } from 'moonsocket/http';
import { absolute } from 'moonsocket/url';

const [page = 'http://localhost/'] = process.argv.slice(2);
// all requests share the connections, four to each server at most; further ones wait for their turn
const http = session({ connections: 4 });
try {
  // redirects are followed: the page may stand elsewhere, and its links with it
  const { code, url, body } = await http.request(page);
  if (code !== 200) throw new SocketError('ERR_PAGE', `${url} answers ${code}`);
  const found = [...String(body).matchAll(/href="([^"#]+)/g)].map(([, link = '']) => absolute(url, link));
  const links = [...new Set(found)].filter((link) => link.startsWith('http:'));
  const answers = await Promise.all(links.map(check));
  const broken = links.map((link, i) => `${link}: ${answers[i]}`).filter((_, i) => answers[i] !== 'ok');
  console.log([...broken, `${links.length} links, ${broken.length} broken`].join('\n'));
  if (broken.length > 0) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof SocketError)) throw error;
  console.log(`not checked: ${error.message}`);
  process.exitCode = 1;
} finally {
  http.close();
}

async function check(url: string): Promise<string> {
  try {
    const { code } = await http.request({ url, method: 'HEAD', timeout: 10, retries: 1 });
    return code < 400 ? 'ok' : String(code);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    return error.reason;
  }
}
