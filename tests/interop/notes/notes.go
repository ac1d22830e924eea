// notes: signed notes by golang.org/x/mod/sumdb/note, the implementation that c2sp.org/signed-note describes, to play
// against crypto/note.hpp. Seeds stand on the command line: for tests only.
//
//	notes vectors DIRECTORY      writes the vectors of tests/vectors/notes
//	notes sign (NAME SEED)...    standard input is the text; the note goes to standard output
//	notes verify VKEY...         standard input is the note; prints the names of those that signed it, and "text OK"
//	                             if all the keys given did; exit code 1: refused
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "notes:", err)
		os.Exit(1)
	}
}

// key makes both forms of a key from its seed; the library makes only random ones.
func key(name string, seed []byte) (note.Signer, string) {
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(name, public)
	must(err)
	id := strings.Split(vkey, "+")[1]
	secret := base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + id + "+" + secret)
	must(err)
	return signer, vkey
}

// A vector's seed is the SHA-256 of its name, so that the vectors can be made again.
func seedOf(name string) []byte {
	seed := sha256.Sum256([]byte(name))
	return seed[:]
}

type vector struct {
	file    string
	text    string
	known   []string // whose keys stand in keys.txt
	unknown []string // whose do not
}

const police, housing, dpo = "practice.example/police/officer", "practice.example/housing/officer",
	"practice.example/housing/dpo"
const witness, accent = "witness.example/w1", "caf\u00e9.example/\u4e16\u754c"

var vectors = []vector{
	{"one.note", "One line.\n", []string{police}, nil},
	{"several.note", "[agreement]\nname = \"Northbridge\"\n\n[[party]]\nid = \"police\"\n",
		[]string{police, housing, dpo}, nil},
	{"unknown.note", "Signed by one we know and two we do not.\n", []string{housing},
		[]string{witness, "practice.example/police/dpo"}},
	{"em_dash.note", "\u2014 practice.example/police/officer AAAAAAAA\n\n\u2014 not a signature\n\u2014\n",
		[]string{police, dpo}, nil},
	{"empty_lines.note", "\n\nTwo empty lines before, two after.\n\n\n", []string{housing}, nil},
	{"unicode.note", "ed \u00e8 subito sera \u2014 \U0001F469\u200d\U0001F467\n", []string{accent, police}, nil},
	{"newline.note", "\n", []string{dpo}, nil},
}

func writeVectors(directory string) {
	const by = "# By tests/interop/notes/notes.go with golang.org/x/mod/sumdb/note v0.7.0; README.md says how.\n"
	keys := bytes.NewBufferString(by + "# seed (hex), vkey\n")
	cases := bytes.NewBufferString(by + "# file, how many of its signers have no key in keys.txt, vkeys of the others\n")
	listed := map[string]bool{}
	for _, v := range vectors {
		var signers []note.Signer
		fmt.Fprintf(cases, "%s %d", v.file, len(v.unknown))
		for _, name := range v.unknown {
			signer, _ := key(name, seedOf(name))
			signers = append(signers, signer)
		}
		for _, name := range v.known {
			signer, vkey := key(name, seedOf(name))
			signers = append(signers, signer)
			fmt.Fprintf(cases, " %s", vkey)
			if !listed[name] {
				fmt.Fprintf(keys, "%s %s\n", hex.EncodeToString(seedOf(name)), vkey)
			}
			listed[name] = true
		}
		fmt.Fprintln(cases)
		signed, err := note.Sign(&note.Note{Text: v.text}, signers...)
		must(err)
		must(os.WriteFile(filepath.Join(directory, v.file), signed, 0o644))
	}
	must(os.WriteFile(filepath.Join(directory, "keys.txt"), keys.Bytes(), 0o644))
	must(os.WriteFile(filepath.Join(directory, "cases.txt"), cases.Bytes(), 0o644))
}

func sign(words []string) {
	text, err := io.ReadAll(os.Stdin)
	must(err)
	var signers []note.Signer
	for i := 0; i+1 < len(words); i += 2 {
		seed, err := hex.DecodeString(words[i+1])
		must(err)
		signer, _ := key(words[i], seed)
		signers = append(signers, signer)
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, signers...)
	must(err)
	os.Stdout.Write(signed)
}

func verify(vkeys []string) {
	signed, err := io.ReadAll(os.Stdin)
	must(err)
	var known []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		must(err)
		known = append(known, verifier)
	}
	opened, err := note.Open(signed, note.VerifierList(known...))
	must(err)
	for _, signature := range opened.Sigs {
		fmt.Println(signature.Name)
	}
	if len(opened.Sigs) != len(known) {
		must(fmt.Errorf("%d of %d keys have signed", len(opened.Sigs), len(known)))
	}
	fmt.Println("text OK")
}

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "vectors":
		writeVectors(os.Args[2])
	case len(os.Args) > 3 && len(os.Args)%2 == 0 && os.Args[1] == "sign":
		sign(os.Args[2:])
	case len(os.Args) > 2 && os.Args[1] == "verify":
		verify(os.Args[2:])
	default:
		fmt.Fprintln(os.Stderr, "usage: notes vectors DIRECTORY | sign (NAME SEED)... | verify VKEY...")
		os.Exit(64)
	}
}
