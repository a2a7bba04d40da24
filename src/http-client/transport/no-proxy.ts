// Which hosts are reached without the proxy: curl's reading of NO_PROXY, with ports and CIDR ranges.
//
// A rule for names never matches an address, nor the other way round: '0.0.1' is no suffix of 10.0.0.1.

import { BlockList, isIP } from 'node:net';

interface Rule {
  readonly port: number | null;
  matches(host: string): boolean;
}

/** Rules separated by commas or white space. */
export class NoProxy {
  readonly #rules: readonly Rule[];
  /** Those that cannot be understood; they match nothing. */
  readonly invalid: readonly string[];

  constructor(text: string) {
    const rules: Rule[] = [];
    const invalid: string[] = [];
    for (const entry of text.split(/[\s,]+/)) {
      if (entry === '') continue;
      const rule = ruleOf(entry.toLowerCase());
      if (rule === null) invalid.push(entry);
      else rules.push(rule);
    }
    this.#rules = rules;
    this.invalid = invalid;
  }

  /** Of an http: or https: origin, as URL has it. */
  covers(origin: URL): boolean {
    if (this.#rules.length === 0) return false;
    const host = bare(origin.hostname);
    const port = origin.port === '' ? (origin.protocol === 'https:' ? 443 : 80) : Number(origin.port);
    return this.#rules.some((rule) => (rule.port === null || rule.port === port) && rule.matches(host));
  }
}

function ruleOf(entry: string): Rule | null {
  if (entry === '*') return { port: null, matches: () => true };
  if (entry.includes('/')) return rangeRule(entry);
  const { host, port } = splitPort(entry);
  if (Number.isNaN(port)) return null;
  if (isIP(host) !== 0) return addressRule(host, port);
  const name = host.replace(/^\*?\./, '').replace(/\.$/, '');
  if (!/^[^\s:/*[\]]+$/.test(name)) return null;
  const suffix = `.${name}`;
  return { port, matches: (target) => isIP(target) === 0 && (target === name || target.endsWith(suffix)) };
}

// '[::1]:80', '::1', 'host:80', 'host'
function splitPort(entry: string): { host: string; port: number | null } {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry);
  if (bracketed !== null) return { host: bracketed[1] as string, port: portOf(bracketed[2]) };
  const colon = entry.indexOf(':');
  if (colon === -1 || colon !== entry.lastIndexOf(':')) return { host: entry, port: null };
  return { host: entry.slice(0, colon), port: portOf(entry.slice(colon + 1)) };
}

function portOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  return /^\d+$/.test(text) && port <= 65_535 ? port : Number.NaN;
}

// A BlockList knows that ::1 and 0:0:0:0:0:0:0:1 are one address.
function addressRule(address: string, port: number | null): Rule {
  const list = new BlockList();
  list.addAddress(address, familyOf(address));
  return { port, matches: (target) => isIn(list, target) };
}

function rangeRule(entry: string): Rule | null {
  const [, address = '', bits = ''] = /^\[?([^\]/]*)\]?\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return null;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), familyOf(address));
  return { port: null, matches: (target) => isIn(list, target) };
}

function isIn(list: BlockList, target: string): boolean {
  return isIP(target) !== 0 && list.check(target, familyOf(target));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
