// Sign who the customer is, on the server of the shop. Node 18 or newer, nothing to install.
//
//     KLEPET_KEY_ID=... KLEPET_SECRET=... node sample.mjs customer-42 "Ana Novak" ana@shop.example

import { createHmac } from "node:crypto";
import { pathToFileURL } from "node:url";

/** Return the text to hand to the page; it is valid for an hour. */
export function signIdentity(keyId, secret, claims) {
  const document = { kid: keyId, exp: Math.floor(Date.now() / 1000) + 3600, ...claims };
  const payload = Buffer.from(JSON.stringify(document), "utf8").toString("base64url");
  const signature = createHmac("sha256", secret).update(payload).digest("base64url");
  return `${payload}.${signature}`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [userId, name, email] = process.argv.slice(2);
  const claims = { user_id: userId, name, email, attributes: { plan: "gold" } };
  console.log(signIdentity(process.env.KLEPET_KEY_ID, process.env.KLEPET_SECRET, claims));
}
