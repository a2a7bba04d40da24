// A stack as people read it: functions first, places second.

import { element } from './dom.js';

/**
 * @param {readonly string[]} frames - lines of an error's stack
 * @returns {HTMLElement}
 */
export function stackList(frames) {
  if (frames.length === 0)
    return element('p', { class: 'hint' }, 'No frame can be seen: it runs another context just now.');
  return element('ol', { class: 'stack' }, ...frames.map((frame) => element('li', {}, ...frameParts(frame))));
}

/** @param {readonly string[]} frames */
export function placeOf(frames) {
  const { call, place } = parseFrame(frames[0] ?? '');
  return call === '' ? shortPlace(place) || '–' : `${call} (${shortPlace(place)})`;
}

/** @param {string} frame */
function frameParts(frame) {
  const { call, place } = parseFrame(frame);
  const where = element('span', { class: 'place' }, place.replace(/^file:\/\//, ''));
  return call === '' ? [where] : [element('span', { class: 'call' }, call), ' ', where];
}

/** @param {string} frame */
function parseFrame(frame) {
  const line = frame.trim().replace(/^at /, '');
  const [, call, place] = /^(.*) \((.*)\)$/.exec(line) ?? ['', '', line];
  return { call: call ?? '', place: place ?? '' };
}

/** @param {string} place */
function shortPlace(place) {
  return place.slice(place.lastIndexOf('/') + 1);
}
