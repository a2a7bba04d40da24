// The types of node:dns' functions when they are called without their callback.

import type dns from 'node:dns';

type Records = ReturnType<typeof dns.promises.resolve> extends Promise<infer R> ? R : never;
type Own<Name extends keyof dns.Resolver> = dns.Resolver[Name];

interface Addresses {
  (hostname: string): string[];
  (hostname: string, options: dns.ResolveWithTtlOptions): dns.RecordWithTtl[];
  (hostname: string, options: dns.ResolveOptions): string[] | dns.RecordWithTtl[];
}

interface Resolve {
  (hostname: string, rrtype?: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'PTR'): string[];
  (hostname: string, rrtype: 'ANY'): dns.AnyRecord[];
  (hostname: string, rrtype: 'CAA'): dns.CaaRecord[];
  (hostname: string, rrtype: 'MX'): dns.MxRecord[];
  (hostname: string, rrtype: 'NAPTR'): dns.NaptrRecord[];
  (hostname: string, rrtype: 'SOA'): dns.SoaRecord;
  (hostname: string, rrtype: 'SRV'): dns.SrvRecord[];
  (hostname: string, rrtype: 'TXT'): string[][];
  (hostname: string, rrtype: string): Records;
}

/** Each **suspends the context**, and gives what `dns.promises` has under its name. */
export interface GreenQueries {
  resolve: Own<'resolve'> & Resolve;
  resolve4: Own<'resolve4'> & Addresses;
  resolve6: Own<'resolve6'> & Addresses;
  resolveAny: Own<'resolveAny'> & ((hostname: string) => dns.AnyRecord[]);
  resolveCaa: Own<'resolveCaa'> & ((hostname: string) => dns.CaaRecord[]);
  resolveCname: Own<'resolveCname'> & ((hostname: string) => string[]);
  resolveMx: Own<'resolveMx'> & ((hostname: string) => dns.MxRecord[]);
  resolveNaptr: Own<'resolveNaptr'> & ((hostname: string) => dns.NaptrRecord[]);
  resolveNs: Own<'resolveNs'> & ((hostname: string) => string[]);
  resolvePtr: Own<'resolvePtr'> & ((hostname: string) => string[]);
  resolveSoa: Own<'resolveSoa'> & ((hostname: string) => dns.SoaRecord);
  resolveSrv: Own<'resolveSrv'> & ((hostname: string) => dns.SrvRecord[]);
  /** Node 22.15 and later. */
  resolveTlsa: (
    hostname: string,
    callback?: (error: NodeJS.ErrnoException | null, records: object[]) => void,
  ) => object[];
  resolveTxt: Own<'resolveTxt'> & ((hostname: string) => string[][]);
  reverse: Own<'reverse'> & ((ip: string) => string[]);
}

/** See {@link GreenQueries}. */
export interface GreenLookup {
  (hostname: string, options: dns.LookupAllOptions): dns.LookupAddress[];
  (hostname: string, options?: dns.LookupOneOptions | number): dns.LookupAddress;
  (hostname: string, options: dns.LookupOptions): dns.LookupAddress | dns.LookupAddress[];
}

/** See {@link GreenQueries}. */
export type GreenLookupService = (address: string, port: number) => { hostname: string; service: string };
