export const id=887;export const ids=[887];export const modules={63887:(e,t,r)=>{r.r(t),r.d(t,{renderHtml:()=>w});var o=r(77598),n=r(54114),a=r(99517),i=r(5841),s=r(98080),l=r(77802),d=r(8712),c=r(20482),p=r(23060);let m={passed:"Passed",failed:"Failed",error:"Error",skipped:"Not reviewed",no_impact:"Not applicable",no_status:"No status"};function f(e){return(0,i.wh)(e)}let u=String.raw`
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
`,g=`
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --soft: light-dark(#f6f8fa, #151b23); --dim: light-dark(#57606a, #9198a1);
  --passed: light-dark(#1a7f37, #3fb950); --failed: light-dark(#cf222e, #f85149); --error: light-dark(#9a4700, #f0883e); --skipped: light-dark(#7a5c00, #d29922); --no_impact: light-dark(#57606a, #9198a1) }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: light-dark(#1f2328, #f0f6fc); background: light-dark(#fff, #0d1117) }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.2rem; margin: 1.5rem 0 .5rem } h3 { font-size: 1rem; margin: 1rem 0 .25rem }
p { margin: .25rem 0 .75rem }
code, pre { font: .875rem/1.45 ui-monospace, 'DejaVu Sans Mono', monospace }
code { overflow-wrap: anywhere }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; margin: .25rem 0 .75rem; white-space: pre-wrap; overflow-wrap: anywhere }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem } th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top } td.n { text-align: right; font-variant-numeric: tabular-nums }
.verdict { border-left: 6px solid var(--skipped); padding-left: .75rem } .verdict.passed { border-color: var(--passed) } .verdict.failed { border-color: var(--failed) }
.figures { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .5rem 0; list-style: none; font-weight: 600 }
svg.bar { display: block; width: 100%; height: 1.25rem; border-radius: 4px; margin: .5rem 0 }
.passed-c { fill: var(--passed); color: var(--passed) } .failed-c { fill: var(--failed); color: var(--failed) } .error-c { fill: var(--error); color: var(--error) } .skipped-c { fill: var(--skipped); color: var(--skipped) } .no_impact-c { fill: var(--no_impact); color: var(--no_impact) }
.dim { color: var(--dim) }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .6rem; position: sticky; top: 0; z-index: 1 }
label { display: grid; font-size: .8rem; flex: 1 1 8rem } label.wide { flex: 3 1 14rem }
input, select, button { font: inherit; font-size: .95rem; padding: .35rem .5rem; border: 1px solid light-dark(#6e7781, #656c76); border-radius: 6px; background: light-dark(#fff, #0d1117); color: inherit; min-height: 2.25rem; max-width: 100%; min-width: 0 }
details.control { border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 2.6rem }
details.control { scroll-margin-top: 6rem }
details.control > summary { cursor: pointer; padding: .45rem .25rem; display: flex; flex-wrap: wrap; gap: .1rem .6rem; align-items: baseline }
details.control > summary .title { flex: 1 1 16rem } .status { font-weight: 600; min-width: 9.25rem } .severity { min-width: 4.5rem } summary > code { min-width: 6rem }
details.control > div { padding: 0 .25rem .75rem } summary:focus-visible, a:focus-visible { outline: 2px solid light-dark(#0969da, #4493f8); outline-offset: 1px }
details.part { margin: .75rem 0 } details.part > summary { cursor: pointer; font-weight: 600 }
a { color: light-dark(#0969da, #4493f8) } dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .75rem; margin: .25rem 0 } dt { color: var(--dim) } dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 30rem) { body { padding: .6rem } form { position: static } dl { grid-template-columns: 1fr } .status, .severity, summary > code { min-width: 0 } }
@media print { form, .noprint { display: none } details.control { content-visibility: visible; break-inside: avoid } body { max-width: none } svg.bar { print-color-adjust: exact } }
`,h=["passed","failed","error","skipped","no_impact"];function w(e){var t;let r,o,i,w,x,k,S,E=(0,a.z)(e.map(({judgement:e})=>e.verdict)),C=e.find(({judgement:e})=>e.verdict===E),j=e.length>1,I=`Sidecar Scan: ${(0,d.Gy)(C.judgement).word}`,L=`default-src 'none'; style-src 'sha256-${v(g)}'; script-src 'sha256-${v(u)}'; base-uri 'none'; form-action 'none'`,T=JSON.stringify({words:m,severities:n.oC,controls:(S=new Set,e.flatMap(({judgement:{controls:t,changes:r},scan:o},n)=>{let a=new Map([...(r?.fixed??[]).map(e=>[e,"fixed"]),...(r?.newlyFailing??[]).map(e=>[e,"newly failing"])]);return t.map(t=>({key:function({id:e,profile:t},r,o){let n=[`${r}${e.replace(/[^\w.-]+/g,"_")}`,`${r}${t.replace(/[^\w.-]+/g,"_")}.${e.replace(/[^\w.-]+/g,"_")}`],a=n.find(e=>!o.has(e))??`${n[1]}.${o.size}`;return o.add(a),a}(t,1===e.length?"":`${n+1}-`,S),image:f(o.image),change:a.get(t.id)??"",...function(e){let t=(0,c.gX)(e),{waiver:r}=e,o=r?.expirationDate?`until ${r.expirationDate}`:"no end";return{id:f(e.id),title:f(e.title),profile:f(e.profile),status:e.status,severity:e.severity,unanswered:e.unanswered,reason:f("failed"===e.status||"error"===e.status?"":(0,l.A3)(e)),place:f((0,p.$)(t)),waiver:r?f(`${r.justification||"no justification"} (${o})`):"",results:e.results.map(l.gk).map(({status:e,test:t,said:r})=>[e,f(t),f(r)]),desc:f(t.desc),descriptions:t.descriptions.map(({label:e,text:t})=>[f(e),f(t)]),tags:t.tags.map(({name:e,values:t})=>[f(e),t.map(f)]),refs:t.refs.map(f),code:f(t.code)}}(t)}))}))});return`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${L}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${y(I)}</title>
<style>${g}</style>
</head>
<body>
<header class="verdict ${E}">
<h1>${y(I)}</h1>
${j?(r=e.map(({scan:e,judgement:t})=>[(0,d.Gy)(t).word,e.image,`${t.compliance} %`,...h.map(e=>t.counts[e].total)]),b(["Verdict","Image","Compliance",...h.map(e=>d.dV[e])],r,"Images")):`<p><code>${y(C.scan.image)}</code> \xb7 ${y((0,d.BT)(C.judgement))}</p>`}
</header>
<main>
${e.map((e,t)=>(function(e,t){var r,o,a;let i,c,p,m,f,u,{judgement:g,scan:w,failure:v}=e,x=""!==t,k=[x?`<p>${y((0,d.BT)(g))}</p>`:"",v?.hint?`<p><strong>What to do:</strong> ${y(v.hint)}</p>`:"",...g.warnings.slice(0,50).map(e=>`<p><strong>Warning:</strong> ${y(e)}</p>`),(0,d.Mp)(g)?(r=g,o=t,i=(0,s.Z)(r).map(({path:e,limit:t,actual:r,breached:o,distance:n,advice:a})=>[o?"breached":"kept",e,t,r,n,a]),c=n.oC.map(e=>[e,...h.map(t=>r.counts[t][e])]),[`<ul class="figures">${(0,d.u5)(r).map(e=>`<li>${y(e)}</li>`).join("")}</ul>`,(a=r,p=(0,d.X5)(a),m=0,f=h.map(e=>{let t=100*a.counts[e].total/p,r=`<rect class="${e}-c" x="${m.toFixed(3)}" y="0" width="${t.toFixed(3)}" height="4"/>`;return m+=t,t>0?r:""}),u=h.map(e=>`${a.counts[e].total} ${d.dV[e].toLowerCase()}`),`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="${y(u.join(", "))}">${f.join("")}</svg>`),`<h2>Threshold</h2>
<p>${y((0,d.rb)(r))}</p>`,0===i.length?"":b(["State","Limit","Set","Found","Distance","What would make it pass"],i,`Limits${o}`),"inconclusive"===r.verdict?"<p>These limits do not decide the verdict: the results prove nothing.</p>":"","<h2>By severity</h2>",b(["Severity",...h.map(e=>d.dV[e])],c,`Controls by severity${o}`)].join("\n")):"",...function(e,t){let{judgement:r,scan:o,evidence:n}=e,a=(e,t)=>`<details class="part"><summary>${y(e)}</summary>
${t}
</details>`,i=(0,l.Dl)(r.controls,o),{waivers:s,changes:d}=r,c=e.inputs.map(({name:e,value:t})=>[e,t]),p=null===d?[]:Object.entries(d).map(([e,t])=>[$[e],t.length,t.join(", ")]),m=[["Image",o.image],["Image digest",n?.imageDigests.join(", ")],["Profile",o.profile],["Scanner",o.scannerImage],["Scanner digest",n?.scannerDigest],["Scanner version",n?.scannerVersion],["Engine",o.engine],["Pod Security",o.podSecurity],["Run",o.runId],["Started",o.startedAt],["SHA-256 of the results",n?.resultsSha256]];return[0===i.length?"":a(`Not answered (${i.reduce((e,{controls:t})=>e+t.length,0)})`,b(["Question","Controls","Answered with"],i.map(({reason:e,controls:t,answer:r})=>[e,t.length,r?.replaceAll("`","")??"no input"]),`Not answered${t}`)),0===s.length?"":a(`Waivers (${s.length})`,b(["Control","State","Until","Justification","Note"],s.map(e=>[e.controlId,e.state,e.expirationDate??"no end",e.justification||"(none given)",e.warning??""]),`Waivers${t}`)),0===p.length?"":a("Since the baseline",b(["Change","Controls","Ids"],p,`Since the baseline${t}`)),0===c.length?"":a(`Inputs of the profile (${c.length})`,b(["Input","Value"],c,`Inputs${t}`)),a("Where this comes from",`<dl>${m.filter(([,e])=>e).map(([e,t])=>`<dt>${e}</dt><dd>${y(t)}</dd>`).join("")}</dl>`)].filter(Boolean)}(e,t)].filter(Boolean).join("\n");return x?`<details class="part"><summary>${y(`${(0,d.Gy)(g).word}: ${w.image}`)}</summary>
${k}
</details>`:k})(e,j?`, image ${t+1}: ${e.scan.image}`:"")).join("\n")}
<h2 id="controls">Controls</h2>
${t=e,o=([e,t])=>`<option value="${y(e)}">${y(t)}</option>`,i=(e,t,r)=>`<label>${t}<select name="${e}">${r.map(o).join("")}</select></label>`,w=(e,t,r)=>r.length<2?"":i(e,t,[["","all"],...r.map(e=>[e,e])]),x=[...new Set(t.flatMap(({judgement:e})=>e.controls.map(({profile:e})=>e)))],k=[...new Set(t.map(({scan:e})=>e.image))],`<form id="filter">
<label class="wide">Search<input name="text" type="search" autocomplete="off" placeholder="id, title, tag, message"></label>
${i("status","Status",[["","all"],["against","failed or error"],...h.map(e=>[e,d.dV[e]]),["unanswered","Not answered in full"]])}
${i("severity","Severity",[["","all"],...n.oC.map(e=>[e,e])])}
${w("profile","Profile",x)}${w("image","Image",k)}
${i("sort","Order",[["severity","worst first"],["profile","as in the profile"],["id","id"]])}
<button type="reset">Show all</button>
</form>`}
<p id="said" role="status"></p>
<noscript><p>The list of controls needs this page’s own script; everything above does not.</p></noscript>
<div id="list"></div>
<p class="dim">* not answered in full. Keys: / searches, j and k move, Enter opens.</p>
</main>
<script type="application/json" id="data">${T.toWellFormed().replaceAll("<","\\u003c")}<\/script>
<script>${u}<\/script>
</body>
</html>
`}function v(e){return(0,o.createHash)("sha256").update(e).digest("base64")}function y(e){return(0,i.wh)(e).toWellFormed().replace(/[&<>"']/g,e=>`&#${e.charCodeAt(0)};`)}function b(e,t,r){let o=e=>"number"==typeof e?`<td class="n">${e}</td>`:`<td>${y(e)}</td>`,n=t.map(e=>`<tr>${e.map(o).join("")}</tr>`).join("\n");return`<div class="scroll" tabindex="0" role="region" aria-label="${y(r)}"><table><thead><tr>${e.map(e=>`<th scope="col">${y(e)}</th>`).join("")}</tr></thead><tbody>
${n}
</tbody></table></div>`}let $={newlyFailing:"Newly failing",fixed:"Fixed",stillFailing:"Still failing",noLongerTested:"Failed before, not tested now",newlyUnanswered:"Newly unanswered",gone:"Gone"}}};