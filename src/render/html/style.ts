/** The page's style sheet: light and dark, phone to desktop, and on paper. */
export const STYLE = `
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
`
