/** The looks of timeline.html: light and dark, from a telephone's width on. */
export const timelineStyle = `
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; --line: #8884 }
body { margin: 1.5em auto; max-width: 110em; padding: 0 1em } h1 { font-size: 1.3em } h2 { font-size: 1.1em; margin-bottom: .3em }
ol { margin-top: 0 } li.failed b { color: #d33 } small { opacity: .75 }
.wide, #chart { overflow-x: auto } table { border-collapse: collapse } th, td { text-align: right; padding: .1em .8em; border-bottom: 1px solid var(--line) }
td { white-space: nowrap } td:first-child { white-space: normal; min-width: 8em } th:first-child, td:first-child, td:last-child, th:last-child { text-align: left }
.controls { display: flex; flex-wrap: wrap; gap: .5em 1.2em; align-items: center } input { width: 16em; max-width: 60vw }
#inner { --zoom: 1; width: calc(100% * var(--zoom)); min-width: 100% }
.row { display: flex; gap: .6em; align-items: center; border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-height: 1.5em }
.row:focus { outline: 2px solid #48c; outline-offset: -2px }
.name { position: sticky; left: 0; z-index: 1; flex: 0 0 clamp(6em, 22vw, 16em); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; background: Canvas }
.name.bad { color: #d33; font-weight: bold } .group-service .name { font-style: italic } .group-phase .name { font-weight: bold }
.bars { position: relative; flex: 1; height: 1.4em } .bars i { position: absolute; top: .2em; bottom: .2em; min-width: 1px }
.bars span { position: absolute; font-size: .8em; opacity: .75; white-space: nowrap; border-left: 1px solid var(--line); padding-left: .2em }
.bars .ok, .key.ok { background: #7a9 } .bars .changed, .key.changed { background: #d90 } .bars .failed, .key.failed { background: #c33 }
.bars .waiting, .key.waiting { background: repeating-linear-gradient(45deg, #99a, #99a 3px, #ccd 3px, #ccd 6px) }
.bars .running, .key.running { background: #48c } .bars .phase, .key.phase { background: #667; opacity: .8 }
.bars .phase + .phase { border-left: 2px solid Canvas }
.key { display: inline-block; width: 1em; height: .8em; margin: 0 .3em 0 .8em } .legend .key:first-child { margin-left: 0 }
#told { position: sticky; bottom: 0; background: Canvas; min-height: 1.5em; border-top: 1px solid var(--line); padding: .2em 0 }
@media (max-width: 600px) { .bars span:nth-child(even) { display: none } body { padding: 0 .5em } }
`
