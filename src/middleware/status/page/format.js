// Numbers as people read them: three digits that count, and a unit.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** @param {number} value */
export function formatCount(value) {
  return whole.format(value);
}

/** @param {number} value */
export function formatNumber(value) {
  if (value === 0 || value >= 100) return whole.format(value);
  return value.toLocaleString('en', { maximumFractionDigits: value >= 1 ? 1 : 2 });
}

/** @param {number | null} perSecond */
export function formatRate(perSecond) {
  if (perSecond === null) return '–';
  if (perSecond > 0 && perSecond < 0.01) return '<0.01/s';
  return `${formatNumber(perSecond)}/s`;
}

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** @param {number} ms */
export function formatMs(ms) {
  if (ms === 0) return '0 ms';
  if (ms < 0.01) return '<0.01 ms';
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return formatSeconds(ms / 1000);
}

/** @param {number} seconds */
export function formatSeconds(seconds) {
  const s = Math.floor(seconds);
  if (s < MINUTE_S) return `${s} s`;
  if (s < HOUR_S) return `${Math.floor(s / MINUTE_S)} min${s % MINUTE_S === 0 ? '' : ` ${s % MINUTE_S} s`}`;
  if (s < DAY_S) return `${Math.floor(s / HOUR_S)} h ${Math.floor((s % HOUR_S) / MINUTE_S)} min`;
  return `${Math.floor(s / DAY_S)} d ${Math.floor((s % DAY_S) / HOUR_S)} h`;
}

const BYTES_PER_MB = 1e6;

/** @param {number} bytes */
export function formatBytes(bytes) {
  return `${formatNumber(bytes / BYTES_PER_MB)} MB`;
}

/**
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
