// Reads the cosignatures of a checkpoint with the package of Go's own checksum database, and plain Ed25519 of Go's.
// Usage: cosignatures_in_go CHECKPOINT VKEY COSIGNER...; prints who signed when, and fails on the first that is not right.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// cosigner is a note.Verifier of C2SP tlog-cosignature, type 0x04: Go's package knows type 0x01 alone.
type cosigner struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 72 {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.public, []byte(signed), signature[8:])
}

func fail(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func read(vkey string) cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	data, err := base64.StdEncoding.DecodeString(parts[2])
	fail(err)
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), data...))
	if data[0] != 4 || fmt.Sprintf("%x", sum[:4]) != parts[1] {
		fail(fmt.Errorf("%s is no key of a cosigner", vkey))
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), data[1:]}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	fail(err)
	log, err := note.NewVerifier(os.Args[2])
	fail(err)
	known := []note.Verifier{log}
	for _, each := range os.Args[3:] {
		known = append(known, read(each))
	}
	opened, err := note.Open(text, note.VerifierList(known...))
	fail(err)
	if len(opened.Sigs) != len(known) {
		fail(fmt.Errorf("%d signatures, not %d", len(opened.Sigs), len(known)))
	}
	for _, each := range opened.Sigs[1:] {
		data, err := base64.StdEncoding.DecodeString(each.Base64)
		fail(err)
		fmt.Println(binary.BigEndian.Uint64(data[4:12]), each.Name)
	}
}
