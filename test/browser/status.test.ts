// The status page in a real browser: Debian's chromium, or the one that GREENROOM_CHROMIUM names.

import { existsSync } from 'node:fs';

import Fastify, { type FastifyInstance } from 'fastify';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { GreenPool, wait } from '../../src/index.ts';
import greenroom from '../../src/middleware/index.ts';
import { registerStatus } from '../../src/middleware/status/index.ts';

const CHROMIUM = process.env['GREENROOM_CHROMIUM'] ?? '/usr/bin/chromium';
const found = existsSync(CHROMIUM);
if (!found) console.warn(`Skipped: no browser at ${CHROMIUM} (apt-get install chromium, or set GREENROOM_CHROMIUM).`);

const HOSTILE = `GET /<img src=x onerror="document.title='owned'">`;

let browser: Browser;
const problems: string[] = [];
const cleanups: (() => unknown)[] = [];

interface Opened {
  app: FastifyInstance;
  page: Page;
  url: string;
}

async function openPage(pools: GreenPool[], width = 1360, port = 0): Promise<Opened> {
  const { app, url } = await serve(pools, port);
  // Every browser context has a fresh profile.
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const { url: at } = message.location();
    if (message.type() === 'error' && !at.endsWith('/events')) problems.push(message.text());
  });
  cleanups.push(
    () => context.close(),
    () => app.close(),
  );
  await page.goto(`${url}/greenroom`);
  await page.locator('body[data-connection=live]').waitFor();
  return { app, page, url };
}

async function serve(pools: GreenPool[], port = 0): Promise<{ app: FastifyInstance; url: string }> {
  const app = Fastify();
  await app.register(greenroom);
  registerStatus(app, { guard: false, intervalMs: 100 }, { pools: () => pools });
  return { app, url: await app.listen({ port, host: '127.0.0.1' }) };
}

/** Starts a task that waits until the test is over. */
function hold(pool: GreenPool, label: string, fn: (gate: Promise<void>) => void): void {
  let release!: () => void;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ended = pool.submit(() => fn(gate), { label });
  cleanups.unshift(async () => {
    release();
    await ended;
  });
}

function loadsUser(gate: Promise<void>): void {
  wait(gate);
}

function rendersReport(gate: Promise<void>): void {
  wait(gate);
}

const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts();

describe.skipIf(!found)('the status page', () => {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
    expect(problems.splice(0)).toEqual([]);
  });

  afterAll(() => browser?.close());

  it('shows how full every pool is, and its times if it keeps them', async () => {
    const api = new GreenPool({ name: 'api', maxWorkers: 4, histograms: true });
    await api.submit(() => 1);
    for (let n = 0; n < 3; n++) hold(api, 'GET /users/:id', loadsUser);
    const { page } = await openPage([api, new GreenPool({ name: 'bulk' })]);
    const card = page.getByRole('article', { name: 'Pool api' });
    expect(await card.getByRole('meter', { name: 'workers' }).getAttribute('aria-valuetext')).toBe('3 of 4 active');
    expect(await card.getByRole('row', { name: /^Ran / }).textContent()).toMatch(/ ms/);
    expect(await page.getByRole('article', { name: 'Pool bulk' }).textContent()).toContain('histograms: true');
  });

  it('draws charts that say in words what they show', async () => {
    const api = new GreenPool({ name: 'api' });
    hold(api, 'GET /', loadsUser);
    const { page } = await openPage([api]);
    await page.getByRole('img', { name: 'Active workers, now: api 1' }).waitFor();
    await page.getByRole('img', { name: /^Event loop delay, now: p99 [\d.<]+ ms, median/ }).waitFor();
    await page.locator('.chart .line[d*=L]').nth(3).waitFor({ state: 'attached' });
  });

  it('opens the stack of a context, by mouse and by keyboard', async () => {
    const api = new GreenPool({ name: 'api' });
    hold(api, 'GET /users/:id', loadsUser);
    const { page } = await openPage([api]);
    const open = page.locator('.open');
    await page.getByText('GET /users/:id').click();
    expect(await open.getAttribute('aria-expanded')).toBe('true');
    expect(await page.locator('.stack').textContent()).toContain('loadsUser');
    await page.waitForTimeout(250); // it stays open from snapshot to snapshot, and keeps the focus
    await open.focus();
    await page.waitForTimeout(250);
    await page.keyboard.press('Enter');
    expect(await open.getAttribute('aria-expanded')).toBe('false');
    expect(await page.locator('.stack').isVisible()).toBe(false);
  });

  it('sorts by a column, and tells assistive technology', async () => {
    const api = new GreenPool({ name: 'api' });
    for (const label of ['b', 'c', 'a']) hold(api, label, loadsUser);
    const { page } = await openPage([api]);
    await page.getByRole('button', { name: 'Work' }).click();
    expect(await texts(page, 'td.col-work')).toEqual(['a', 'b', 'c']);
    const head = page.getByRole('columnheader', { name: 'Work' });
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    await page.getByRole('button', { name: 'Work' }).click();
    expect(await texts(page, 'td.col-work')).toEqual(['c', 'b', 'a']);
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    expect(await page.locator('[aria-sort]').count()).toBe(1);
  });

  it('filters by words anywhere in a context and its stack, and says when nothing matches', async () => {
    const [api, bulk] = [new GreenPool({ name: 'api' }), new GreenPool({ name: 'bulk' })];
    hold(api, 'GET /users/:id', loadsUser);
    hold(bulk, 'GET /reports', rendersReport);
    const { page } = await openPage([api, bulk]);
    const filter = page.getByRole('searchbox', { name: 'Filter' });
    await filter.fill('RendersReport waiting');
    expect(await texts(page, 'td.col-work')).toEqual(['GET /reports']);
    await filter.fill('nowhere');
    expect(await page.locator('#table').textContent()).toBe('No context matches.');
    await filter.fill('');
    await page.getByLabel('Pool', { exact: true }).selectOption('api');
    expect(await texts(page, 'td.col-work')).toEqual(['GET /users/:id']);
  });

  it('groups equal stacks', async () => {
    const api = new GreenPool({ name: 'api' });
    for (let n = 0; n < 3; n++) hold(api, 'GET /users/:id', loadsUser);
    hold(api, 'GET /reports', rendersReport);
    const { page } = await openPage([api]);
    await page.getByLabel('Group equal stacks').check();
    expect(await texts(page, '.row .open')).toEqual(['3', '1']);
    expect((await texts(page, '.col-place'))[0]).toMatch(/^loadsUser \(status\.test\.ts:/);
  });

  it('shows labels and names as text, whatever is in them', async () => {
    const pool = new GreenPool({ name: '<b>bold</b>' });
    hold(pool, HOSTILE, loadsUser);
    const { page } = await openPage([pool]);
    expect(await texts(page, 'td.col-work')).toEqual([HOSTILE]);
    expect(await texts(page, 'article h3')).toEqual(['<b>bold</b>']);
    expect(await page.locator('img, b:has-text("bold")').count()).toBe(0);
    expect(await page.title()).toBe('greenroom');
  });

  it('says what is empty', async () => {
    const { page } = await openPage([]);
    expect(await page.locator('#pools').textContent()).toBe('This server has no pool.');
    expect(await page.locator('#table').textContent()).toMatch(/^No context is busy/);
  });

  it('pauses, which ends the stream, and resumes', async () => {
    const api = new GreenPool({ name: 'api' });
    const { page } = await openPage([api]);
    const status = page.getByRole('status');
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await status.textContent()).toBe('Paused');
    hold(api, 'started in the pause', loadsUser);
    await page.waitForTimeout(300);
    expect(await texts(page, 'td.col-work')).toEqual([]);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('started in the pause').waitFor();
    expect(await status.textContent()).toBe('Live');
  });

  it('says that it reconnects when the server is gone, and does', async () => {
    const { app, page, url } = await openPage([new GreenPool({ name: 'before' })]);
    await app.close();
    await page.getByText('Reconnecting').waitFor();
    const again = await serve([new GreenPool({ name: 'after' })], Number(new URL(url).port));
    cleanups.push(() => again.app.close());
    await page.getByRole('article', { name: 'Pool after' }).waitFor();
    expect(await page.getByRole('status').textContent()).toBe('Live');
  });

  it('fits into 375 pixels', async () => {
    const api = new GreenPool({ name: 'api-with-a-rather-long-name-of-its-own', histograms: true });
    hold(api, 'GET /a-route/with/a/long/path/and/:many/:parameters', loadsUser);
    const { page } = await openPage([api], 375);
    await page.locator('.open').click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
  });
});
