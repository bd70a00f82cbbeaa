// Reads a log of ours with the packages of Go's own checksum database: signed notes, tiles, proofs of RFC 6962.
// Usage: log_in_go FOLDER VKEY [OLD-CHECKPOINT]; prints what it verified, and fails on the first difference.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := os.ReadFile(f.path(tile))
		if err != nil {
			return nil, err
		}
		read[i] = data
	}
	return read, nil
}

// path is Go's own name of a tile without its height, as tlog-tiles has it.
func (f folder) path(tile tlog.Tile) string {
	name := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	return filepath.Join(string(f), strings.Replace(name, "tile/8/", "tile/", 1))
}

func fail(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func tree(path, vkey string) tlog.Tree {
	text, err := os.ReadFile(path)
	fail(err)
	verifier, err := note.NewVerifier(vkey)
	fail(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	fail(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fail(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	fail(err)
	found := tlog.Tree{N: size}
	copy(found.Hash[:], root)
	return found
}

func entries(f folder, size int64) [][]byte {
	var found [][]byte
	for at := int64(0); at < size; at += 256 {
		width := 256
		if size-at < 256 {
			width = int(size - at)
		}
		data, err := os.ReadFile(f.path(tlog.Tile{H: 8, L: -1, N: at / 256, W: width}))
		fail(err)
		for len(data) > 0 {
			end := 2 + int(binary.BigEndian.Uint16(data))
			found = append(found, data[2:end])
			data = data[end:]
		}
	}
	return found
}

func main() {
	f, vkey := folder(os.Args[1]), os.Args[2]
	head := tree(filepath.Join(os.Args[1], "checkpoint"), vkey)
	reader := tlog.TileHashReader(head, f)
	logged := entries(f, head.N)
	if int64(len(logged)) != head.N {
		fail(fmt.Errorf("%d entries, not %d", len(logged), head.N))
	}
	for at, entry := range logged {
		proof, err := tlog.ProveRecord(head.N, int64(at), reader)
		fail(err)
		fail(tlog.CheckRecord(proof, head.N, head.Hash, int64(at), tlog.RecordHash(entry)))
		for _, each := range proof {
			if at == 0 {
				fmt.Println("path", each)
			}
		}
	}
	if len(os.Args) > 3 {
		old := tree(os.Args[3], vkey)
		proof, err := tlog.ProveTree(head.N, old.N, reader)
		fail(err)
		fail(tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash))
		fmt.Println("continues", old.N)
	}
	fmt.Println("verified", head.N)
}
