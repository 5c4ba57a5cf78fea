// Two tabs of a real browser on the chat page: one reads what the other wrote, and sees it leave. A tab whose server goes
// away says so. Arguments: the folder of modules, the browser, an empty profile folder, the port; optionally a screenshot.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const [modules, executablePath, profile, port, screenshot] = process.argv.slice(2);
const { chromium } = createRequire(modules + '/')('playwright-core');
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
context.setDefaultTimeout(20_000);

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

try {
  const ada = await join('Ada');
  const bob = await join('Bob');
  await ada.getByText('Bob joined').waitFor();
  await say(ada, 'Hello, <b>Bob</b> κόσμε 🦀');
  await bob.getByText('Hello, <b>Bob</b> κόσμε 🦀').waitFor();
  await say(bob, 'Hello, Ada');
  await ada.getByText('Hello, Ada').waitFor();
  if (screenshot) await ada.screenshot({ path: screenshot });
  await bob.close();
  await ada.getByText('Bob left').waitFor();
} finally {
  await context.close();
}
