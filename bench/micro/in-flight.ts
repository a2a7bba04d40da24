// How to keep track of what is in flight: a Set, a Map, or an array that each record knows its place in?
//
//   npm run -s build:dev && node --expose-gc build/dev/bench/micro/in-flight.js
//
// Plain JavaScript, no greenroom. When a Set or Map outgrows its table it makes the next one, and the old table keeps a
// pointer to it. Once one table has grown old (any quiet moment does it), it is garbage that only a full collection
// frees, and until then keeps every later table alive with all records that were in it: half of all records, and what
// they hold, get promoted. In a Fastify server that cost 8 us a request. A linked list does the same unless a record's
// links are cleared when it leaves.

import { setImmediate as turn } from 'node:timers/promises';

const RECORDS = 500_000;
const IN_FLIGHT = 50;
const TURN = 200;

class InFlight {
  /** A few kilobytes, like a request with its response. */
  readonly payload = Array.from({ length: 20 }, (_, i) => ({ i, parts: [i] }));
  place = 0;
}

interface Registry {
  add(record: InFlight): void;
  delete(record: InFlight): void;
}

function arrayRegistry(): Registry {
  const records: InFlight[] = [];
  return {
    add(record) {
      record.place = records.push(record) - 1;
    },
    delete(record) {
      const last = records.pop() as InFlight;
      if (last === record) return;
      records[record.place] = last;
      last.place = record.place;
    },
  };
}

function mapRegistry(): Registry {
  const records = new Map<InFlight, true>();
  return { add: (record) => records.set(record, true), delete: (record) => records.delete(record) };
}

async function cpuUsOf(registry: Registry): Promise<number> {
  const ring: InFlight[] = [];
  const step = (): void => {
    const record = new InFlight();
    registry.add(record);
    if (ring.push(record) > IN_FLIGHT) registry.delete(ring.shift() as InFlight);
  };
  for (let i = 0; i < IN_FLIGHT; i++) step();
  for (let i = 0; i < 2; i++) collect(); // the quiet moment: what survives two collections is old
  const start = process.cpuUsage();
  for (let done = 0; done < RECORDS; done += TURN) {
    for (let i = 0; i < TURN; i++) step();
    await turn();
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / RECORDS;
}

function collect(): void {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('Run it with node --expose-gc');
  gc();
}

console.log(`Node ${process.version}, CPU us a record, all threads`);
for (let round = 1; round <= 3; round++) {
  const array = await cpuUsOf(arrayRegistry());
  const map = await cpuUsOf(mapRegistry());
  const set = await cpuUsOf(new Set<InFlight>());
  console.log(`array ${array.toFixed(2)}   Map ${map.toFixed(2)}   Set ${set.toFixed(2)}`);
}
