// Fanlight behind the face of libraries.mjs: every call runs fanlight-interop.

import { spawnSync } from 'node:child_process';

export const hex = (bytes) => Buffer.from(bytes).toString('hex');
export const bytes = (text) => Uint8Array.from(Buffer.from(text, 'hex'));

/// What the tool says when it refuses; every other ending is a bug and stops the test.
export class Refused extends Error {}
const refused_code = 1;

export function fanlight_with(tool) {
    const run = (...args) => {
        const words = args.flat(Infinity).map((arg) => (arg instanceof Uint8Array ? hex(arg) : String(arg)));
        const { status, signal, error, stdout, stderr } = spawnSync(tool, words, { encoding: 'utf8', timeout: 60_000 });
        if (status === refused_code) throw new Refused(stderr.trim());
        if (status !== 0) {
            console.error(`${tool} ${words[0]}: ${error ?? signal ?? status} ${stderr ?? ''}`);
            process.exit(70);
        }
        return stdout.split('\n').filter((line) => line !== '').map(bytes);
    };
    const pairs = (left, right) => left.map((one, i) => [one, right[i]]);
    return {
        name: 'fanlight',
        public_of: (key) => run('public', key)[0],
        derive: (seed, info) => run('derive', seed, info)[0],
        blind: (inputs, blinds) => run('blind', pairs(inputs, blinds)),
        answer(key, blinded, nonce) {
            const lines = run('evaluate', key, nonce, blinded);
            return { evaluated: lines.slice(0, -1), proof: lines.at(-1) };
        },
        finish({ public_key, inputs, blinds, blinded, evaluated, proof }) {
            run('verify', public_key, proof, blinded, '--', evaluated);
            return run('finalize', inputs.map((input, i) => [input, blinds[i], evaluated[i]]));
        },
        /// answers: {index, public_key, proof, evaluated} of t holders, unfolded, for one input.
        threshold: (holders, input, blind, blinded, answers) =>
            run('threshold', holders, input, blind, blinded,
                answers.map(({ index, public_key, proof, evaluated }) => [index, public_key, proof, evaluated]))[0],
    };
}
