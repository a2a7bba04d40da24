// The page as one document: markup, style and script lie in page/ as files of their own, and are joined here once, so that
// the browser loads nothing else. The Content-Security-Policy names their hashes: no other script runs in it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface StatusPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

// In this order: each uses those before it.
const MODULES = [
  'dom',
  'format',
  'history',
  'chart',
  'charts',
  'process-facts',
  'pool-card',
  'pools',
  'stack',
  'rows',
  'columns',
  'table',
  'contexts',
  'connection',
  'main',
];

let page: StatusPage | undefined;

/** Read at the first call, and kept. */
export function statusPage(): StatusPage {
  page ??= assemble();
  return page;
}

function assemble(): StatusPage {
  const style = read('page.css');
  const script = MODULES.map((name) => withoutModuleSyntax(read(`${name}.js`))).join('\n');
  const html = read('page.html')
    .replace('<!-- style -->', () => `<style>${style}</style>`)
    .replace('<!-- script -->', () => `<script type="module">${script}</script>`);
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    'img-src data:', // the icon
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Labels and stacks come from outside: with this, assigning markup throws instead of parsing it.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return { html, contentSecurityPolicy: policy.join('; ') };
}

function read(name: string): string {
  return readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
}

// The modules import from each other only, by plain import lines: joined in order they need none.
function withoutModuleSyntax(source: string): string {
  return source.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, '');
}

function hashOf(source: string): string {
  return `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
}
