// Puts every snapshot on the page.

import { Charts } from './charts.js';
import { Connection } from './connection.js';
import { Contexts } from './contexts.js';
import { byId, element } from './dom.js';
import { History } from './history.js';
import { showPools } from './pools.js';
import { showProcess } from './process-facts.js';

const history = new History();
const charts = new Charts();
const contexts = new Contexts();
let shownFindings = '';

new Connection((snapshot) => {
  history.add(snapshot);
  showProcess(snapshot.process);
  showFindings(snapshot.findings);
  showPools(history);
  charts.show(history, snapshot.intervalMs);
  contexts.show(snapshot);
});

// Changed only when it says something else: it is an alert, and would be read out every second.
/** @param {readonly string[]} findings */
function showFindings(findings) {
  const text = findings.join('\n');
  if (text === shownFindings) return;
  shownFindings = text;
  byId('findings').replaceChildren(...findings.map((each) => element('p', {}, each)));
}
