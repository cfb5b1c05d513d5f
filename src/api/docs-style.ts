// How the API page looks, in both themes. One text, because the policy of the page names it by its hash.

export const docsStyle = `
:root{--text:light-dark(#1a1b1e,#e3e5e8);--dim:light-dark(#5c6066,#a0a5ab);--line:light-dark(#dee2e6,#373a40);--back:light-dark(#fff,#1a1b1e);
--soft:light-dark(#f6f7f9,#242528);--link:light-dark(#1864ab,#74c0fc);color-scheme:light dark}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.55 system-ui,sans-serif;display:grid;grid-template-columns:19rem minmax(0,1fr)}
code,pre{font:.9em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:1rem;background:var(--back);padding:.5rem;z-index:1}
nav{position:sticky;top:0;height:100vh;overflow-y:auto;padding:1.25rem 1rem 3rem 1.25rem;border-right:1px solid var(--line);background:var(--soft)}
nav p{margin:0}
nav h2{margin:1.1rem 0 .2rem;font-size:.75rem;text-transform:uppercase;letter-spacing:.06em;color:var(--dim)}
nav a{display:block;padding:.1rem 0;font-size:.85rem;color:var(--text);overflow-wrap:anywhere}
nav .home{margin-bottom:.75rem;font-weight:600}
nav .home a{display:inline;font-size:1rem;color:var(--link)}
main{max-width:72rem;padding:1.5rem 2.5rem 30vh;min-width:0}
h1{font-size:1.7rem;line-height:1.25;margin:.5rem 0 1rem}
main>h2{margin:3rem 0 .75rem;padding-bottom:.3rem;border-bottom:2px solid var(--line);font-size:1.25rem}
main>h2::first-letter{text-transform:uppercase}
h3{margin:0 0 .4rem;font-size:1.05rem;font-weight:600}
h3 a{color:inherit}
h4{margin:1.1rem 0 .35rem;font-size:.85rem;color:var(--dim);font-weight:600}
section{margin:1.25rem 0;padding:1.1rem 1.25rem;border:1px solid var(--line);border-radius:8px}
section:target{border-color:var(--link);box-shadow:0 0 0 1px var(--link)}
section p{margin:.2rem 0}
.who{color:var(--dim);font-size:.9rem}
b.get,b.post,b.put,b.patch,b.delete{display:inline-block;min-width:4.4em;font:700 .72rem/1.6 ui-monospace,monospace}
b.get{color:light-dark(#1864ab,#74c0fc)}
b.post{color:light-dark(#2b6a2f,#8ce99a)}
b.put,b.patch{color:light-dark(#8a4b00,#ffc078)}
b.delete{color:light-dark(#b02525,#ffa8a8)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{font-size:.75rem;color:var(--dim);font-weight:600}
tbody th{font-weight:400;width:32%}
td:nth-child(2){width:26%;color:var(--dim)}
th em,td i{color:var(--dim);font-style:italic;font-size:.85em}
th.in1{padding-left:1.25rem}th.in2{padding-left:2.5rem}th.in3{padding-left:3.75rem}th.in4{padding-left:5rem}th.in5{padding-left:6.25rem}
.choices code{white-space:nowrap;margin-right:.25em}
pre{overflow-x:auto;padding:.75rem 1rem;background:var(--soft);border:1px solid var(--line);border-radius:6px}
dt{font-weight:600}dd{margin:0 0 .6rem}
.errors{margin:0;padding:0;list-style:none;font-size:.9rem}
.errors b{display:inline-block;min-width:3em;font-variant-numeric:tabular-nums}
@media(max-width:60rem){body{display:block}nav{position:static;height:auto;max-height:40vh;border-right:0;border-bottom:1px solid var(--line)}
main{padding:1rem 1rem 20vh}section{padding:.9rem}
thead{display:none}tr,tbody th,td,td:nth-child(2){display:block;width:auto;border:0;padding-right:0}tr{padding:.4rem 0;border-bottom:1px solid var(--line)}th,td{padding-top:.05rem;padding-bottom:.05rem}}
@media print{nav{display:none}body{display:block}}
`;
