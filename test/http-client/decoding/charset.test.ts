import { describe, expect, it } from 'vitest';

import { charsetOf, textOf } from '../../../src/http-client/decoding/charset.ts';
import { TextStream } from '../../../src/http-client/decoding/text-stream.ts';

const UTF16LE = Buffer.from('\ufeffné', 'utf16le');
const UTF16BE = Buffer.from(UTF16LE).swap16();

function streamed(bytes: Buffer, contentType: string | null, charset?: string): string {
  const stream = new TextStream(contentType, charset);
  let text = '';
  for (const byte of bytes) text += stream.push(Buffer.of(byte));
  return text + stream.end();
}

describe.each([
  ['textOf()', textOf],
  ['TextStream, byte by byte', streamed],
])('%s', (_name, decode) => {
  it.each<[string, Buffer, string | null, string]>([
    ['UTF-8 without a charset', Buffer.from('naïve €'), 'text/plain', 'naïve €'],
    ['UTF-8 without content-type', Buffer.from('naïve'), null, 'naïve'],
    ['UTF-8 with its mark', Buffer.from('\ufeffn€'), null, 'n€'],
    ['the charset of content-type', Buffer.from('né', 'latin1'), 'text/html; charset=ISO-8859-1', 'né'],
    ['a quoted charset', Buffer.from('né', 'latin1'), 'text/html;Charset="latin1"; x=y', 'né'],
    ['a charset of two bytes', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), 'text/plain; charset=Shift_JIS', '日本'],
    ['a mark over the charset', Buffer.from('\ufeffn€'), 'text/plain; charset=latin1', 'n€'],
    ['the mark of UTF-16LE', UTF16LE, 'text/plain; charset=utf-8', 'né'],
    ['the mark of UTF-16BE', UTF16BE, null, 'né'],
    ['an unknown charset as UTF-8', Buffer.from('n€'), 'text/plain; charset=klingon', 'n€'],
    ['an empty charset as UTF-8', Buffer.from('n€'), 'text/plain; charset=', 'n€'],
    ['nothing', Buffer.alloc(0), 'text/plain; charset=utf-16', ''],
    ['less than a mark', Buffer.from('a'), null, 'a'],
    ['a cut character, replaced', Buffer.from('a€').subarray(0, -1), null, 'a\ufffd'],
    ['bytes that are no UTF-8, replaced', Buffer.from([0x61, 0xff, 0x62]), null, 'a\ufffdb'],
  ])('reads %s', (_what, bytes, contentType, text) => {
    expect(decode(bytes, contentType)).toBe(text);
  });

  it("lets the caller's charset win over all", () => {
    expect(decode(Buffer.from('né', 'latin1'), 'text/html; charset=utf-8', 'latin1')).toBe('né');
  });

  it.each(['klingon', '', 5])('refuses a charset of the caller that does not exist: %j', (charset) => {
    const error = expect.objectContaining({ code: 'GREEN_ERR_OPT_INVALID' });
    expect(() => decode(Buffer.from('a'), null, charset as string)).toThrow(error);
  });
});

describe('charsetOf()', () => {
  it('names it as the Encoding standard does', () => {
    expect(charsetOf(Buffer.alloc(0), 'text/html; charset=latin1')).toBe('windows-1252');
    expect(charsetOf(Buffer.alloc(0), `text/html; charset=${'x'.repeat(2000)}`)).toBe('utf-8');
  });
});

describe('TextStream', () => {
  it('holds nothing back but what may be a byte order mark, or a cut character', () => {
    expect(new TextStream(null).push(Buffer.from('1'))).toBe('1');
    expect(new TextStream(null, 'latin1').push(Buffer.from([0xef]))).toBe('ï');
    const stream = new TextStream(null);
    expect([0xef, 0xbb, 0xbf, 0x31, 0xc3, 0xa9].map((byte) => stream.push(Buffer.of(byte)))).toEqual([
      '',
      '',
      '',
      '1',
      '',
      'é',
    ]);
    expect(new TextStream(null).push(Buffer.alloc(0))).toBe('');
  });
});
