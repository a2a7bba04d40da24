import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { Netrc } from '../../../src/http-client/auth/netrc.ts';

function netrc(text: string): Netrc {
  return new Netrc(fileOf(text));
}

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-netrc-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'netrc');
  writeFileSync(path, text);
  return path;
}

describe('Netrc', () => {
  it('finds the credentials of a host, in one line or several', () => {
    const file = netrc('machine a.example login me password one\n\nmachine B.example\n\tlogin you\n\tpassword two\n');
    expect(file.credentialsFor('a.example')).toEqual(['me', 'one']);
    expect(file.credentialsFor('b.EXAMPLE')).toEqual(['you', 'two']);
    expect(file.credentialsFor('c.example')).toBeNull();
  });

  it('takes default for every host without an entry, wherever it stands', () => {
    const file = netrc('default login anonymous password x\nmachine a login me password one');
    expect(file.credentialsFor('a')).toEqual(['me', 'one']);
    expect(file.credentialsFor('b')).toEqual(['anonymous', 'x']);
  });

  it('takes the first entry of a host', () => {
    expect(netrc('machine a login 1 password 1 machine a login 2 password 2').credentialsFor('a')).toEqual(['1', '1']);
  });

  it('minds comments, quotes, accounts and macros', () => {
    const file = netrc(
      [
        '# a comment with machine x',
        'macdef init',
        'machine evil login evil password evil',
        '',
        'machine a # trailing',
        ' login "two words" account ignored password "a \\"b\\" \\\\ #c"',
        'machine b login me password #hash',
        'machine c login me password back\\slash',
      ].join('\r\n'),
    );
    expect(file.credentialsFor('a')).toEqual(['two words', 'a "b" \\ #c']);
    expect(file.credentialsFor('b')).toEqual(['me', '#hash']);
    expect(file.credentialsFor('c')).toEqual(['me', 'back\\slash']);
    expect(file.credentialsFor('evil')).toBeNull();
  });

  it('takes an entry without login or password for what it has', () => {
    const file = netrc('machine a password token machine b login me machine c');
    expect(file.credentialsFor('a')).toEqual(['', 'token']);
    expect(file.credentialsFor('b')).toEqual(['me', '']);
    expect(file.credentialsFor('c')).toBeNull();
  });

  it('reads $NETRC, or .netrc in the home directory, where it may be missing', () => {
    vi.stubEnv('NETRC', fileOf('machine a login env password x'));
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(new Netrc(true).credentialsFor('a')).toEqual(['env', 'x']);
    vi.stubEnv('NETRC', undefined);
    vi.stubEnv('HOME', tmpdir());
    expect(new Netrc(true).credentialsFor('a')).toBeNull();
  });

  it('reads once, at the first look-up', () => {
    const path = fileOf('machine a login 1 password 1');
    const file = new Netrc(path);
    writeFileSync(path, 'machine a login 2 password 2');
    expect(file.credentialsFor('a')).toEqual(['2', '2']);
    writeFileSync(path, 'machine a login 3 password 3');
    expect(file.credentialsFor('a')).toEqual(['2', '2']);
  });

  it.each([
    ['an unknown word', 'machine a\nsecret login x', 2],
    ['a login without a machine', 'login secret', 1],
    ['a missing value', '\n\nmachine a login secret password', 3],
    ['an open quote', 'machine a password "secret', 1],
  ])('refuses %s, naming the line only', (_name, text, line) => {
    const look = (): unknown => netrc(text).credentialsFor('a');
    expect(look).toThrow(
      expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID', message: expect.stringContaining(`line ${line} `) }),
    );
    expect(look).not.toThrow(/secret/);
  });

  it('refuses a file that is named and not there, without naming it', () => {
    expect(() => new Netrc('/nowhere/secret').credentialsFor('a')).toThrow(/^netrc must be a file that can be read\.$/);
  });

  it.each(['', false, 1, null])('refuses the option %s', (value) => {
    expect(() => new Netrc(value as string)).toThrow(expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' }));
  });

  it('shows no secret when inspected', () => {
    const file = netrc('machine a login secret password secret');
    file.credentialsFor('a');
    expect(inspect(file, { depth: 9, showHidden: true })).not.toContain('secret');
  });
});
