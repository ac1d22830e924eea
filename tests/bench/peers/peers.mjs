// What a whole private look-up costs in other implementations: RFC 9497 VOPRF in @cloudflare/voprf-ts and
// @noble/curves, private set intersection in @openmined/psi.js. Prints one JSON object a line:
//   {"peer", "version", "step", "value", "best", "unit": "us/item"}
// `value` is the median and `best` the smallest of several batches, in CPU time of the process, all its threads
// together; run it on one core (taskset). Batches of the three take turns, so that load slows all of them.
//   peers.mjs [SECONDS for each peer]

import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';

import { Oprf, VOPRFClient, VOPRFServer, generateKeyPair } from '@cloudflare/voprf-ts';
import { CryptoNoble } from '@cloudflare/voprf-ts/crypto-noble';
import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import PSI from '@openmined/psi.js';

const seconds = Number(process.argv[2] ?? 3);
const batch = 64;
const input_bytes = 64; // about the length of an anchor
const known = 'known to both'; // the whole set of psi.js's server

/// Microseconds of computing.
function cpu_us() {
    const { user, system } = process.cpuUsage();
    return user + system;
}

/// One batch, step by step: `steps` is {name: async (state) => void}; adds what each took.
async function play(steps, state, samples) {
    let whole = 0;
    for (const [name, run] of Object.entries(steps)) {
        const start = cpu_us();
        await run(state);
        const took = (cpu_us() - start) / batch;
        whole += took;
        (samples[name] ??= []).push(took);
    }
    if (state.outputs.length !== state.expected) throw new Error('a batch gave the wrong number of outputs');
    (samples.whole ??= []).push(whole);
}

Oprf.Crypto = CryptoNoble; // the only one of its two that has ristretto255
async function voprf_ts() {
    const suite = Oprf.Suite.RISTRETTO255_SHA512;
    const { privateKey, publicKey } = await generateKeyPair(suite);
    const client = new VOPRFClient(suite, publicKey);
    const server = new VOPRFServer(suite, privateKey);
    return {
        blind: async (state) => { [state.data, state.request] = await client.blind(state.inputs); },
        'evaluate with proof': async (state) => { state.evaluation = await server.blindEvaluate(state.request); },
        'verify and finalize': async (state) => {
            state.outputs = await client.finalize(state.data, state.evaluation);
        },
    };
}

async function noble() {
    const { voprf } = ristretto255_oprf;
    const { secretKey, publicKey } = voprf.generateKeyPair();
    return {
        blind: async (state) => { state.sent = state.inputs.map((input) => ({ input, ...voprf.blind(input) })); },
        'evaluate with proof': async (state) => {
            state.answer = voprf.blindEvaluateBatch(secretKey, publicKey, state.sent.map(({ blinded }) => blinded));
        },
        'verify and finalize': async (state) => {
            const items = state.sent.map((one, i) => ({ ...one, evaluated: state.answer.evaluated[i] }));
            state.outputs = voprf.finalizeBatch(items, publicKey, state.answer.proof);
        },
    };
}

async function psi_js() {
    const psi = await PSI();
    const client = psi.client.createWithNewKey(true);
    const server = psi.server.createWithNewKey(true);
    const setup = server.createSetupMessage(1e-9, batch, [known], psi.dataStructure.GCS); // not measured
    return {
        request: async (state) => { state.request = client.createRequest(state.texts); },
        process: async (state) => { state.response = server.processRequest(state.request); },
        intersect: async (state) => { state.outputs = client.getIntersection(setup, state.response); },
    };
}

const require = createRequire(import.meta.url);
function version_of(peer) {
    for (const place of require.resolve.paths(peer))
        try {
            return require(`${place}/${peer}/package.json`).version;
        } catch { /* not in this one */ }
    return '';
}

const peers = [
    { peer: '@openmined/psi.js', steps: await psi_js(), samples: {}, used_s: 0 },
    { peer: '@cloudflare/voprf-ts', steps: await voprf_ts(), samples: {}, used_s: 0 },
    { peer: '@noble/curves', steps: await noble(), samples: {}, used_s: 0 },
];
/// `expected` outputs: a token for each input, but an intersection of one.
const fresh = (peer) => {
    const inputs = Array.from({ length: batch }, () => new Uint8Array(randomBytes(input_bytes)));
    const texts = inputs.map((input, i) => (i ? Buffer.from(input).toString('hex') : known));
    return { inputs, texts, expected: peer === '@openmined/psi.js' ? 1 : batch };
};
const warm_up_s = 1;
for (const phase of [{ until: warm_up_s, keep: false }, { until: seconds, keep: true }]) {
    for (const one of peers) [one.samples, one.used_s] = [{}, 0];
    while (peers.some(({ used_s }) => used_s < phase.until))
        for (const one of peers.filter(({ used_s }) => used_s < phase.until)) {
            const start = cpu_us();
            await play(one.steps, fresh(one.peer), one.samples);
            one.used_s += (cpu_us() - start) / 1e6;
        }
    if (!phase.keep) continue;
    for (const { peer, samples } of peers)
        for (const [step, all] of Object.entries(samples)) {
            const sorted = all.toSorted((left, right) => left - right);
            const value = sorted[Math.floor(sorted.length / 2)];
            const figure = { peer, version: version_of(peer), step, value, best: sorted[0], unit: 'us/item' };
            console.log(JSON.stringify(figure));
        }
}
