// The two JavaScript implementations of RFC 9497 behind one face, with randomness as a parameter as Fanlight has it, so
// that everything on the wire can be compared byte for byte. Suite ristretto255-SHA512, mode VOPRF 0x01.
//
//   public_of(key)                                       -> public key
//   derive(seed, info)                                   -> key
//   blind(inputs, blinds)                                -> blinded[]
//   answer(key, blinded, nonce)                          -> {evaluated[], proof}
//   finish({public_key, inputs, blinds, blinded, evaluated, proof}) -> outputs[], or throws if the proof is wrong
//   whole(key, input)                                    -> output, by the key holder alone

import {
    Evaluation, EvaluationRequest, FinalizeData, Oprf, VOPRFClient, VOPRFServer, deriveKeyPair, generatePublicKey,
} from '@cloudflare/voprf-ts';
import { CryptoNoble } from '@cloudflare/voprf-ts/crypto-noble';
import { ristretto255, ristretto255_oprf } from '@noble/curves/ed25519.js';

const { Point } = ristretto255;
export const order = Point.Fn.ORDER;
export const scalar_of = (bytes) => Point.Fn.fromBytes(bytes);
export const bytes_of = (scalar) => Point.Fn.toBytes(scalar);

/// noble draws 48 bytes and takes them modulo order - 1, plus 1: these come out as `scalar`.
const drawing = (scalar) => (size) => {
    let rest = scalar_of(scalar) - 1n;
    return Uint8Array.from({ length: size }, () => {
        const byte = Number(rest & 255n);
        rest >>= 8n;
        return byte;
    });
};

export const noble = {
    name: '@noble/curves',
    public_of: (key) => Point.BASE.multiply(scalar_of(key)).toBytes(),
    derive: (seed, info) => ristretto255_oprf.voprf.deriveKeyPair(seed, info).secretKey,
    blind: (inputs, blinds) =>
        inputs.map((input, i) => ristretto255_oprf.voprf.blind(input, drawing(blinds[i])).blinded),
    answer: (key, blinded, nonce) =>
        ristretto255_oprf.voprf.blindEvaluateBatch(key, noble.public_of(key), blinded, drawing(nonce)),
    finish({ public_key, inputs, blinds, blinded, evaluated, proof }) {
        const items = inputs.map((input, i) =>
            ({ input, blind: blinds[i], blinded: blinded[i], evaluated: evaluated[i] }));
        return ristretto255_oprf.voprf.finalizeBatch(items, public_key, proof);
    },
    whole: (key, input) => ristretto255_oprf.voprf.evaluate(key, input),
    /// sum of scalar * element: what a client of a threshold key does with the answers.
    sum: (scalars, elements) => elements
        .map((element, i) => Point.fromBytes(element).multiply(scalars[i]))
        .reduce((left, right) => left.add(right)).toBytes(),
    /// Without a proof; the same bytes are hashed in every mode but POPRF.
    unblind: (input, blind, evaluated) => ristretto255_oprf.oprf.finalize(input, blind, evaluated),
};

Oprf.Crypto = CryptoNoble;
const suite = Oprf.Suite.RISTRETTO255_SHA512;
const group = Oprf.getGroup(suite);

/// Its own wire form, so that its own parsing takes what others made.
const listed = (parts, tail = []) =>
    Uint8Array.from([parts.length >> 8, parts.length & 255, ...parts.flatMap((part) => [...part]), ...tail]);
const request_of = (blinded) => EvaluationRequest.deserialize(suite, listed(blinded));
const data_of = (inputs, blinds, request) =>
    new FinalizeData(inputs, blinds.map((blind) => group.desScalar(blind)), request);

export const voprf_ts = {
    name: '@cloudflare/voprf-ts',
    public_of: (key) => generatePublicKey(suite, key),
    derive: async (seed, info) => (await deriveKeyPair(Oprf.Mode.VOPRF, suite, seed, info)).privateKey,
    async blind(inputs, blinds) {
        const client = new VOPRFClient(suite, new Uint8Array());
        const drawn = [...blinds];
        client.randomBlinder = async () => group.desScalar(drawn.shift());
        const [, request] = await client.blind(inputs);
        return request.blinded.map((element) => element.serialize());
    },
    async answer(key, blinded, nonce) {
        const server = new VOPRFServer(suite, key);
        server.prover.randomScalar = async () => group.desScalar(nonce);
        const evaluation = await server.blindEvaluate(request_of(blinded));
        return {
            evaluated: evaluation.evaluated.map((element) => element.serialize()),
            proof: evaluation.proof.serialize(),
        };
    },
    finish({ public_key, inputs, blinds, blinded, evaluated, proof }) {
        const evaluation = Evaluation.deserialize(suite, listed(evaluated, [Oprf.Mode.VOPRF, ...proof]));
        return new VOPRFClient(suite, public_key).finalize(data_of(inputs, blinds, request_of(blinded)), evaluation);
    },
    whole: (key, input) => new VOPRFServer(suite, key).evaluate(input),
    async unblind(input, blind, evaluated) {
        const client = new VOPRFClient(suite, new Uint8Array());
        const evaluation = new Evaluation(Oprf.Mode.VOPRF, [group.desElt(evaluated)]);
        return (await client.doFinalize(data_of([input], [blind], request_of([])), evaluation))[0];
    },
};
