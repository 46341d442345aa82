/**
 * The page's own script: lists the controls of the data below it, filters and sorts them, opens what the address names.
 * Texts become text nodes only. It is written as it is read in the page: without a build, a framework or the network.
 */
export const SCRIPT = String.raw`
'use strict'
const data = JSON.parse(document.getElementById('data').textContent)
const list = document.getElementById('list')
const form = document.getElementById('filter')
const said = document.getElementById('said')
const FIRST = 150
const SLICE = 400
let drawing = 0

function el(name, attributes, ...children) {
  const element = document.createElement(name)
  for (const key of Object.keys(attributes)) element.setAttribute(key, attributes[key])
  element.append(...children)
  return element
}

function block(title, text) {
  return text ? [el('h3', {}, title), el('pre', { tabindex: '0' }, text)] : []
}

function body(control) {
  const pairs = (list) => el('dl', {}, ...list.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]))
  const parts = [el('p', { class: 'dim' }, [control.image, control.profile, control.place].filter(Boolean).join(' · '))]
  if (control.reason) parts.push(el('p', {}, control.reason))
  if (control.waiver) parts.push(el('p', {}, 'Waiver: ' + control.waiver))
  for (const [status, test, text] of control.results) {
    parts.push(el('h3', {}, el('span', { class: status + '-c' }, data.words[status] || status), ' ' + test))
    if (text) parts.push(el('pre', { tabindex: '0' }, text))
  }
  parts.push(...block('Description', control.desc))
  for (const [label, text] of control.descriptions) parts.push(...block(label, text))
  if (control.tags.length > 0) parts.push(el('h3', {}, 'Tags'), pairs(control.tags.map(([name, values]) => [name, values.join(', ')])))
  if (control.refs.length > 0) parts.push(el('h3', {}, 'References'), pairs(control.refs.map((ref, index) => [String(index + 1), ref])))
  if (control.code) {
    const code = el('details', { class: 'part' }, el('summary', {}, 'Code'), el('pre', { tabindex: '0' }, control.code))
    parts.push(code)
  }
  parts.push(el('p', {}, el('a', { href: '#' + control.key }, 'Link to this control')))
  return el('div', {}, ...parts)
}

function row(control) {
  if (control.row) return control.row
  const mark = control.change ? ' (' + control.change + ')' : ''
  const summary = el(
    'summary',
    {},
    el('span', { class: 'status ' + control.status + '-c' }, data.words[control.status] + (control.unanswered ? '*' : '')),
    el('span', { class: 'severity' }, control.severity),
    el('code', {}, control.id),
    el('span', { class: 'title' }, control.title + mark),
  )
  const details = el('details', { class: 'control', id: control.key }, summary)
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(body(control))
  })
  control.row = details
  return details
}

function matches(control, wanted, words) {
  if (wanted.status === 'against' ? control.status !== 'failed' && control.status !== 'error' : wanted.status === 'unanswered' ? !control.unanswered : wanted.status && control.status !== wanted.status) return false
  if (wanted.severity && control.severity !== wanted.severity) return false
  if (wanted.profile && control.profile !== wanted.profile) return false
  if (wanted.image && control.image !== wanted.image) return false
  if (words.length === 0) return true
  return words.every((word) => searchable(control).includes(word))
}

function searchable(control) {
  control.text ||= [control.id, control.title, control.reason, control.place, ...control.tags.flat(2), ...control.results.map((result) => result[2])].join(' ').toLowerCase()
  return control.text
}

// before the first search, a little at a time
function prepare(from) {
  data.controls.slice(from, from + SLICE).forEach(searchable)
  if (from + SLICE < data.controls.length) setTimeout(prepare, 20, from + SLICE)
}

const ORDER = {
  severity: (a, b) => a.rank - b.rank || a.order - b.order,
  profile: (a, b) => a.order - b.order,
  id: (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.order - b.order),
}

function draw() {
  const wanted = Object.fromEntries(new FormData(form))
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = data.controls.filter((control) => matches(control, wanted, words)).sort(ORDER[wanted.sort])
  said.textContent = shown.length + ' of ' + data.controls.length + ' controls'
  const mine = ++drawing
  list.replaceChildren(...shown.slice(0, FIRST).map(row))
  let next = FIRST
  const more = () => {
    if (mine !== drawing || next >= shown.length) return
    list.append(...shown.slice(next, next + SLICE).map(row))
    next += SLICE
    setTimeout(more, 30)
  }
  setTimeout(more, 60)
}

function goto() {
  let key = location.hash.slice(1)
  try {
    key = decodeURIComponent(key)
  } catch {}
  const control = data.controls.find((one) => one.key === key || one.id === key)
  if (!control) return
  if (!list.contains(control.row)) {
    form.reset()
    form.elements.status.value = ''
    draw()
  }
  const details = row(control)
  if (!details.isConnected) list.prepend(details)
  details.open = true
  details.scrollIntoView()
  details.firstElementChild.focus({ preventScroll: true })
}

data.controls.forEach((control, index) => {
  control.order = index
  control.rank = (control.status === 'failed' ? 0 : control.status === 'error' ? 10 : control.status === 'skipped' ? 20 : control.status === 'no_impact' ? 40 : 30) + data.severities.indexOf(control.severity)
})
form.addEventListener('input', draw)
form.addEventListener('submit', (event) => event.preventDefault())
form.addEventListener('reset', () => setTimeout(draw))
window.addEventListener('hashchange', goto)
window.addEventListener('beforeprint', () => {
  for (const control of data.controls) if (control.row && control.row.isConnected && (control.status === 'failed' || control.status === 'error')) {
    control.row.open = true
    if (control.row.childElementCount === 1) control.row.append(body(control))
  }
})
document.addEventListener('keydown', (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)
  if (event.key === '/' && !typing) {
    event.preventDefault()
    form.elements.text.focus()
  }
  if ((event.key === 'j' || event.key === 'k') && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const rows = [...list.children]
    const at = rows.findIndex((row) => row.contains(document.activeElement))
    const to = rows[at + (event.key === 'j' ? 1 : -1)]
    if (to) to.firstElementChild.focus()
  }
})
draw()
setTimeout(prepare, 100, 0)
// the browser looks for the address itself first, and takes the focus
window.addEventListener('load', () => setTimeout(goto))
`
