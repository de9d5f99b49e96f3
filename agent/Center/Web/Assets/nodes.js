// The nodes page, for administrators: who has a certificate, and shutting one out.
const $ = id => document.getElementById(id);
const day = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const date = text => day.format(new Date(text));
let me = null;
let asked = null; // name of the node in the dialog

function cell(row, text) {
  const td = document.createElement('td');
  td.textContent = text;
  row.append(td);
  return td;
}

function line(node) {
  if (node.revoked) return '';
  return node.online === null ? 'not seen since the center started' : node.online ? 'online' : 'offline';
}

function row(node) {
  const tr = document.createElement('tr');
  tr.dataset.node = node.name;
  tr.classList.toggle('out', Boolean(node.revoked));
  cell(tr, node.name);
  cell(tr, line(node));
  cell(tr, date(node.notAfter)).title = `serial ${node.serial}`;
  const access = cell(tr, node.revoked ? `shut out on ${date(node.revoked)}` : '');
  if (!node.revoked) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Shut out\u2026';
    button.addEventListener('click', () => ask(node.name));
    access.append(button);
  }
  return tr;
}

function ask(name) {
  asked = name;
  $('ask-title').textContent = `Shut out node ${name}?`;
  $('ask').showModal();
}

async function revoke(name) {
  $('say').textContent = `Shutting out ${name}\u2026`;
  const response = await fetch(`/api/nodes/${encodeURIComponent(name)}/revoke`, {
    method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json', 'X-Picket-Token': me.token },
  });
  if (response.ok) $('say').textContent = `${name} is shut out and its connection has ended.`;
  else $('say').textContent = `${name}: ${response.status === 502 ? await response.text() : `refused (${response.status})`}`;
  await load();
}

async function load() {
  const response = await fetch('/api/nodes');
  if (!response.ok) throw new Error(`nodes: ${response.status}`);
  const nodes = await response.json();
  const out = nodes.filter(node => node.revoked).length;
  $('count').textContent = `${nodes.length - out} may connect, ${out} shut out`;
  $('nodes').tBodies[0].replaceChildren(...nodes.map(row));
}

$('cancel').addEventListener('click', () => $('ask').close());
$('confirm').addEventListener('click', () => { $('ask').close(); revoke(asked); });

try {
  me = await (await fetch('/api/me')).json();
  await load();
} catch {
  $('say').textContent = 'The center does not answer; load the page again.';
}
