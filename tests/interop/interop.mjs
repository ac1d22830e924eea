// Plays RFC 9497 VOPRF, ristretto255-SHA512, between Fanlight and two other implementations, every one as client and as
// server, and checks that all of them send the same bytes, give the same outputs and refuse the same lies.
// interop.mjs TOOL; prints one line for each group of checks.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { Refused, bytes, fanlight_with, hex } from './fanlight.mjs';
import { bytes_of, noble, order, scalar_of, voprf_ts } from './libraries.mjs';

const fanlight = fanlight_with(process.argv[2]);
const parties = [fanlight, voprf_ts, noble];
const batches = [1, 2, 10];

// The same numbers in every run.
let drawn = 0;
const draw = () => createHash('sha512').update(`fanlight-interop ${drawn++}`).digest();
const draw_scalar = () => bytes_of(BigInt(`0x${hex(draw())}`) % (order - 1n) + 1n);
const draw_input = (size) => Buffer.alloc(size, draw());

const same = (left, right, what) => assert.deepEqual([left].flat().map(hex), [right].flat().map(hex), what);
let checks = 0;
const done = (what) => console.log(`ok: ${what} (${checks} checks so far)`);

/// Runs to the end and says no; for Fanlight, in its own words.
async function refuses(party, what, act) {
    await assert.rejects(async () => act(), party === fanlight ? Refused : Error, `${party.name} takes ${what}`);
    ++checks;
}

/// Everything that a client of `public_key` has when the answer is there.
async function honest(client, server, key, size) {
    const inputs = Array.from({ length: size }, (_, i) => draw_input(i === 1 ? 0 : 1 + 37 * i));
    const blinds = inputs.map(draw_scalar);
    const blinded = await client.blind(inputs, blinds);
    const { evaluated, proof } = await server.answer(key, blinded, draw_scalar());
    return { public_key: await server.public_of(key), inputs, blinds, blinded, evaluated, proof };
}

async function both_ways() {
    for (const size of batches)
        for (const client of parties)
            for (const server of parties) {
                const key = draw_scalar();
                const exchange = await honest(client, server, key, size);
                const outputs = await client.finish(exchange);
                const what = `${client.name} asks ${server.name}, batch of ${size}`;
                for (const other of parties) same(await other.finish(exchange), outputs, `${what}: ${other.name}`);
                for (const [i, input] of exchange.inputs.entries())
                    for (const alone of [voprf_ts, noble]) same(await alone.whole(key, input), outputs[i], what);
                checks += 1 + parties.length + 2 * size;
            }
    done('each as client, each as server, batches of 1, 2 and 10: the proofs verify, the outputs are equal');
}

async function same_bytes() {
    for (const size of batches) {
        const key = draw_scalar();
        const nonce = draw_scalar();
        const inputs = Array.from({ length: size }, () => draw_input(64));
        const blinds = inputs.map(draw_scalar);
        const blinded = await fanlight.blind(inputs, blinds);
        const ours = fanlight.answer(key, blinded, nonce);
        for (const peer of [voprf_ts, noble]) {
            same(await peer.public_of(key), fanlight.public_of(key), `public key, ${peer.name}`);
            same(await peer.blind(inputs, blinds), blinded, `blinded, ${peer.name}`);
            const theirs = await peer.answer(key, blinded, nonce);
            same(theirs.evaluated, ours.evaluated, `evaluated, ${peer.name}`);
            same(theirs.proof, ours.proof, `proof, ${peer.name}`);
            const seed = draw().subarray(0, 32);
            const info = draw_input(size);
            same(await peer.derive(seed, info), fanlight.derive(seed, info), `DeriveKeyPair, ${peer.name}`);
            checks += 5;
        }
    }
    done('the same blind, key and nonce: the same bytes on the wire');
}

const flipped = (value, byte, bit = 1) => value.map((one, i) => (i === byte ? one ^ bit : one));
const last_is = (list, value) => [...list.slice(0, -1), value];
const identity = new Uint8Array(32);
const zero_again = bytes(`ed${'ff'.repeat(30)}7f`); // 2^255 - 19, which is 0 mod p
const negative = Uint8Array.from({ length: 32 }, (_, i) => (i ? 0 : 1)); // an odd field element
const over_order = (scalar) => Uint8Array.from({ length: 32 }, (_, i) => {
    const value = scalar_of(scalar) + order;
    return Number((value >> BigInt(8 * i)) & 255n);
});

/// Lies of a server, or of whoever stands between: name -> what the client then holds.
async function lies(exchange, server, key) {
    const { blinded, evaluated, proof } = exchange;
    const [c, s] = [proof.subarray(0, 32), proof.subarray(32)];
    const other = await server.answer(draw_scalar(), blinded, draw_scalar());
    const others_public = await server.public_of(draw_scalar());
    const all = {
        'a bit of c': { proof: flipped(proof, 0) },
        'the last bits of c': { proof: flipped(proof, 31, 0x10) },
        'a bit of s': { proof: flipped(proof, 32) },
        'the last bit of s': { proof: flipped(proof, 63, 0x80) },
        's that is not reduced': { proof: Buffer.concat([c, over_order(s)]) },
        'c that is not reduced': { proof: Buffer.concat([over_order(c), s]) },
        'a proof of zeros': { proof: new Uint8Array(64) },
        'a proof cut short': { proof: proof.subarray(0, 63) },
        'the proof of another answer': { proof: other.proof },
        'one element under another key': { evaluated: last_is(evaluated, other.evaluated.at(-1)) },
        'all elements under another key': { evaluated: other.evaluated },
        'another key, proven': other,
        'an element not evaluated': { evaluated: last_is(evaluated, blinded.at(-1)) },
        'the identity': { evaluated: last_is(evaluated, identity) },
        'an encoding that is not canonical': { evaluated: last_is(evaluated, zero_again) },
        'an encoding of no element': { evaluated: last_is(evaluated, negative) },
        'a bit of an element': { evaluated: last_is(evaluated, flipped(evaluated.at(-1), 7)) },
        'the top bit of an element': { evaluated: last_is(evaluated, flipped(evaluated.at(-1), 31, 0x80)) },
        'another public key': { public_key: others_public },
        'the identity as public key': { public_key: identity },
        'what the client did not send': { blinded: last_is(blinded, evaluated.at(-1)) },
    };
    if (evaluated.length > 1) {
        all['two answers changed over'] = { evaluated: [evaluated[1], evaluated[0], ...evaluated.slice(2)] };
        all['an answer too few'] = { evaluated: evaluated.slice(0, -1) };
        const first = await server.answer(key, blinded.slice(0, 1), draw_scalar());
        all['the proof of a smaller batch'] = { proof: first.proof };
    }
    return Object.entries(all).map(([name, lie]) => [name, { ...exchange, ...lie }]);
}

async function lying_servers() {
    for (const size of batches)
        for (const server of parties) {
            const key = draw_scalar();
            const exchange = await honest(fanlight, server, key, size);
            for (const [what, told] of await lies(exchange, server, key))
                for (const client of parties)
                    await refuses(client, `${what} from ${server.name}`, () => client.finish(told));
        }
    done('no client takes a tampered proof, element or key from any server');
}

async function lying_clients() {
    const key = draw_scalar();
    const [good] = await fanlight.blind([draw_input(8)], [draw_scalar()]);
    const points = {
        'an encoding that is not canonical': zero_again,
        'an encoding of no element': negative,
        'a point with its top bit set': flipped(good, 31, 0x80),
        'a point cut short': good.subarray(0, 31),
    };
    for (const [what, point] of Object.entries(points))
        for (const server of parties) {
            await refuses(server, what, () => server.answer(key, [point], draw_scalar()));
            await refuses(server, what, () => server.answer(key, [good, point], draw_scalar()));
        }
    // RFC 9497, section 3.3, has servers refuse the identity; voprf-ts 1.0.0 leaves that to its caller.
    for (const server of [fanlight, noble])
        await refuses(server, 'the identity', () => server.answer(key, [good, identity], draw_scalar()));
    for (const bad of [new Uint8Array(32), over_order(key), bytes_of(order - 1n).map((one, i) => one + (i === 0))])
        await refuses(fanlight, 'a key that is not a scalar', () => fanlight.answer(bad, [good], draw_scalar()));
    done('no server evaluates what is not an element');
}

const modulo = (value) => ((value % order) + order) % order;
function inverse(value) { // by Fermat
    let result = 1n;
    let base = modulo(value);
    for (let rest = order - 2n; rest > 0n; rest >>= 1n) {
        if (rest & 1n) result = (result * base) % order;
        base = (base * base) % order;
    }
    return result;
}
const lambda = (index, indices) => indices.filter((other) => other !== index)
    .reduce((product, other) => modulo(product * BigInt(other) * inverse(BigInt(other - index))), 1n);

/// f(x) = k + a x; two of three holders, the client in each of the implementations.
async function threshold_of(key, share, indices, servers) {
    const what = `holders ${indices}, ${servers.map((server) => server.name)}`;
    const input = draw_input(20);
    const blind = draw_scalar();
    const [blinded] = fanlight.blind([input], [blind]);
    const answers = [];
    for (const [i, server] of servers.entries()) {
        const { evaluated: [evaluated], proof } = await server.answer(share(indices[i]), [blinded], draw_scalar());
        answers.push({ index: indices[i], public_key: await server.public_of(share(indices[i])), proof, evaluated });
    }
    const ours = (told) => fanlight.threshold(3, input, blind, blinded, told);

    const whole = await voprf_ts.whole(key, input);
    same(await noble.whole(key, input), whole, 'one key, two libraries');
    const combined = noble.sum(indices.map((index) => lambda(index, indices)), answers.map((one) => one.evaluated));
    for (const client of [voprf_ts, noble]) same(await client.unblind(input, blind, combined), whole, what);
    same(ours(answers), whole, what);

    const [left, right] = answers;
    const alone = await noble.unblind(input, blind, left.evaluated);
    assert.notEqual(hex(alone), hex(whole), `${what}: one share alone`);
    const changed_over = ours([{ ...left, index: right.index }, { ...right, index: left.index }]);
    assert.notEqual(hex(changed_over), hex(whole), `${what}: indices changed over`);
    checks += 6;
    await refuses(fanlight, `${what}: an answer under another share`,
        () => ours([left, { ...right, evaluated: left.evaluated }]));
    await refuses(fanlight, `${what}: a share twice`, () => ours([left, left]));
    await refuses(fanlight, `${what}: share 0`, () => ours([{ ...left, index: 0 }, right]));
    await refuses(fanlight, `${what}: a share over the holders`, () => ours([left, { ...right, index: 4 }]));
}

async function threshold() {
    const k = scalar_of(draw_scalar());
    const a = scalar_of(draw_scalar());
    const share = (index) => bytes_of(modulo(k + a * BigInt(index)));
    for (const indices of [[1, 2], [1, 3], [2, 3], [3, 1]])
        for (const servers of [[fanlight, fanlight], [voprf_ts, noble], [noble, fanlight], [fanlight, voprf_ts]])
            await threshold_of(bytes_of(k), share, indices, servers);
    done('two of three shares, any two of any implementation: the output of the one key');
}

await both_ways();
await same_bytes();
await lying_servers();
await lying_clients();
await threshold();
console.log(`${checks} checks`);
