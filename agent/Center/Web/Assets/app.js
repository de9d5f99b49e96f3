// The alerts page: a window on one list in order of time, fed by /api/alerts (pages) and /api/alerts/stream (changes).
// What calls somebody is shown; plates that are on no list come with the switch, and a hit stands for its own read.
const MAX_ROWS = 300; // what stays quick to work with; the window moves, what leaves it at one end can be fetched again
const PAGE_ROWS = 50; // the server's
const LATE_MS = 60_000;

const $ = id => document.getElementById(id);
const list = $('alerts');
const rows = new Map(); // key -> { alert, element }
let status = null;
let streamState = 'wait';
let oldest = null; // cursors of the window's two ends
let newest = null;
let atTop = true; // whether the window begins with the newest of all
const absorbed = new Map(); // key of a read -> key of the hit that stands for it
let unseen = 0;
let shown = null; // key of the alert in the dialog
let ends = []; // certificates that end before long
let kind = 'operator'; // how this page was entered: by a certificate, or by the demo's link

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
let silent = new Set(); // nodes that are offline: nobody knows whether what they saw last is still there
const isOpen = alert => alert.phase !== 'end';
const inView = alert => isOpen(alert) && !silent.has(alert.node);
const person = alert => alert.face?.person ?? alert.plate?.text ?? alert.kind;
const isAlert = alert => !alert.plate || Boolean(alert.hit); // a plate on no list is shown, but alerts nobody
const place = alert => [alert.camera, alert.node].filter(Boolean).join(' \u00b7 ');

function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
  return `${Math.floor(s / 86400)} days`;
}

function phaseText(alert) {
  const first = Date.parse(alert.firstAt);
  if (inView(alert)) return `In view ${span(Date.now() - first)}`;
  if (isOpen(alert)) return `Node silent, last seen ${clock.format(new Date(alert.lastAt))}`;
  return `Left after ${span(Date.parse(alert.lastAt) - first)}`;
}

function render(alert, element) {
  const face = alert.face;
  element.classList.toggle('inview', inView(alert));
  element.querySelector('.name').textContent = person(alert);
  element.querySelector('.place').textContent = place(alert);
  const initials = alert.plate ? '' : person(alert).split(/\s+/).map(word => word[0] ?? '').slice(0, 2).join('').toUpperCase();
  element.querySelector('.initials').textContent = initials;
  element.classList.toggle('plate', Boolean(alert.plate));
  element.classList.toggle('hit', Boolean(alert.hit));
  element.classList.toggle('call', isAlert(alert));
  renderShot(alert, element.querySelector('.shot'));
  if (face) {
    element.querySelector('.score b').textContent = face.similarity.toFixed(2);
    element.querySelector('.need').textContent = `needs ${face.threshold.toFixed(2)}`;
    const meter = element.querySelector('.meter');
    meter.style.setProperty('--value', percent(face.similarity));
    meter.style.setProperty('--need', percent(face.threshold));
  } else {
    element.querySelector('.meter').hidden = true;
    const [figure, words] = plateMatch(alert);
    element.querySelector('.score b').textContent = figure;
    element.querySelector('.need').textContent = words;
  }
  const time = element.querySelector('time');
  time.dateTime = alert.firstAt;
  time.title = utc(alert.firstAt);
  time.textContent = clock.format(new Date(alert.firstAt));
  element.querySelector('.phase').textContent = phaseText(alert);
  const delay = Date.parse(alert.receivedAt) - Date.parse(alert.firstAt);
  const late = element.querySelector('.late');
  late.hidden = delay < LATE_MS;
  late.textContent = `arrived ${span(delay)} late`;
}

// What stands where a face has its similarity: a hit names the list's entry.
function plateMatch({ plate, hit, kind }) {
  if (hit) return [`On ${hit.list}`, `${hit.entry} (${hit.match})`];
  if (plate) return [`${Math.round(plate.confidence * 100)} %`, plate.format ? `sure, ${plate.region ?? ''}` : 'sure, fits no known format'];
  return [kind, 'from a later build of Picket'];
}

function renderShot(alert, shot) {
  const image = shot.querySelector('img');
  if (!alert.crop || image?.dataset.crop === alert.crop) return;
  const next = new Image();
  next.dataset.crop = alert.crop;
  next.alt = '';
  next.addEventListener('load', () => { shot.querySelector('img')?.remove(); shot.append(next); });
  next.src = `/api/crops/${alert.crop}`;
}

const percent = value => `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%`;
const utc = text => new Date(text).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');

// Newest first; equal moments in a fixed order.
const isBefore = (a, b) => a.firstAt !== b.firstAt ? Date.parse(a.firstAt) > Date.parse(b.firstAt) : a.key > b.key;

function put(alert, isFresh) {
  absorb(alert);
  if (absorbed.has(alert.key) || (!isAlert(alert) && !$('reads').checked)) return;
  const known = rows.get(alert.key);
  if (known && known.alert.change > alert.change) return;
  if (!known && isFresh && !atTop) { // above the window: counted, and there when the window comes to it
    if (isAlert(alert)) unseen++;
    return;
  }
  const element = known?.element ?? create(alert.key);
  const moved = known?.alert.firstAt !== alert.firstAt;
  rows.set(alert.key, { alert, element });
  render(alert, element);
  if (moved) sort(alert, element);
  if (shown === alert.key) renderDetail(alert);
  if (known || !isFresh || !isAlert(alert)) return;
  element.classList.add('fresh');
  $('say').textContent = `New alert: ${person(alert)}, ${place(alert)}`;
  if (document.hidden || scrollY > 160) unseen++;
}

// One vehicle is one row: the hit. A hit that was read again as another plate gives its read back.
function absorb({ key, node, hit, plate }) {
  if (!hit?.read) return;
  const read = `${node}/${hit.read}`;
  if (plate?.reason === 'reread') absorbed.delete(read);
  else absorbed.set(read, key);
  if (absorbed.has(read)) remove(read);
}

function remove(key) {
  rows.get(key)?.element.remove();
  rows.delete(key);
}

function clear() {
  rows.clear();
  absorbed.clear();
  list.replaceChildren();
  [oldest, newest, atTop] = [null, null, true];
}

function create(key) {
  const element = $('row').content.firstElementChild.cloneNode(true);
  element.querySelector('.open').addEventListener('click', () => openDetail(key));
  element.dataset.key = key;
  return element;
}

function sort(alert, element) {
  element.remove();
  const after = [...list.querySelectorAll('.alert')].find(other => isBefore(alert, rows.get(other.dataset.key).alert));
  list.insertBefore(element, after ?? null);
}

// Keeps the window at its size: what came last stays, the other end goes.
function trim(fromTop) {
  const all = [...list.querySelectorAll('.alert')];
  const over = all.length - MAX_ROWS;
  if (over <= 0) return;
  const [gone, edge] = fromTop ? [all.slice(0, over), all[over]] : [all.slice(MAX_ROWS), all[MAX_ROWS - 1]];
  const { cursor } = rows.get(edge.dataset.key).alert;
  for (const element of gone) {
    for (const [read, hit] of absorbed) if (hit === element.dataset.key) absorbed.delete(read);
    remove(element.dataset.key);
  }
  if (fromTop) [newest, atTop] = [cursor, false];
  else oldest = cursor;
  if (!fromTop) $('older').hidden = false;
}

function updateDays() {
  list.querySelectorAll('.day').forEach(day => day.remove());
  const today = new Date().toDateString();
  const yesterday = new Date(Date.now() - 86_400_000).toDateString();
  let last = null;
  for (const element of list.querySelectorAll('.alert')) {
    const at = new Date(rows.get(element.dataset.key).alert.firstAt);
    const day = at.toDateString();
    if (day === last) continue;
    last = day;
    const mark = document.createElement('li');
    mark.className = 'day';
    mark.textContent = day === today ? 'Today' : day === yesterday ? 'Yesterday' : dayName.format(at);
    list.insertBefore(mark, element);
  }
}

function refresh(fromTop = false) {
  trim(fromTop);
  updateDays();
  $('empty').hidden = rows.size > 0;
  document.title = unseen > 0 ? `(${unseen}) Picket alerts` : 'Picket alerts';
  $('newer').hidden = atTop;
  $('jump').hidden = atTop ? unseen === 0 || scrollY <= 160 : false;
  $('jump').textContent = unseen > 0 ? `${unseen} new ${unseen === 1 ? 'alert' : 'alerts'}` : 'Back to the newest';
  tick();
}

function tick() {
  let watching = 0;
  for (const { alert, element } of rows.values()) {
    if (!isOpen(alert)) continue;
    if (inView(alert)) watching++;
    element.classList.toggle('inview', inView(alert));
    element.querySelector('.phase').textContent = phaseText(alert);
  }
  $('f-view').textContent = watching;
  if (shown && rows.has(shown)) $('d-phase').textContent = phaseText(rows.get(shown).alert);
  showStatus();
}

function showStatus() {
  const live = $('live');
  const [state, text] = streamState === 'closed' ? ['bad', kind === 'demo' ? 'Center restarted: open its new link' : 'No access any more: load the page again']
    : streamState === 'full' ? ['warn', 'Too many pages are open: trying again']
    : streamState === 'lost' ? ['bad', 'Center not reachable']
    : streamState === 'wait' || !status ? ['wait', 'Connecting']
    : !status.connected ? ['warn', 'Broker not reachable, nodes keep their events']
    : ['good', 'Live'];
  live.dataset.state = state;
  if ($('live-text').textContent !== text) $('live-text').textContent = text;
  if (!status) return;
  figure('f-nodes', status.nodesOnline, `of ${status.nodesKnown}`);
  if (status.lastMessageAt) figure('f-last', span(Date.now() - Date.parse(status.lastMessageAt)), 'ago');
  figure('f-pending', status.pending, status.pending === 1 ? 'event' : 'events');
}

function figure(id, value, unit) {
  const small = document.createElement('small');
  small.textContent = ` ${unit}`;
  $(id).replaceChildren(String(value), small);
}

function showTroubles() {
  const lines = status.nodes.filter(node => node.trouble).map(node => [node.name, [
    node.online === false && 'offline',
    node.camerasDown && `camera down: ${node.camerasDownWhy ?? node.camerasDown}`,
    node.lost > 0 && `${node.lost} events lost, according to the node itself`,
    node.unknownGaps > 0 && 'lost an unknown number of events, according to the node itself',
    node.missing > 0 && `${node.missing} events never arrived and the node no longer holds them`,
    node.awaited > 0 && `${node.awaited} events still to come`,
  ].filter(Boolean).join('; ')]);
  lines.push(...ends.map(line => ['Certificates', line]));
  if (status.conflicts > 0) lines.unshift(['Center', `${status.conflicts} events claim the place of others; see the log`]);
  if (status.refused > 0) lines.push(['Center', `${status.refused} messages refused; see the log`]);
  $('troubles').hidden = lines.length === 0;
  const items = lines.slice(0, 5).map(([name, text]) => trouble(name, text));
  $('trouble-list').replaceChildren(...items);
  const rest = lines.slice(5);
  $('trouble-rest').hidden = rest.length === 0;
  $('trouble-count').textContent = `${rest.length} more`;
  $('trouble-more').replaceChildren(...rest.map(([name, text]) => trouble(name, text)));
}

function trouble(name, text) {
  const item = document.createElement('li');
  const bold = document.createElement('b');
  bold.textContent = name;
  item.append(bold, ` ${text}`);
  return item;
}

function openDetail(key) {
  shown = key;
  $('d-shot').replaceChildren();
  $('d-shot').classList.toggle('plate', Boolean(rows.get(key).alert.plate));
  renderDetail(rows.get(key).alert);
  $('detail').showModal();
}

function renderDetail(alert) {
  const face = alert.face;
  $('d-name').textContent = person(alert);
  $('d-phase').textContent = phaseText(alert);
  renderShot(alert, $('d-shot'));
  const lines = [
    ['Camera', alert.camera ?? ''], ['Node', alert.node], ['First seen', stamp(alert.firstAt)], ['Last change', stamp(alert.lastAt)],
    ['Reached center', stamp(alert.receivedAt)],
  ];
  if (face) {
    lines.push(
      ['Similarity', `${face.similarity.toFixed(3)}, needs ${face.threshold.toFixed(3)}`], ['List', face.list],
      ['Best shot', `quality ${face.quality.toFixed(2)}, ${face.shots} fused`], ['Frame', `${face.frame} at ${utc(face.frameAt)}`]);
    if (face.reason) lines.push(['Ended', face.reason]);
  }
  const { plate, hit } = alert;
  if (hit) {
    lines.push(
      ['List', `${hit.list}, version ${hit.version}`], ['Entry', `${hit.plate}: ${hit.entry}`],
      ['Match', `${hit.match}, score ${hit.score.toFixed(2)}, needs ${hit.threshold.toFixed(2)}`],
      ['False hits', `at most one in ${Math.round(1 / hit.falseHits).toLocaleString()} passages`]);
  }
  if (plate) {
    lines.push(
      ['Confidence', `${(plate.confidence * 100).toFixed(1)} %, ${plate.shots} ${plate.shots === 1 ? 'shot' : 'shots'}`],
      ['Each character', [...plate.text].map((c, i) => `${c} ${Math.round(plate.characters[i] * 100)}`).join('  ')],
      ['Format', plate.format ? `${plate.region ?? ''} ${plate.format}`.trim() : 'matches none of those asked for'],
      ['Also possible', (plate.candidates ?? []).map(c => `${c.text} (${(c.confidence * 100).toFixed(1)} %)`).join(', ') || 'nothing'],
      ['Frame', `${plate.frame} at ${utc(plate.frameAt ?? alert.lastAt)}`], ['Read by', plate.models.join(', ')]);
    if (plate.reason) lines.push(['Ended', plate.reason]);
  }
  if (!face && !plate) lines.push(['Kind', `${alert.kind}: this center's build does not know it; it is kept as it arrived`]);
  $('d-list').replaceChildren(...lines.flatMap(([name, value]) => {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = name;
    dd.dir = 'auto';
    dd.textContent = value;
    return [dt, dd];
  }));
}

const stamp = text => `${dayName.format(new Date(text))}, ${clock.format(new Date(text))}`;

async function fetchPage(place) {
  const query = new URLSearchParams(place);
  if ($('reads').checked) query.set('reads', '1');
  const response = await fetch(`/api/alerts?${query}`);
  if (!response.ok) throw new Error(`alerts: ${response.status}`);
  const alerts = await response.json();
  for (const alert of alerts) put(alert, false);
  return { alerts, change: Number(response.headers.get('X-Last-Change')) };
}

async function loadNewest() {
  clear();
  const { alerts, change } = await fetchPage({});
  [newest, oldest] = [alerts[0]?.cursor ?? null, alerts.at(-1)?.cursor ?? null];
  $('older').hidden = alerts.length < PAGE_ROWS;
  refresh();
  return change;
}

async function loadOlder() {
  const { alerts } = await fetchPage({ before: oldest });
  oldest = alerts.at(-1)?.cursor ?? oldest;
  $('older').hidden = alerts.length < PAGE_ROWS;
  refresh(true);
}

async function loadNewer() {
  const { alerts } = await fetchPage({ after: newest });
  newest = alerts[0]?.cursor ?? newest;
  atTop = alerts.length < PAGE_ROWS;
  if (atTop) unseen = 0;
  refresh();
}

const mayLook = () => fetch('/api/me').then(answer => ![401, 403].includes(answer.status), () => false);

function listen(after) {
  const stream = new EventSource(`/api/alerts/stream?after=${after}`);
  stream.addEventListener('open', () => { streamState = 'open'; showStatus(); });
  stream.addEventListener('error', async () => {
    streamState = 'lost';
    // A browser gives up on any answer that is no stream: to somebody shut out, but also to one page too many.
    if (stream.readyState === EventSource.CLOSED) streamState = await mayLook() ? 'full' : 'closed';
    if (streamState === 'full') setTimeout(() => listen(after), 5000);
    if (streamState === 'closed' && kind === 'operator') { // shut out: what is on the screen is not this person's any more
      $('detail').close();
      rows.clear();
      list.replaceChildren();
    }
    showStatus();
  });
  stream.addEventListener('alert', event => { put(JSON.parse(event.data), true); refresh(); });
  stream.addEventListener('status', event => { status = JSON.parse(event.data); silent = new Set(status.silent); tick(); showTroubles(); });
  stream.addEventListener('reset', () => { // too far behind, or another database: start over
    loadNewest();
  });
}

$('older').addEventListener('click', loadOlder);
$('newer').addEventListener('click', loadNewer);
$('jump').addEventListener('click', async () => {
  if (!atTop) { unseen = 0; await loadNewest(); }
  scrollTo({ top: 0, behavior: 'smooth' });
});
$('reads').checked = location.hash === '#reads'; // a link keeps the choice; nothing is stored
$('reads').addEventListener('change', () => {
  history.replaceState(null, '', $('reads').checked ? '#reads' : location.pathname);
  loadNewest();
});
$('detail').addEventListener('close', () => {
  const element = rows.get(shown)?.element;
  shown = null;
  element?.querySelector('.open').focus();
});
$('detail').addEventListener('click', event => { if (event.target === $('detail')) $('detail').close(); });
const seen = () => { if (!document.hidden && atTop && scrollY <= 160 && unseen > 0) { unseen = 0; refresh(); } };
addEventListener('scroll', seen, { passive: true });
document.addEventListener('visibilitychange', seen);
setInterval(tick, 1000);

async function greet() {
  const response = await fetch('/api/me');
  if (!response.ok) throw new Error(`me: ${response.status}`);
  const me = await response.json();
  kind = me.kind;
  ends = me.ends ?? [];
  $('me').textContent = kind === 'demo'
    ? 'Demo: anybody at this machine who has the one-time link. A site runs its console over TLS, for people with certificates.'
    : `You are ${me.name.slice(3)}, ${me.role}. ${me.role === 'viewer' ? 'Pictures are for reviewers.' : 'Every picture you are shown is logged with your name.'}`;
  $('admin').hidden = me.role !== 'administrator';
}

greet().then(loadNewest).then(listen, () => { streamState = 'closed'; showStatus(); });
