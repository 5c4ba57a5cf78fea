// Two tabs of a real browser on the chat page: one reads what the other wrote, and sees it leave. When the server goes away
// the page says so, and when it is back the page has joined again.
// Arguments: the folder of modules, the browser, the chat program, an empty profile folder, a port, options for the program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

const [modules, executablePath, program, profile, port, ...options] = process.argv.slice(2);
const { chromium } = createRequire(modules + '/')('playwright-core');
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
context.setDefaultTimeout(20_000);

async function startServer() {
  const server = spawn(program, [...options, `127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(server.stdout, 'data'); // it says where it listens
  return server;
}
async function stopServer(server) {
  server.kill('SIGTERM');
  const [status] = await once(server, 'exit');
  assert.equal(status, 0);
}
async function join(name) {
  const page = await context.newPage();
  page.on('pageerror', (error) => assert.fail(`${name}'s page: ${error}`));
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('You joined').waitFor();
  return page;
}
async function say(page, text) {
  await page.getByLabel('Message').fill(text);
  await page.getByLabel('Message').press('Enter');
}

let server = await startServer();
try {
  const ada = await join('Ada');
  const bob = await join('Bob');
  await ada.getByText('Bob joined').waitFor();
  await say(ada, 'Hello, <b>Bob</b> κόσμε 🦀');
  await bob.getByText('Hello, <b>Bob</b> κόσμε 🦀').waitFor();
  await say(bob, 'Hello, Ada');
  await ada.getByText('Hello, Ada').waitFor();
  const agreed = await ada.evaluate(() => socket.extensions);
  assert.equal(agreed.includes('permessage-deflate'), options.includes('--deflate'), agreed);
  await bob.close();
  await ada.getByText('Bob left').waitFor();

  await stopServer(server);
  await ada.getByText('connection lost').waitFor();
  server = await startServer();
  await ada.getByText('You joined').nth(1).waitFor();
} finally {
  server.kill('SIGTERM');
  await context.close();
}
