// TLS with npm's `ws` and with a browser, against an echo server.
// Arguments: the folder of modules, the port, the authority's certificate; for a browser then its program and a profile folder.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, port, authority, executablePath, profile] = process.argv.slice(2);
const require = createRequire(modules + '/');

async function node() {
  const { WebSocket } = require('ws');
  const ws = new WebSocket(`wss://localhost:${port}/`, { ca: readFileSync(authority) });
  await once(ws, 'open');
  for (const message of ['Hello', '', 'κόσμε 🦀', 'x'.repeat(1 << 20)]) {
    ws.send(message);
    const [data, isBinary] = await once(ws, 'message');
    assert(!isBinary && data.toString() === message);
  }
  ws.send(Buffer.alloc(4 << 20, 7));
  const [data] = await once(ws, 'message');
  assert.equal(data.length, 4 << 20);
  ws.close(1000, 'good bye');
  assert.equal((await once(ws, 'close'))[0], 1000);
  const stranger = new WebSocket(`wss://localhost:${port}/`);
  const [error] = await once(stranger, 'error');
  assert.match(error.code, /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET/);
}

// A page of the same host. The server has none, so this program hands it to the browser.
async function browser() {
  const { chromium } = require('playwright-core');
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    ignoreHTTPSErrors: true,
    args: ['--ignore-certificate-errors', '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  context.setDefaultTimeout(20_000);
  const talk = async (address) => {
    const page = await context.newPage();
    await page.route('**/page', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.goto(address);
    return page.evaluate((port) => new Promise((resolve) => {
      const ws = new WebSocket(`wss://localhost:${port}/`);
      ws.onopen = () => ws.send('hello from a page');
      ws.onmessage = (event) => { ws.close(1000); resolve(event.data); };
      ws.onerror = () => resolve('refused');
    }), port);
  };
  assert.equal(await talk(`https://localhost:${port}/page`), 'hello from a page');
  assert.equal(await talk('https://other.example/page'), 'refused');
  await context.close();
}

await (executablePath ? browser() : node());
