// For pages that allow no inline script: hands the page's calls, which stand in a block of data, to the chat's queue.
"use strict";

window.klepet = window.klepet || function () { (klepet.q = klepet.q || []).push(arguments); };

for (const call of JSON.parse(document.getElementById("klepet-calls").textContent)) klepet(...call);
