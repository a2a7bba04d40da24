// The stream of snapshots, and what the page says about it. Pausing closes it, so that the server has nothing to do.

import { byId, setText } from './dom.js';

/** @typedef {import('./history.js').StatusSnapshot} StatusSnapshot */
/** @typedef {'connecting' | 'live' | 'paused' | 'reconnecting' | 'refused'} State */

/** @type {Record<State, string>} */
const STATE_TEXTS = {
  connecting: 'Connecting',
  live: 'Live',
  paused: 'Paused',
  reconnecting: 'Reconnecting',
  refused: 'Refused; trying again',
};
const RETRY_MS = 5000;

export class Connection {
  /** @type {EventSource | null} */
  #events = null;
  #retry = 0;
  #pause = byId('pause');

  /** @param {(snapshot: StatusSnapshot) => void} onSnapshot */
  constructor(onSnapshot) {
    this.onSnapshot = onSnapshot;
    this.#pause.addEventListener('click', () => (this.#events === null ? this.#resume() : this.#stop()));
    this.open('connecting');
  }

  /** @param {State} state */
  open(state) {
    this.#show(state);
    // Beside the page, wherever a proxy has put it.
    const events = new EventSource(`${location.pathname.replace(/\/+$/, '')}/events`);
    this.#events = events;
    events.addEventListener('message', (event) => {
      this.#show('live');
      this.onSnapshot(JSON.parse(event.data));
    });
    events.addEventListener('error', () => {
      const refused = events.readyState === EventSource.CLOSED; // the browser gives up on any answer but 200
      this.#show(refused ? 'refused' : 'reconnecting');
      if (refused) this.#retry = window.setTimeout(() => this.open('refused'), RETRY_MS);
    });
  }

  #resume() {
    this.open('connecting');
    this.#showPaused(false);
  }

  #stop() {
    clearTimeout(this.#retry);
    this.#events?.close();
    this.#events = null;
    this.#show('paused');
    this.#showPaused(true);
  }

  /** @param {boolean} paused */
  #showPaused(paused) {
    setText(this.#pause, paused ? 'Resume' : 'Pause');
    this.#pause.setAttribute('aria-pressed', String(paused));
  }

  /** @param {State} state */
  #show(state) {
    document.body.dataset['connection'] = state;
    setText(byId('connection-text'), STATE_TEXTS[state]);
  }
}
