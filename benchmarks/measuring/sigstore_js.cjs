// sigstore-js, as npm bundles it, verifying the bundles of a file: `node sigstore_js.cjs MODULES ROOT BATCH`.
// The trust material is built once, which is kinder than what `npm audit signatures` does.
"use strict";
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const [modules, rootFile, batchFile] = process.argv.slice(2);
const load = createRequire(`${modules}/`);
const { TrustedRoot } = load("@sigstore/protobuf-specs");
const { bundleFromJSON } = load("@sigstore/bundle");
const { Verifier, toSignedEntity, toTrustMaterial } = load("@sigstore/verify");

const root = TrustedRoot.fromJSON(JSON.parse(readFileSync(rootFile, "utf8")));
const verifier = new Verifier(toTrustMaterial(root));
let verified = 0;
for (const line of readFileSync(batchFile, "utf8").split("\n")) {
  if (line) {
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(line))));
    verified += 1;
  }
}
console.log(verified);
